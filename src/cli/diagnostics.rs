//! What tables show besides the metrics of records: signatures, collapsed trials, metrics of stored predictions, verdicts.

use rayon::prelude::*;

use super::args::{StyleArgs, TableFormat};
use super::compare::{self, CompareError, Pairs, StoredView};
use super::error::CliError;
use super::members::{Members, labels, predictions, probabilities, trials};
use super::{collapsed, specs};
use fsl_core::runner::{PlannedRow, PlannedTrial};
use fsl_core::spec::{DataSource, Experiment, Row, TableStyle};
use fsl_core::store::StoreError;
use fsl_core::trial::Prediction;
use fsl_metrics::{Center, Metric, evaluate};
use fsl_report::{
    Against, Diagnostics, ExperimentTable, F1Source, Signature, SignatureKind, Style,
};

/// Adds to every row what the options of a table ask for.
pub(super) fn add(
    tables: &mut [ExperimentTable],
    held: StoredView,
    args: &StyleArgs,
) -> Result<(), CliError> {
    let style = |spec| specs::style(args, spec);
    let for_programs = matches!(args.format, TableFormat::Json | TableFormat::Csv);
    let evaluated = for_programs || Metric::in_tables().any(Metric::needs_probabilities);
    describe(tables, held, style, evaluated)?;
    if let Some(wanted) = &args.against {
        judge(tables, held, wanted, args)?;
    }
    Ok(())
}

/// Adds to every row its collapsed trials and its signature, in the style that follows from the spec's; the metrics of its stored predictions
/// and its F1 by size only where `evaluated`, as all predictions are read for them.
pub(super) fn describe(
    tables: &mut [ExperimentTable],
    held: StoredView,
    style: impl Fn(TableStyle) -> Style,
    evaluated: bool,
) -> Result<(), StoreError> {
    let shown = (0..)
        .zip(held.experiments)
        .filter(|(_, experiment)| !experiment.support);
    for (table, (index, experiment)) in tables.iter_mut().zip(shown) {
        let style = style(experiment.table);
        let planned: Vec<&PlannedRow> = rows(held, index).map(|(_, row)| row).collect();
        for (row, planned) in table.rows.iter_mut().zip(planned) {
            row.diagnostics = extra(planned, held, experiment, &style, evaluated)?;
        }
    }
    Ok(())
}

/// The rows of an experiment, with their place in the plan.
fn rows(held: StoredView<'_>, experiment: usize) -> impl Iterator<Item = (usize, &PlannedRow)> {
    let rows = held.plan.rows.iter().enumerate();
    rows.filter(move |(_, row)| row.experiment == experiment)
}

fn extra(
    planned: &PlannedRow,
    held: StoredView,
    experiment: &Experiment,
    style: &Style,
    evaluated: bool,
) -> Result<Diagnostics, StoreError> {
    let collapsed = (0..).zip(collapsed::of(planned, held.plan, held.store)?);
    let mut extra = Diagnostics {
        collapsed: collapsed.filter(|(_, kinds)| !kinds.is_empty()).collect(),
        signature: signature(planned, held, experiment, style),
        ..Diagnostics::default()
    };
    if !evaluated {
        return Ok(extra);
    }
    if let Some(members) = Members::of(planned, held)? {
        extra.sizes = members.sizes();
        let mean = fsl_methods::mean_probabilities(&members.probabilities);
        extra.evaluations = mean
            .and_then(|mean| evaluate(&members.labels, &mean).ok())
            .into_iter()
            .collect();
    } else if planned.members.is_empty() {
        let values = |trial: &Vec<Prediction>| evaluate(&labels(trial), &probabilities(trial)).ok();
        let predictions = predictions(planned, held)?;
        extra.evaluations = predictions.par_iter().filter_map(values).collect();
    }
    Ok(extra)
}

