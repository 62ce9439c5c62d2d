//! The predictions of a row's trials, and how the trials of two rows belong together.

use std::collections::BTreeSet;

use super::error::{CompareError, TestSet};
use crate::stored_view::StoredView;
use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;
use fsl_core::runner::{Plan, PlannedRow, PlannedTrial};
use fsl_core::store::StoreError;
use fsl_metrics::{AveragedModels, Pairing, RowPredictions};
use fsl_report::plural;

/// A row's predictions, or what is missing of them.
pub(super) enum LoadedRow {
    Complete(Box<RowEntry>),
    Lacking(String),
}

/// What a row's trials, or its members, say of every test text.
pub(super) struct RowEntry {
    pub(super) classes: Classes,
    pub(super) labels: Vec<Label>,
    probabilities: Vec<Probabilities>,
    is_mean: bool,
}

/// Two rows that are ready to be compared.
pub(super) struct PairedRows {
    pub(super) sides: [RowPredictions; 2],
    pub(super) link: Pairing,
    /// Whether all trials of a row learnt from one teacher that was drawn at random.
    pub(super) one_teacher: bool,
    /// In a sentence.
    pub(super) pairing: String,
}

impl LoadedRow {
    pub(super) fn lacking(&self) -> Option<String> {
        match self {
            Self::Complete(_) => None,
            Self::Lacking(what) => Some(what.clone()),
        }
    }
}

impl RowEntry {
    /// Members of a mean.
    pub(super) fn members(&self) -> Option<usize> {
        self.is_mean.then_some(self.probabilities.len())
    }
}

/// The trials that a row's figures rest on.
fn trials<'a>(row: &PlannedRow, plan: &'a Plan) -> Vec<&'a PlannedTrial> {
    let indices = row.trials.iter().chain(&row.members);
    indices.map(|&index| &plan.trials[index]).collect()
}

/// Reads a row's predictions.
pub(super) fn load(row: &PlannedRow, view: StoredView) -> Result<LoadedRow, StoreError> {
    let trials = view.trials(row);
    if trials.is_empty() {
        let reason = row.blocked.as_ref().map(|blocked| blocked.reason.as_str());
        let reason = reason.map_or_else(String::new, |reason| format!(" ({reason})"));
        return Ok(LoadedRow::Lacking(format!(
            "any trial of `{}`{reason}",
            row.name
        )));
    }
    let missing: Vec<usize> = (1..)
        .zip(&trials)
        .filter(|(_, trial)| !view.store.has(&trial.key))
        .map(|(number, _)| number)
        .collect();
    if !missing.is_empty() {
        return Ok(LoadedRow::Lacking(lacking(row, &missing, trials.len())));
    }
    let mut labels = Vec::new();
    let mut probabilities = Vec::with_capacity(trials.len());
    view.each_prediction(row, |predictions| {
        labels = predictions.labels;
        probabilities.push(predictions.probabilities);
    })?;
    Ok(LoadedRow::Complete(Box::new(RowEntry {
        classes: view.classes(row).clone(),
        labels,
        probabilities,
        is_mean: !row.members.is_empty(),
    })))
}

fn lacking(row: &PlannedRow, missing: &[usize], all: usize) -> String {
    let what = if row.members.is_empty() {
        "trial"
    } else {
        "member"
    };
    if missing.len() == all {
        return format!("any {what} of `{}`", row.name);
    }
    let what = plural(missing.len() as u64, what);
    let numbers: Vec<String> = missing.iter().map(ToString::to_string).collect();
    format!("{what} {} of `{}`", numbers.join(", "), row.name)
}

/// Refuses rows that were scored on different texts.
pub(super) fn same_texts(a: &PlannedRow, b: &PlannedRow, plan: &Plan) -> Result<(), CompareError> {
    match (test_set(a, plan), test_set(b, plan)) {
        (Some(first), Some(second))
            if (&first.sha256, &first.label) != (&second.sha256, &second.label) =>
        {
            Err(different(a, b, plan))
        }
        _ => Ok(()),
    }
}

