//! Variance components for people and for programs.

use serde_json::json;

use super::document::{
    Align, Block, Cell, Column, Document, Grid, Level, Notation, Prose, Row, Section,
};
use super::output::{Layout, Output};
use super::text::percent;
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

impl Output for Vec<Spread> {
    fn document(&self, _: Layout) -> Document {
        Document {
            label: "variance".to_owned(),
            sections: self.iter().map(section).collect(),
        }
    }

    fn json(&self) -> String {
        let all: Vec<serde_json::Value> = self.iter().map(in_json).collect();
        format!("{:#}\n", json!({ "spreads": all }))
    }
}

fn section(spread: &Spread) -> Section {
    let heading = heading(spread);
    match &spread.state {
        VarianceState::Apart {
            factors,
            residual,
            components,
        } => {
            let grid = grid(factors, residual, components);
            vec![Block::Heading(Level::Plain, heading), Block::Grid(grid)]
        }
        VarianceState::NotApart(_) | VarianceState::NotCrossed(_) => {
            let reason = unavailable_reason(spread).unwrap_or_default();
            vec![Block::Paragraph(heading.then(format!(": {reason}")))]
        }
    }
}

fn heading(spread: &Spread) -> Prose {
    let planned = match spread.missing {
        0 => String::new(),
        missing => format!(" of {}", spread.trials + missing),
    };
    Prose::name(spread.rows.join(", ")).then(format!(": F1 over {}{planned} trials", spread.trials))
}

fn grid(factors: &[String], residual: &[String], components: &Components) -> Grid {
    let total = components.total();
    let row = |source: &str, levels: Option<usize>, variance: f64| {
        let share = (total > 0.0).then(|| format!("{:.0} %", 100.0 * variance / total));
        Row::new(vec![
            Cell::Text(source.to_owned()),
            Cell::number(levels.map(|levels| levels.to_string())),
            Cell::Number(percent(variance.sqrt())),
            share.map_or(Cell::Missing, Cell::Text),
        ])
    };
    let named = factors.iter().zip(&components.factors);
    let mut rows: Vec<Row> = named
        .map(|(name, part)| row(name, Some(part.levels), part.variance))
        .collect();
    let rest = if residual.is_empty() {
        "interactions and residual".to_owned()
    } else {
        format!("{} and the rest", residual.join(", "))
    };
    rows.push(row(&rest, None, components.residual));
    Grid {
        columns: vec![
            Column::new("source", Align::Left),
            Column::new("levels", Align::Right),
            Column::new("sd of F1", Align::Right),
            Column::new("share of variance", Align::Right),
        ],
        rows,
        notation: Notation::PlusMinus,
        marked: false,
    }
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
            "the seeds of {} differ in every trial, so their shares cannot be separated{}",
            factors.join(", "),
            remedy(factors)
        )),
        VarianceState::NotCrossed(factors) => {
            let next = match spread.missing {
                0 => remedy(factors),
                missing => {
                    format!("; `fsl-exp run` computes the {missing} without a result")
                }
            };
            Some(format!(
                "the levels of {} are not fully crossed: every combination must run equally often{next}",
                factors.join(", ")
            ))
        }
    }
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
    use crate::fixtures::shown;

    fn said(state: VarianceState, missing: usize) -> String {
        let spread = Spread {
            rows: vec!["s/fsl".to_owned()],
            trials: 4,
            missing,
            state,
        };
        shown(&vec![spread], "terminal")
    }

    fn factors<const N: usize>(names: [&str; N]) -> Vec<String> {
        names.map(String::from).into()
    }

    #[test]
    fn what_cannot_be_told_apart_is_told_how_to_be_crossed() {
        let state = VarianceState::NotApart(factors(["sample+init+order"]));
        insta::assert_snapshot!(said(state, 0), @"s/fsl: F1 over 4 trials: the seeds of sample+init+order differ in every trial, so their shares cannot be separated; `trials.cross = { sample = 5, init = 5 }` in a spec crosses them");
        let state = VarianceState::NotCrossed(factors(["init", "order"]));
        insta::assert_snapshot!(said(state, 0), @"s/fsl: F1 over 4 trials: the levels of init, order are not fully crossed: every combination must run equally often; `trials.cross = { init = 5, order = 5 }` in a spec crosses them");
    }

    #[test]
    fn a_design_that_has_not_all_run_is_told_to_run() {
        let state = VarianceState::NotCrossed(factors(["sample", "init"]));
        insta::assert_snapshot!(said(state, 2), @"s/fsl: F1 over 4 of 6 trials: the levels of sample, init are not fully crossed: every combination must run equally often; `fsl-exp run` computes the 2 without a result");
    }

    #[test]
    fn one_stream_has_the_whole_spread() {
        let state = VarianceState::NotApart(factors(["sample"]));
        insta::assert_snapshot!(said(state, 0), @"s/fsl: F1 over 4 trials: only sample varies, so that the whole spread is due to it");
    }
}
