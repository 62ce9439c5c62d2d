//! What tables show besides the three figures: signatures, collapsed trials, rankings, verdicts.

use rayon::prelude::*;

use super::args::{StyleArgs, TableFormat};
use super::compare::{self, Held};
use super::error::CliError;
use super::members::{Members, labels, predictions, probabilities, trials};
use super::{collapsed, specs};
use crate::metric::{Center, average_precision, calibration_error, roc_auc};
use crate::report::{
    Against, ExperimentTable, Extra, F1Source, Ranking, Signature, SignatureKind, Style,
};
use crate::runner::{PlannedRow, PlannedTrial};
use crate::spec::{DataSource, Experiment, Row};
use crate::store::StoreError;
use crate::trial::Prediction;

/// Adds to every row what the style asks for.
pub(super) fn add(
    tables: &mut [ExperimentTable],
    held: Held,
    args: &StyleArgs,
) -> Result<(), CliError> {
    let shown = (0..)
        .zip(held.experiments)
        .filter(|(_, experiment)| !experiment.support);
    for (table, (index, experiment)) in tables.iter_mut().zip(shown) {
        let style = specs::style(args, experiment.table);
        let planned: Vec<&PlannedRow> = rows(held, index).map(|(_, row)| row).collect();
        for (row, planned) in table.rows.iter_mut().zip(planned) {
            row.extra = extra(planned, held, experiment, &style, args.format)?;
        }
    }
    if let Some(wanted) = &args.against {
        judge(tables, held, wanted, args)?;
    }
    Ok(())
}

/// The rows of an experiment, with their place in the plan.
fn rows(held: Held<'_>, experiment: usize) -> impl Iterator<Item = (usize, &PlannedRow)> {
    let rows = held.plan.rows.iter().enumerate();
    rows.filter(move |(_, row)| row.experiment == experiment)
}

fn extra(
    planned: &PlannedRow,
    held: Held,
    experiment: &Experiment,
    style: &Style,
    format: TableFormat,
) -> Result<Extra, StoreError> {
    let collapsed = (0..).zip(collapsed::of(planned, held.plan, held.store)?);
    let mut extra = Extra {
        collapsed: collapsed.filter(|(_, kinds)| !kinds.is_empty()).collect(),
        signature: signature(planned, held, experiment, style),
        ..Extra::default()
    };
    if format != TableFormat::Json {
        return Ok(extra);
    }
    if let Some(members) = Members::of(planned, held)? {
        extra.sizes = members.sizes();
        let mean = crate::method::mean_probabilities(&members.probabilities);
        extra.rankings = mean
            .and_then(|mean| ranking(&members.labels, &mean))
            .into_iter()
            .collect();
    } else if planned.members.is_empty() {
        let rank = |trial: &Vec<Prediction>| ranking(&labels(trial), &probabilities(trial));
        let predictions = predictions(planned, held)?;
        extra.rankings = predictions.par_iter().filter_map(rank).collect();
    }
    Ok(extra)
}

fn ranking(labels: &[u8], probabilities: &[f64]) -> Option<Ranking> {
    Some(Ranking {
        roc_auc: roc_auc(labels, probabilities).ok()?,
        average_precision: average_precision(labels, probabilities).ok()?,
        calibration_error: calibration_error(labels, probabilities).ok()?,
    })
}

/// How the row's numbers are made; `None` where nothing of it is stored.
fn signature(
    planned: &PlannedRow,
    held: Held,
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

/// Judges every row against one of its own experiment, or of another one where it has none of that name.
fn judge(
    tables: &mut [ExperimentTable],
    held: Held,
    wanted: &str,
    args: &StyleArgs,
) -> Result<(), CliError> {
    let shown: Vec<usize> = (0..held.experiments.len())
        .filter(|&index| !held.experiments[index].support)
        .collect();
    let mut pairs = Vec::new();
    for (place, &index) in shown.iter().enumerate() {
        let own =
            rows(held, index).find(|(_, row)| held.experiments[index].rows[row.row].id == wanted);
        let against = match own {
            Some((row, _)) => row,
            None => compare::find(held.plan, wanted)?,
        };
        for (number, (row, _)) in rows(held, index)
            .enumerate()
            .filter(|(_, (row, _))| *row != against)
        {
            pairs.push((place, number, [row, against]));
        }
    }
    let asked: Vec<[usize; 2]> = pairs.iter().map(|(_, _, pair)| *pair).collect();
    let margin = args.margin.0 / 100.0;
    let compared = compare::compare(held, &asked, margin, "")?;
    for (place, number, [row, against]) in pairs {
        let name = |row: usize| held.plan.rows[row].name.as_str();
        let found = compared.comparisons.iter().find(|comparison| {
            let [a, b] = &comparison.rows;
            a.name == name(row) && b.name == name(against)
        });
        let planned = &held.plan.rows[against];
        tables[place].against = Some(Against {
            label: held.experiments[planned.experiment].rows[planned.row]
                .label
                .clone(),
            margin,
            comparisons: compared.comparisons.len(),
        });
        tables[place].rows[number].extra.verdict = found.map(|comparison| comparison.decision.word);
    }
    Ok(())
}
