//! Variance components for people and for programs.

use serde_json::json;

use super::compared::ComparedFormat;
use super::terminal::{LINES, base, paragraph};
use super::text::{one_line, percent};
use super::{Style, markdown};
use crate::metric::Components;

/// The spread of one method.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// The rows that its trials belong to, as `experiment/row`.
    pub rows: Vec<String>,
    /// Its stored trials.
    pub trials: usize,
    /// Those that are planned besides and have no result yet.
    pub missing: usize,
    /// What its spread is made of.
    pub state: SpreadState,
}

/// What a spread is made of. Factors are streams, or several that vary together, such as `init+order`.
#[derive(Debug, Clone, PartialEq)]
pub enum SpreadState {
    /// Parts.
    Apart {
        /// The factors, in the order of the components.
        factors: Vec<String>,
        /// The factors that are part of the residual, because they differ in every trial.
        residual: Vec<String>,
        /// The parts.
        components: Components,
    },
    /// Every factor differs in every trial: nothing can be told apart.
    NotApart(Vec<String>),
    /// The factors' levels are not crossed evenly.
    NotCrossed(Vec<String>),
}

/// Renders spreads of F1. The text ends with a line break.
pub fn render_spreads(spreads: &[Spread], format: ComparedFormat, style: &Style) -> String {
    match format {
        ComparedFormat::Terminal => spreads
            .iter()
            .map(|spread| terminal(spread, style))
            .collect::<Vec<_>>()
            .join("\n"),
        ComparedFormat::Markdown => spreads
            .iter()
            .map(in_markdown)
            .collect::<Vec<_>>()
            .join("\n"),
        ComparedFormat::Json => {
            let all: Vec<serde_json::Value> = spreads.iter().map(in_json).collect();
            format!("{:#}\n", json!({ "spreads": all }))
        }
    }
}

const HEADER: [&str; 4] = ["source", "levels", "sd of F1", "share of variance"];

/// Name, levels, standard deviation in points, share.
fn lines(factors: &[String], residual: &[String], components: &Components) -> Vec<[String; 4]> {
    let total = components.total();
    let share = |variance: f64| {
        if total > 0.0 {
            format!("{:.0} %", 100.0 * variance / total)
        } else {
            "–".to_owned()
        }
    };
    let named = factors.iter().zip(&components.factors);
    let mut lines: Vec<[String; 4]> = named
        .map(|(name, part)| {
            [
                name.clone(),
                part.levels.to_string(),
                percent(part.variance.sqrt()),
                share(part.variance),
            ]
        })
        .collect();
    let rest = if residual.is_empty() {
        "interactions and the rest".to_owned()
    } else {
        format!("{} and the rest", residual.join(", "))
    };
    lines.push([
        rest,
        "–".to_owned(),
        percent(components.residual.sqrt()),
        share(components.residual),
    ]);
    lines
}

fn heading(spread: &Spread) -> String {
    format!(
        "{}: F1 over {} trials",
        one_line(&spread.rows.join(", ")),
        spread.trials
    )
}

/// How to declare a design in which these factors can be told apart; empty where there is one stream only.
fn remedy(factors: &[String]) -> String {
    let mut streams = factors.iter().flat_map(|factor| factor.split('+'));
    match (streams.next(), streams.next()) {
        (Some(first), Some(second)) => {
            format!("; `trials.cross = {{ {first} = 5, {second} = 5 }}` in a spec crosses them")
        }
        _ => String::new(),
    }
}

/// Why there are no parts.
fn excuse(spread: &Spread) -> Option<String> {
    match &spread.state {
        SpreadState::Apart { .. } => None,
        SpreadState::NotApart(factors) if factors.is_empty() => {
            Some("nothing varied between the trials".to_owned())
        }
        SpreadState::NotApart(factors) if remedy(factors).is_empty() => Some(format!(
            "only {} varies, so that the whole spread is due to it",
            factors.join(", ")
        )),
        SpreadState::NotApart(factors) => Some(format!(
            "the seeds of {} differ in every trial: their parts cannot be told apart{}",
            factors.join(", "),
            remedy(factors)
        )),
        SpreadState::NotCrossed(factors) => {
            let next = match spread.missing {
                0 => remedy(factors),
                missing => {
                    format!("; {missing} trials have no result yet, `fsl-exp run` makes them")
                }
            };
            Some(format!(
                "the levels of {} are not crossed evenly: every combination must run equally often{next}",
                factors.join(", ")
            ))
        }
    }
}

fn terminal(spread: &Spread, style: &Style) -> String {
    let SpreadState::Apart {
        factors,
        residual,
        components,
    } = &spread.state
    else {
        let excuse = excuse(spread).unwrap_or_default();
        return format!(
            "{}\n",
            paragraph(&format!("{}: {excuse}", heading(spread)), style)
        );
    };
    let mut grid = base(style);
    grid.load_style(LINES);
    grid.set_header(HEADER);
    for line in lines(factors, residual, components) {
        grid.add_row(line);
    }
    format!(
        "{}\n{}\n",
        paragraph(&heading(spread), style),
        grid.trim_fmt()
    )
}

fn in_markdown(spread: &Spread) -> String {
    let heading = markdown::escape(&heading(spread));
    let SpreadState::Apart {
        factors,
        residual,
        components,
    } = &spread.state
    else {
        return format!("{heading}: {}\n", excuse(spread).unwrap_or_default());
    };
    let lines = lines(factors, residual, components);
    let lines: Vec<String> = lines
        .iter()
        .map(|line| format!("| {} |\n", line.join(" | ")))
        .collect();
    let lines = lines.concat();
    format!(
        "{heading}\n\n| {} |\n|:--|--:|--:|--:|\n{lines}",
        HEADER.join(" | ")
    )
}

fn in_json(spread: &Spread) -> serde_json::Value {
    let mut value =
        json!({ "rows": spread.rows, "trials": spread.trials, "missing": spread.missing });
    match &spread.state {
        SpreadState::Apart {
            factors,
            residual,
            components,
        } => {
            let parts = factors.iter().zip(&components.factors).map(|(name, part)| {
                json!({ "factor": name, "levels": part.levels, "variance": part.variance, "mean_square": part.mean_square })
            });
            value["factors"] = parts.collect();
            value["residual"] = json!({
                "factors": residual, "variance": components.residual, "degrees": components.degrees,
            });
        }
        _ => value["problem"] = json!(excuse(spread)),
    }
    value
}
