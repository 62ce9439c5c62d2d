//! Comparisons of the rows on a page.

use super::figures::spaced;
use crate::comparison::{CompareError, against, called, compare, neighbours};
use crate::error::AnalysisError;
use crate::stored_view::StoredView;
use fsl_metrics::{Direction, SeedEvidence};
use fsl_report::html::{Figure, VerdictLine};
use fsl_report::plot::{self, PairedPlot};
use fsl_report::{Compared, Comparison, ExperimentTable, Style, TableRow};

/// Comparisons that are made unasked, at most: after Holm, of many hardly one can be told.
const FEW: usize = 30;

/// How the rows of a page are compared.
#[derive(Debug, Clone, Copy)]
pub struct ComparisonOptions<'a> {
    /// A row that all others are held against; none: each against the one above it, in a sweep at the same point.
    pub against: Option<&'a str>,
    /// The smallest difference of F1 that matters, a fraction.
    pub margin: f64,
}

/// The comparisons of these rows of the plan; those that lack results are left out, and `notes` say which pairs are besides.
pub(crate) fn compared(
    rows: &[usize],
    view: StoredView,
    options: ComparisonOptions,
    notes: &mut Vec<String>,
) -> Result<Compared, AnalysisError> {
    let is_whole = |row: &usize| {
        let row = &view.plan.rows[*row];
        let mut trials = row.trials.iter().chain(&row.members).peekable();
        trials.peek().is_some() && trials.all(|&trial| view.store.has(&view.plan.trials[trial].key))
    };
    let whole: Vec<usize> = rows.iter().copied().filter(is_whole).collect();
    let mut pairs = match options.against {
        Some(name) => {
            // A name that no row has is told even where nothing is stored yet.
            let experiment = rows.first().map(|&row| view.plan.rows[row].experiment);
            called(view, experiment, name)?;
            against(view, &whole, name)?
        }
        None => neighbours(view, &whole),
    };
    if options.against.is_none() && pairs.found.len() > FEW {
        pairs.found.clear();
    }
    notes.extend(pairs.left_out(view.plan));
    match compare(view, &pairs.found, None, options.margin, "fsl-exp run") {
        // The rest of the page is still worth having.
        Err(AnalysisError::Compare(
            CompareError::NoPositives { .. }
            | CompareError::OtherClasses { .. }
            | CompareError::Undefined { .. },
        )) => Ok(Compared {
            margin: options.margin,
            comparisons: Vec::new(),
            missing: Vec::new(),
        }),
        compared => compared,
    }
}

/// A line per comparison.
pub(crate) fn lines(compared: &Compared) -> Vec<VerdictLine> {
    let line = |comparison: &Comparison| VerdictLine {
        row: comparison.rows[0].label.clone(),
        against: comparison.rows[1].label.clone(),
        word: comparison.decision.verdict.name().to_owned(),
        evidence: comparison.reasons(compared.margin),
    };
    compared.comparisons.iter().map(line).collect()
}

/// The differences of rows whose trials belong together.
pub(crate) fn figures(
    compared: &Compared,
    table: &ExperimentTable,
) -> Result<Vec<Figure>, AnalysisError> {
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
        // A positive difference speaks for the first row.
        let [more, less] = match a.primary.direction {
            Direction::HigherIsBetter => [a, b],
            Direction::LowerIsBetter => [b, a],
        };
        let interval = comparison.evidence.interval;
        let plot = plot::paired(&PairedPlot {
            title: format!(
                "{0} of {1} minus {0} of {2}",
                table.metrics.heading(a.primary),
                more.label,
                less.label
            ),
            differences: spaced(differences(more, less)),
            mean: comparison.evidence.difference,
            interval: Some((interval.low, interval.high)),
            margin: compared.margin,
        })?;
        figures.push(Figure {
            name: format!("paired-{}-{}", a.id, b.id),
            plot,
            caption: "Differences between trials with the same number, which share their random seeds (circles), and their mean (bar) with its 95 % interval, which covers seed noise and test-set noise. Grey: differences within the margin.".to_owned(),
        });
    }
    Ok(figures)
}

/// Of trials of the same number: rows that are compared in pairs have all of them.
fn differences(a: &TableRow, b: &TableRow) -> Vec<f64> {
    let [of_a, of_b] = [a, b].map(|row| row.primary_values(&Style::default()));
    of_a.iter().zip(&of_b).map(|(a, b)| a - b).collect()
}
