//! `fsl-exp compare`: rows against each other, from stored predictions. Nothing is run, nothing is fetched.

mod args;
mod default_pairs;
mod error;
mod pairing;
mod selection;

use super::args::VerdictFormat;
use super::error::CliError;
use super::exit::Exit;
use super::specs::{self, Stored};
use super::{collapsed, console};
use fsl_core::runner::{Plan, PlannedRow};
use fsl_core::spec::Experiment;
use fsl_core::store::Store;
use fsl_metrics::{self as metric, ComparisonInput, Evidence};
use fsl_report::{
    self as report, Compared, ComparedFormat, ComparedRow, Comparison, Missing, Style,
};

pub(super) use args::{CompareArgs, Margin};
pub(super) use default_pairs::{Pairs, against, called, neighbours};
pub(super) use error::CompareError;
use pairing::{Entry, Found};

/// What is stored of experiments.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoredView<'a> {
    pub(super) experiments: &'a [Experiment],
    pub(super) plan: &'a Plan,
    pub(super) store: &'a Store,
}

impl Stored {
    pub(super) fn held(&self) -> StoredView<'_> {
        StoredView {
            experiments: &self.experiments,
            plan: &self.plan,
            store: &self.store,
        }
    }
}

/// Prints a verdict on every pair of rows that is asked for.
pub(super) fn command(args: &CompareArgs) -> Result<Exit, CliError> {
    let stored = specs::stored(&args.specs, &args.store)?;
    let pairs = selection::pairs(args, stored.held())?;
    pairs.tell(&stored.plan);
    let margin = args.margin.0 / 100.0;
    let compared = compare(stored.held(), &pairs.found, margin, &args.remedy())?;
    let style = Style {
        width: console::output_width(),
        color: console::output_colored(),
        ..Style::default()
    };
    let format = match args.format {
        VerdictFormat::Terminal => ComparedFormat::Terminal,
        VerdictFormat::Markdown => ComparedFormat::Markdown,
        VerdictFormat::Json => ComparedFormat::Json,
    };
    console::print(&report::render_compared(&compared, format, &style))?;
    Ok(if compared.missing.is_empty() {
        Exit::Done
    } else {
        Exit::Trials
    })
}

/// A comparison before its verdict, which depends on the others'.
struct Draft {
    rows: [ComparedRow; 2],
    pairing: String,
    evidence: Evidence,
}

/// Compares pairs of rows (indices into the plan's); `remedy` is the command that makes missing results.
pub(super) fn compare(
    held: StoredView,
    pairs: &[[usize; 2]],
    margin: f64,
    remedy: &str,
) -> Result<Compared, CliError> {
    let StoredView { plan, store, .. } = held;
    let mut entries: Vec<Option<Found>> = plan.rows.iter().map(|_| None).collect();
    for &row in pairs.iter().flatten() {
        if entries[row].is_none() {
            entries[row] = Some(pairing::entry(&plan.rows[row], plan, store)?);
        }
    }
    let (mut drafts, mut missing) = (Vec::new(), Vec::new());
    for &[a, b] in pairs {
        pairing::same_texts(&plan.rows[a], &plan.rows[b], plan)?;
        let found = [a, b].map(|row| entries[row].as_ref());
        if let [Some(Found::Whole(first)), Some(Found::Whole(second))] = found {
            drafts.push(draft(held, [a, b], [first.as_ref(), second.as_ref()])?);
        } else {
            missing.push(Missing {
                rows: [a, b].map(|row| plan.rows[row].name.clone()),
                lacking: found
                    .into_iter()
                    .flatten()
                    .filter_map(Found::lacking)
                    .collect(),
                command: remedy.to_owned(),
            });
        }
    }
    let gathered: Vec<Evidence> = drafts.iter().map(|draft| draft.evidence.clone()).collect();
    let judged = drafts.into_iter().zip(metric::decide(&gathered, margin));
    let comparisons = judged.map(|(draft, decision)| Comparison {
        rows: draft.rows,
        pairing: draft.pairing,
        evidence: draft.evidence,
        decision,
    });
    Ok(Compared {
        margin,
        comparisons: comparisons.collect(),
        missing,
    })
}

/// How the trials of two rows belong together, and what follows from their predictions.
fn draft(held: StoredView, rows: [usize; 2], sides: [&Entry; 2]) -> Result<Draft, CliError> {
    let plan = held.plan;
    let [a, b] = rows.map(|row| &plan.rows[row]);
    let [first, second] = sides;
    if first.labels != second.labels {
        return Err(pairing::different(a, b, plan).into());
    }
    if !first.labels.contains(&1) {
        return Err(CompareError::NoPositives {
            row: a.name.clone(),
        }
        .into());
    }
    let linked = pairing::link([a, b], sides, plan);
    let contest = ComparisonInput {
        labels: &first.labels,
        a: &linked.sides[0],
        b: &linked.sides[1],
        pairing: linked.link,
        one_teacher: linked.one_teacher,
    };
    let evidence = metric::measure(&contest).ok_or_else(|| CompareError::NoTexts {
        row: a.name.clone(),
    })?;
    Ok(Draft {
        rows: [row(held, a, first)?, row(held, b, second)?],
        pairing: linked.pairing,
        evidence,
    })
}

fn row(held: StoredView, planned: &PlannedRow, entry: &Entry) -> Result<ComparedRow, CliError> {
    let declared = &held.experiments[planned.experiment].rows[planned.row];
    let collapsed = collapsed::of(planned, held.plan, held.store)?;
    Ok(ComparedRow {
        name: planned.name.clone(),
        label: declared.label.clone(),
        members: entry.members(),
        collapsed: collapsed.iter().filter(|kinds| !kinds.is_empty()).count(),
    })
}