/// How the row's numbers are made; `None` where nothing of it is stored.
fn signature(
    planned: &PlannedRow,
    held: StoredView,
    experiment: &Experiment,
    style: &Style,
) -> Option<Signature> {
    let stored: Vec<&PlannedTrial> = trials(planned, held)
        .into_iter()
        .filter(|trial| held.store.has(&trial.key))
        .collect();
    let first = stored.first()?;
    let is_mean = !planned.members.is_empty();
    let kind = match (is_mean, stored.len()) {
        (true, _) => SignatureKind::Members,
        (false, 1) => SignatureKind::Single,
        (false, _) => SignatureKind::Over(if style.center == Center::Median {
            Center::Median
        } else {
            Center::Mean
        }),
    };
    let declared = &experiment.rows[planned.row];
    let drawn: Vec<String> = declared
        .trials
        .vary
        .iter()
        .filter(|stream| is_mean || declared.streams().contains(stream))
        .filter(|stream| first.inputs.seeds.contains_key(*stream))
        .map(|&stream| match declared.levels(stream) {
            Some(levels) => format!("{stream}({levels})"),
            None => stream.to_string(),
        })
        .collect();
    let mut kinds: Vec<&str> = stored
        .iter()
        .filter_map(|trial| Some(trial.inputs.method.encoder()?.precision.as_str()))
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    Some(Signature {
        n: stored.len(),
        kind,
        ddof: if matches!(kind, SignatureKind::Over(_)) {
            style.ddof
        } else {
            1
        },
        rounded: style.f1 == F1Source::Rounded,
        varied: if stored.len() > 1 { drawn } else { Vec::new() },
        test: (
            test_name(declared),
            first.inputs.data.test.chars().take(10).collect(),
        ),
        precision: if kinds.is_empty() {
            "none".to_owned()
        } else {
            kinds.join("+")
        },
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// The data set's name, or that of the file of test texts.
fn test_name(row: &Row) -> String {
    match &row.data.source {
        DataSource::Catalog(name) => name.clone(),
        DataSource::Files { test, .. } => test
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
    }
}

/// Judges every row against one of its own experiment, or of another one where it has none of that name; where that is swept, against
/// its arm at the row's point.
fn judge(
    tables: &mut [ExperimentTable],
    held: StoredView,
    wanted: &str,
    args: &StyleArgs,
) -> Result<(), CliError> {
    let shown: Vec<usize> = (0..held.experiments.len())
        .filter(|&index| !held.experiments[index].support)
        .collect();
    let mut pairs = Pairs::default();
    for &index in &shown {
        let rows: Vec<usize> = rows(held, index).map(|(row, _)| row).collect();
        pairs.extend(compare::against(held, &rows, wanted)?);
    }
    let pairs = pairs.comparable(held.plan)?;
    pairs.tell(held.plan);
    let margin = args.margin.0 / 100.0;
    let compared = compare::compare(held, &pairs.found, margin, "")?;
    for (table, &index) in tables.iter_mut().zip(&shown) {
        table.against = Some(Against {
            label: label(held, index, wanted)?,
            margin,
            comparisons: compared.comparisons.len(),
        });
        for (row, (_, planned)) in table.rows.iter_mut().zip(rows(held, index)) {
            let mut comparisons = compared.comparisons.iter();
            let found = comparisons.find(|comparison| comparison.rows[0].name == planned.name);
            row.diagnostics.verdict = found.map(|comparison| comparison.decision.verdict);
        }
    }
    Ok(())
}

/// What the row that is judged against is called in the table of an experiment; a swept one without the points of its arms.
fn label(held: StoredView, experiment: usize, wanted: &str) -> Result<String, CompareError> {
    let called = compare::called(held, Some(experiment), wanted)?;
    let Some(&first) = called.rows.first() else {
        return Ok(wanted.to_owned());
    };
    let planned = &held.plan.rows[first];
    let row = &held.experiments[planned.experiment].rows[planned.row];
    let point = called
        .swept
        .then(|| row.id.strip_prefix(&row.arm_of))
        .flatten();
    let label = point.and_then(|point| row.label.strip_suffix(point));
    Ok(label.map_or(row.label.as_str(), str::trim_end).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use fsl_common::seed::Stream;
    use fsl_common::settings::Precision;

    /// `report` knows neither, so that it lists their names.
    #[test]
    fn signatures_of_every_stream_and_precision_read_back() {
        let signature = Signature {
            n: 2,
            kind: SignatureKind::Members,
            ddof: 1,
            rounded: false,
            varied: Stream::ALL.map(|stream| stream.to_string()).into(),
            test: ("test.csv".to_owned(), "0123456789".to_owned()),
            precision: [Precision::Bf16, Precision::F32, Precision::Int8]
                .map(Precision::as_str)
                .join("+"),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        assert_eq!(signature.to_string().parse(), Ok(signature));
    }
}
