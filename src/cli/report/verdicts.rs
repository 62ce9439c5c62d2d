//! How the rows of a page compare.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::cli::compare::{self, CompareError, Held};
use crate::cli::error::CliError;
use crate::metric::SeedEvidence;
use crate::report::html::{Figure, VerdictLine};
use crate::report::plot::{self, PairedPlot};
use crate::report::{Compared, Comparison, ExperimentTable, TableRow};

/// Comparisons that are made unasked, at most: after Holm, of many hardly one can be told.
const FEW: usize = 30;

/// What is compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// A row that all others are held against; none: each against the one above it, in a sweep at the same point.
    pub(super) against: Option<&'a str>,
    /// The smallest difference of F1 that matters, a fraction.
    pub(super) margin: f64,
}

/// The comparisons of a table whose rows are these of the plan; those that lack results are left out.
pub(super) fn compared(
    table: &ExperimentTable,
    rows: &[usize],
    held: Held,
    wanted: Wanted,
) -> Result<Compared, CliError> {
    let whole: Vec<(usize, &TableRow)> = rows
        .iter()
        .copied()
        .zip(&table.rows)
        .filter(|&(row, _)| {
            let row = &held.plan.rows[row];
            let mut trials = row.trials.iter().chain(&row.members).peekable();
            trials.peek().is_some()
                && trials.all(|&trial| held.store.has(&held.plan.trials[trial].key))
        })
        .collect();
    let mut pairs: Vec<[usize; 2]> = match wanted.against {
        Some(name) => {
            let against = compare::find(held.plan, name)?;
            let others = whole.iter().filter(|&&(row, _)| row != against);
            others.map(|&(row, _)| [row, against]).collect()
        }
        None => neighbours(&whole),
    };
    // Rows over other test texts stand in one table where the data are swept; they cannot be compared.
    let same_texts = |pair: &[usize; 2]| {
        let [a, b] = pair.map(|row| {
            let row = &held.plan.rows[row];
            let first = row.trials.iter().chain(&row.members).next();
            first.map(|&trial| &held.plan.trials[trial].inputs.data.test)
        });
        a == b
    };
    pairs.retain(same_texts);
    if wanted.against.is_none() && pairs.len() > FEW {
        pairs.clear();
    }
    match compare::compare(held, &pairs, wanted.margin, "fsl-exp run") {
        // The rest of the page is still worth having.
        Err(CliError::Compare(CompareError::NoPositives { .. })) => Ok(Compared {
            margin: wanted.margin,
            comparisons: Vec::new(),
            missing: Vec::new(),
        }),
        compared => compared,
    }
}

/// Every row and the one above it; in a sweep the nearest above of another method, at the same point.
fn neighbours(whole: &[(usize, &TableRow)]) -> Vec<[usize; 2]> {
    let methods: BTreeSet<&str> = whole.iter().map(|(_, row)| row.arm_of.as_str()).collect();
    if methods.len() < 2 || whole.iter().all(|(_, row)| row.point.is_empty()) {
        return whole
            .windows(2)
            .map(|pair| [pair[1].0, pair[0].0])
            .collect();
    }
    let pair = |(place, &(row, arm)): (usize, &(usize, &TableRow))| {
        let above = whole[..place].iter().rev();
        let mut others = above.filter(|(_, other)| other.arm_of != arm.arm_of);
        let found = others.find(|(_, other)| same_point(arm, other))?;
        Some([row, found.0])
    };
    whole.iter().enumerate().filter_map(pair).collect()
}

/// Whether the keys that bear on both rows have the same values.
fn same_point(one: &TableRow, other: &TableRow) -> bool {
    let differs = |(key, value): &(String, Value)| {
        let same_key = other.point.iter().find(|(name, _)| name == key);
        same_key.is_some_and(|(_, theirs)| theirs != value)
    };
    !one.point.iter().any(differs)
}

/// A line per comparison.
pub(super) fn lines(compared: &Compared) -> Vec<VerdictLine> {
    let line = |comparison: &Comparison| VerdictLine {
        row: comparison.rows[0].label.clone(),
        against: comparison.rows[1].label.clone(),
        word: comparison.decision.word.name().to_owned(),
        evidence: comparison.reasons(compared.margin).join(". "),
    };
    compared.comparisons.iter().map(line).collect()
}

/// The differences of rows whose trials belong together.
pub(super) fn figures(
    compared: &Compared,
    table: &ExperimentTable,
) -> Result<Vec<Figure>, CliError> {
    let mut figures = Vec::new();
    for comparison in &compared.comparisons {
        if !matches!(comparison.evidence.seeds, SeedEvidence::Pairs { .. }) {
            continue;
        }
        let rows = comparison.rows.each_ref().map(|row| {
            let id = row.name.split_once('/').map(|(_, id)| id);
            table.rows.iter().find(|row| Some(row.id.as_str()) == id)
        });
        let [Some(a), Some(b)] = rows else { continue };
        let interval = comparison.evidence.interval;
        let plot = plot::paired(&PairedPlot {
            title: format!("F1 of {} minus F1 of {}", a.label, b.label),
            differences: differences(a, b),
            mean: comparison.evidence.difference,
            interval: Some((interval.low, interval.high)),
            margin: compared.margin,
        })?;
        figures.push(Figure {
            name: format!("paired-{}-{}", a.id, b.id),
            plot,
            caption: "Trials of one number share their random streams: their differences (circles), the mean (bar) with its 95 % interval, which covers the noise of seeds and of test texts, and in grey what does not matter.".to_owned(),
        });
    }
    Ok(figures)
}

fn differences(a: &TableRow, b: &TableRow) -> Vec<f64> {
    let pairs = a.trials.iter().filter_map(|trial| {
        let other = b.trials.iter().find(|other| other.trial == trial.trial)?;
        Some(trial.f1 - other.f1)
    });
    pairs.collect()
}
