//! Plans for people and for programs: every trial, and what a run would do about it.

use serde::Serialize;
use serde_json::{Map, Value};

use super::run_time::RunTime;
use super::sizes::{self, ExperimentSize};
use super::stored_view::StoredView;
use fsl_common::settings::EncoderSource;
use fsl_core::runner::{Plan, PlannedRow, PlannedTrial, TrialState};
use fsl_core::spec::Row;
use fsl_core::store::Store;
use fsl_report::{counted, one_line};

/// What a run would do, and how long it would take.
#[derive(Debug, Serialize)]
pub struct PlanSummary<'a> {
    trials: Vec<Entry<'a>>,
    experiments: Vec<ExperimentSize<'a>>,
    time: RunTime,
    #[serde(skip)]
    view: StoredView<'a>,
}

impl<'a> PlanSummary<'a> {
    /// The plan's summary, where so many trials run at a time.
    pub fn new(view: StoredView<'a>, jobs: usize) -> Self {
        let rows = view.plan.rows.iter();
        Self {
            trials: rows.flat_map(|row| entries(row, view)).collect(),
            experiments: sizes::sizes(view),
            time: RunTime::estimate(view, jobs),
            view,
        }
    }

    /// One JSON object.
    pub fn json(&self) -> String {
        format!("{:#}\n", serde_json::json!(self))
    }

    /// A line per trial, then what they amount to.
    pub fn text(&self) -> String {
        let StoredView { plan, store, .. } = self.view;
        let mut text = lines(&self.trials);
        let run = plan.count(|state| *state == TrialState::Run);
        let reuse = plan.count(|state| *state == TrialState::Reuse);
        let needed = |state: &TrialState| *state != TrialState::Unneeded;
        let failed = plan.count(|state| matches!(state, TrialState::Failed(_)));
        text += &format!(
            "{}: {run} to run, {reuse} to reuse, {failed} failed before; {} blocked\n",
            counted(plan.count(needed) as u64, "trial"),
            counted(plan.blocked().count() as u64, "row")
        );
        text += &sizes::swept(self.view);
        text += &self.time.sentence();
        text += &kept_weights(plan).unwrap_or_default();
        text += &lost_weights(plan, store).unwrap_or_default();
        text
    }
}

/// One trial of one row, or a row that is blocked.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    row: &'a str,
    /// Of an arm: the row that is swept.
    #[serde(skip_serializing_if = "Option::is_none")]
    arm_of: Option<&'a str>,
    /// Of an arm: the swept keys that bear on the row, with their values.
    #[serde(skip_serializing_if = "Option::is_none")]
    point: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trial: Option<u64>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl<'a> Entry<'a> {
    /// The entry, with the point where its row is an arm.
    fn at(self, row: &'a Row) -> Self {
        let point = row.point.iter();
        let point: Map<String, Value> = point
            .map(|(key, value)| (key.to_owned(), value.clone()))
            .collect();
        Self {
            arm_of: (!point.is_empty()).then_some(&row.arm_of),
            point: (!point.is_empty()).then_some(point),
            ..self
        }
    }
}

fn entries<'a>(row: &'a PlannedRow, view: StoredView<'a>) -> Vec<Entry<'a>> {
    let StoredView { plan, store, .. } = view;
    let declared = view.declared(row);
    if !row.members.is_empty() {
        return vec![mean(row).at(declared)];
    }
    let needed = |&(_, &index): &(usize, &usize)| plan.trials[index].state != TrialState::Unneeded;
    let trials = row.trials.iter().enumerate().filter(needed);
    let known = trials.map(|(number, &index)| entry(row, number, &plan.trials[index], plan, store));
    let unknown = row
        .blocked
        .iter()
        .filter(|_| row.trials.is_empty())
        .map(|blocked| Entry {
            row: &row.name,
            arm_of: None,
            point: None,
            trial: None,
            state: if blocked.not_attempted {
                "run"
            } else {
                "blocked"
            },
            key: None,
            why: blocked.reason.clone(),
            hint: blocked.hint.clone(),
        });
    known
        .chain(unknown)
        .map(|entry| entry.at(declared))
        .collect()
}

/// An ensemble: nothing runs for it.
fn mean(row: &PlannedRow) -> Entry<'_> {
    let blocked = row.blocked.as_ref();
    Entry {
        row: &row.name,
        arm_of: None,
        point: None,
        trial: None,
        state: if blocked.is_some_and(|blocked| !blocked.not_attempted) {
            "blocked"
        } else {
            "derive"
        },
        key: None,
        why: blocked.map_or_else(
            || format!("the mean of {} trials", row.members.len()),
            |blocked| blocked.reason.clone(),
        ),
        hint: blocked.and_then(|blocked| blocked.hint.clone()),
    }
}