/// The error about rows over different texts.
pub(super) fn different(a: &PlannedRow, b: &PlannedRow, plan: &Plan) -> CompareError {
    let unknown = || TestSet {
        path: None,
        sha256: "unknown".to_owned(),
        label: "unknown".to_owned(),
    };
    CompareError::OtherTexts {
        rows: [a, b].map(|row| row.name.clone()),
        tests: Box::new([a, b].map(|row| test_set(row, plan).unwrap_or_else(unknown))),
    }
}

fn test_set(row: &PlannedRow, plan: &Plan) -> Option<TestSet> {
    let trials = trials(row, plan);
    let trial = trials.first()?;
    Some(TestSet {
        path: trial.files.as_ref().map(|files| files.test.clone()),
        sha256: trial.inputs.data.test.clone(),
        label: trial.inputs.data.label.clone(),
    })
}

/// Finds out how the trials of two rows belong together.
pub(super) fn link(rows: [&PlannedRow; 2], entries: [&RowEntry; 2], plan: &Plan) -> PairedRows {
    let [a, b] = rows;
    let given = [teaches(a, b, plan), teaches(b, a, plan)];
    let side = |place: usize| side(rows[place], entries[place], given[place], plan);
    let linked = |link, pairing: String| PairedRows {
        sides: [side(0), side(1)],
        link,
        one_teacher: rows.iter().any(|row| one_teacher(row, plan)),
        pairing: format!("{pairing}; {}", streams(rows, plan)),
    };
    if let Some(how) = shared_models(a, b).filter(|_| !given.contains(&true)) {
        return linked(Pairing::Members, how);
    }
    if given.contains(&true) {
        return linked(
            Pairing::Unpaired,
            "one row taught the other: it counts as given, members and all".to_owned(),
        );
    }
    let means = !a.members.is_empty() || !b.members.is_empty();
    let (n, m) = (a.trials.len(), b.trials.len());
    if means || n == 1 || m == 1 {
        return linked(Pairing::Unpaired, "single models have no pairs".to_owned());
    }
    if n == m && share_seeds(a, b, plan) {
        return linked(
            Pairing::Paired,
            format!("trials are paired by number: they share seeds ({n} pairs)"),
        );
    }
    let why = if n == m {
        "share no seeds"
    } else {
        "differ in number"
    };
    linked(
        Pairing::Unpaired,
        format!("trials are not paired: they {why}"),
    )
}

fn side(row: &PlannedRow, entry: &RowEntry, given: bool, plan: &Plan) -> RowPredictions {
    let random = trials(row, plan)
        .iter()
        .any(|trial| trial.inputs.is_random());
    let side = if entry.is_mean {
        RowPredictions::Average(AveragedModels {
            members: entry.probabilities.clone(),
            fixed: given || !random,
            models: Vec::new(),
        })
    } else {
        RowPredictions::trials(entry.probabilities.clone(), random && !given)
    };
    side.of_models(row.trials.iter().chain(&row.members).copied().collect())
}

/// How a mean and another row have models in common; `None` where they have none, or neither is a mean.
fn shared_models(a: &PlannedRow, b: &PlannedRow) -> Option<String> {
    let [of_a, of_b] = [a, b].map(|row| {
        let all = row.trials.iter().chain(&row.members);
        all.copied().collect::<BTreeSet<usize>>()
    });
    let shared = of_a.intersection(&of_b).count();
    let means = !a.members.is_empty() || !b.members.is_empty();
    if shared == 0 || !means {
        return None;
    }
    let is_own_mean = a.members == b.trials || b.members == a.trials;
    Some(if is_own_mean {
        "one row is the mean of the other's trials: both are drawn together".to_owned()
    } else {
        let smaller = of_a.len().min(of_b.len());
        format!("{shared} of {smaller} models are in both rows: they are drawn together")
    })
}

