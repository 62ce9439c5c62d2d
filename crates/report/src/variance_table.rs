//! Variance components for people and for programs.

use serde_json::json;

use super::comparison::ComparedFormat;
use super::terminal::{LINES, base, paragraph};
use super::text::{one_line, percent};
use super::{Style, markdown};
use fsl_metrics::Components;

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
    pub state: VarianceState,
}

/// What a spread is made of. Factors are streams, or several that vary together, such as `init+order`.
#[derive(Debug, Clone, PartialEq)]
pub enum VarianceState {
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
pub fn render_variance(spreads: &[Spread], format: ComparedFormat, style: &Style) -> String {
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
    let of = match spread.missing {
        0 => String::new(),
        missing => format!(" of {}", spread.trials + missing),
    };
    let rows = spread.rows.join(", ");
    let rows = one_line(&rows);
    format!("{rows}: F1 over {}{of} trials", spread.trials)
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
fn unavailable_reason(spread: &Spread) -> Option<String> {
    match &spread.state {
        VarianceState::Apart { .. } => None,
        VarianceState::NotApart(factors) if factors.is_empty() => {
            Some("nothing varied between the trials".to_owned())
        }
        VarianceState::NotApart(factors) if remedy(factors).is_empty() => Some(format!(
            "only {} varies, so that the whole spread is due to it",
            factors.join(", ")
        )),
        VarianceState::NotApart(factors) => Some(format!(
            "the seeds of {} differ in every trial: their parts cannot be told apart{}",
            factors.join(", "),
            remedy(factors)
        )),
        VarianceState::NotCrossed(factors) => {
            let next = match spread.missing {
                0 => remedy(factors),
                missing => {
                    format!("; `fsl-exp run` makes the {missing} that have no result yet")
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
    let VarianceState::Apart {
        factors,
        residual,
        components,
    } = &spread.state
    else {
        let unavailable_reason = unavailable_reason(spread).unwrap_or_default();
        return format!(
            "{}\n",
            paragraph(&format!("{}: {unavailable_reason}", heading(spread)), style)
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
    let VarianceState::Apart {
        factors,
        residual,
        components,
    } = &spread.state
    else {
        return format!(
            "{heading}: {}\n",
            unavailable_reason(spread).unwrap_or_default()
        );
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
        VarianceState::Apart {
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
        _ => value["problem"] = json!(unavailable_reason(spread)),
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(state: VarianceState, missing: usize) -> String {
        let spread = Spread {
            rows: vec!["s/fsl".to_owned()],
            trials: 4,
            missing,
            state,
        };
        render_variance(&[spread], ComparedFormat::Terminal, &Style::default())
    }

    fn factors<const N: usize>(names: [&str; N]) -> Vec<String> {
        names.map(String::from).into()
    }

    #[test]
    fn what_cannot_be_told_apart_is_told_how_to_be_crossed() {
        let state = VarianceState::NotApart(factors(["sample+init+order"]));
        insta::assert_snapshot!(said(state, 0), @"s/fsl: F1 over 4 trials: the seeds of sample+init+order differ in every trial: their parts cannot be told apart; `trials.cross = { sample = 5, init = 5 }` in a spec crosses them");
        let state = VarianceState::NotCrossed(factors(["init", "order"]));
        insta::assert_snapshot!(said(state, 0), @"s/fsl: F1 over 4 trials: the levels of init, order are not crossed evenly: every combination must run equally often; `trials.cross = { init = 5, order = 5 }` in a spec crosses them");
    }

    #[test]
    fn a_design_that_has_not_all_run_is_told_to_run() {
        let state = VarianceState::NotCrossed(factors(["sample", "init"]));
        insta::assert_snapshot!(said(state, 2), @"s/fsl: F1 over 4 of 6 trials: the levels of sample, init are not crossed evenly: every combination must run equally often; `fsl-exp run` makes the 2 that have no result yet");
    }

    #[test]
    fn one_stream_has_the_whole_spread() {
        let state = VarianceState::NotApart(factors(["sample"]));
        insta::assert_snapshot!(said(state, 0), @"s/fsl: F1 over 4 trials: only sample varies, so that the whole spread is due to it");
    }
}