/// What keeping weights will cost.
fn kept_weights(plan: &Plan) -> Option<String> {
    let sizes: Vec<u64> = plan
        .trials
        .iter()
        .filter(|trial| trial.keep_weights && trial.state == TrialState::Run)
        .map(|trial| {
            let encoder = trial
                .files
                .as_ref()
                .and_then(|files| files.encoder.as_ref());
            let files = encoder.map(EncoderSource::weight_files).unwrap_or_default();
            let sizes = files.iter().map(std::fs::metadata);
            sizes.map(|file| file.map_or(0, |file| file.len())).sum()
        })
        .collect();
    let bytes: u64 = sizes.iter().sum();
    let known = if sizes.contains(&0) { " at least" } else { "" };
    let size = if bytes < 1_000_000_000 {
        format!("{:.1} MB", bytes as f64 / 1e6)
    } else {
        format!("{:.1} GB", bytes as f64 / 1e9)
    };
    (!sizes.is_empty()).then(|| {
        format!(
            "the weights of {} will be kept:{known} {size} on disk\n",
            counted(sizes.len() as u64, "trial")
        )
    })
}

/// Trials whose weights were asked for after they had run.
fn lost_weights(plan: &Plan, store: &Store) -> Option<String> {
    let lost = |trial: &&PlannedTrial| {
        trial.keep_weights && trial.state == TrialState::Reuse && store.model(&trial.key).is_none()
    };
    let lost: Vec<&PlannedTrial> = plan.trials.iter().filter(lost).collect();
    let first = lost.first()?;
    let folder = store.folder(&first.key);
    let folder = folder.display();
    Some(match lost.len() {
        1 => format!(
            "1 trial ran without `keep-weights` and is not retrained just for its weights; to retrain it, remove its folder, `{folder}`\n"
        ),
        several => format!(
            "{several} trials ran without `keep-weights` and are not retrained just for their weights; to retrain them, remove their \
             folders, such as `{folder}`\n"
        ),
    })
}

fn entry<'a>(
    row: &'a PlannedRow,
    number: usize,
    trial: &PlannedTrial,
    plan: &Plan,
    store: &Store,
) -> Entry<'a> {
    let first = trial
        .uses
        .first()
        .is_none_or(|first| plan.rows[first.row].name == row.name);
    let (state, why, hint) = match &trial.state {
        TrialState::Reuse => ("reuse", "its result is stored".to_owned(), None),
        TrialState::Run if !first => (
            "reuse",
            format!("the same as {}", plan.name_of(trial)),
            None,
        ),
        TrialState::Run if trial.files.is_none() => (
            "run",
            "no result is stored; its data or encoder is fetched first".to_owned(),
            None,
        ),
        TrialState::Run => ("run", why_run(trial, store), None),
        TrialState::Blocked(blocked) => ("blocked", blocked.reason.clone(), blocked.hint.clone()),
        TrialState::Unneeded => ("skip", "not needed".to_owned(), None),
        TrialState::Failed(failure) => (
            "failed",
            format!(
                "{} (log: {})",
                failure.message,
                store.failure_log(&trial.key).display()
            ),
            Some("`fsl-exp run … --retry-failed` runs it again".to_owned()),
        ),
    };
    Entry {
        row: &row.name,
        arm_of: None,
        point: None,
        trial: Some(number as u64),
        state,
        key: Some(trial.key.to_string()),
        why,
        hint,
    }
}

/// Why a trial that is to run does not do with what is stored.
fn why_run(trial: &PlannedTrial, store: &Store) -> String {
    if let Some(problem) = store.damage(&trial.key) {
        return format!("its stored result is damaged: {problem}");
    }
    if !trial.recorded {
        return match &trial.failed_before {
            Some(failure) if !failure.is_lasting() => {
                format!("an earlier run did not finish it: {}", failure.message)
            }
            _ => "no result is stored".to_owned(),
        };
    }
    if trial.inputs.method.imported().is_some() {
        return "its probabilities of a transfer set are read".to_owned();
    }
    if store.intact_model(&trial.key).is_some() {
        return "its saved model predicts a transfer set".to_owned();
    }
    if let Some(problem) = store.model_damage(&trial.key) {
        return format!(
            "retrained to predict a transfer set: its saved model is damaged: {problem}"
        );
    }
    "retrained to predict a transfer set: its weights were not kept".to_owned()
}

/// The lines about trials, in columns.
fn lines(entries: &[Entry]) -> String {
    let names: Vec<String> = entries.iter().map(label).collect();
    let width = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for (entry, name) in entries.iter().zip(&names) {
        let key = entry.key.as_deref().map_or("-", |key| &key[..10]);
        text += &format!(
            "{:<7} {name:<width$}  {key:<10}  {}\n",
            entry.state,
            one_line(&entry.why)
        );
        if let Some(hint) = &entry.hint {
            let hint = one_line(hint);
            text += &format!("{:8}{:width$}  {:10}  hint: {hint}\n", "", "", "");
        }
    }
    text
}

/// Trials are counted from 1 for people.
fn label(entry: &Entry) -> String {
    let row = one_line(entry.row);
    match entry.trial {
        None => row.into_owned(),
        Some(number) => format!("{row} trial {}", number + 1),
    }
}