/// Whether all trials of a row learnt from the same teacher, of which something was drawn at random.
fn one_teacher(row: &PlannedRow, plan: &Plan) -> bool {
    let trials = trials(row, plan);
    let mut teachers = trials
        .iter()
        .map(|trial| trial.inputs.method.soft_targets())
        .map(|targets| targets.map(|targets| &targets.teacher));
    let Some(Some(first)) = teachers.next() else {
        return false;
    };
    let drawn = |key: &String| {
        let known = plan.trials.iter().find(|trial| trial.key.as_str() == key);
        known.is_none_or(|trial| trial.inputs.is_random())
    };
    teachers.all(|teacher| teacher == Some(first)) && first.iter().any(drawn)
}

/// Which random streams differ between the trials of the rows, and which are the same in all.
fn streams(rows: [&PlannedRow; 2], plan: &Plan) -> String {
    let (mut varied, mut fixed, mut crossed) = (BTreeSet::new(), BTreeSet::new(), false);
    for row in rows {
        let trials = trials(row, plan);
        let is_numbered = |trial: &&PlannedTrial| trial.inputs.method.requirements().is_numbered();
        if trials.iter().any(is_numbered) {
            varied.insert("trials of another program".to_owned());
        }
        let streams = trials.iter().flat_map(|trial| trial.inputs.seeds.keys());
        for stream in streams.collect::<BTreeSet<_>>() {
            let seeds = trials.iter().map(|trial| trial.inputs.seeds.get(stream));
            let levels = seeds.collect::<BTreeSet<_>>().len();
            crossed |= 1 < levels && levels < trials.len();
            if levels > 1 {
                varied.insert(stream.to_string());
            } else {
                fixed.insert(stream.to_string());
            }
        }
    }
    let list = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(", ");
    fixed.retain(|stream| !varied.contains(stream));
    let said = match (varied.is_empty(), fixed.is_empty()) {
        (true, true) => "nothing is random".to_owned(),
        (true, false) => format!("the same in all trials: {}", list(fixed)),
        (false, true) => format!("varied: {}", list(varied)),
        (false, false) => format!(
            "varied: {}, the same in all trials: {}",
            list(varied),
            list(fixed)
        ),
    };
    // Trials that share a level are alike: fewer are independent than the noise of seeds is reckoned from.
    if crossed {
        said + "; crossed trials share seeds, so the seed noise is underestimated"
    } else {
        said
    }
}

/// Whether `student` learnt from the mean of exactly these trials.
fn teaches(teacher: &PlannedRow, student: &PlannedRow, plan: &Plan) -> bool {
    let keys: BTreeSet<&str> = trials(teacher, plan)
        .iter()
        .map(|trial| trial.key.as_str())
        .collect();
    let learnt = |trial: &&PlannedTrial| {
        let targets = trial.inputs.method.soft_targets();
        targets.is_some_and(|targets| {
            let taught: BTreeSet<&str> = targets.teacher.iter().map(String::as_str).collect();
            taught == keys
        })
    };
    let is_one = !teacher.members.is_empty() || teacher.trials.len() == 1;
    let trials = trials(student, plan);
    is_one && !trials.is_empty() && trials.iter().all(learnt)
}

/// Whether trials of the same number have the same seed in every stream that both draw from.
fn share_seeds(a: &PlannedRow, b: &PlannedRow, plan: &Plan) -> bool {
    let mut pairs = a.trials.iter().zip(&b.trials);
    pairs.all(|(&first, &second)| {
        let (first, second) = (&plan.trials[first].inputs, &plan.trials[second].inputs);
        let mut common = first
            .seeds
            .iter()
            .filter_map(|(stream, seed)| Some((seed, second.seeds.get(stream)?)))
            .peekable();
        common.peek().is_some() && common.all(|(one, other)| one == other)
    })
}
