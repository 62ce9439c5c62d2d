//! `fsl-exp plan`: every trial, and what a run would do about it.

use serde::Serialize;

use super::args::PlanArgs;
use super::console;
use super::error::CliError;
use super::exit::Exit;
use super::specs::{self, Stored};
use crate::runner::{Plan, PlannedRow, PlannedTrial, TrialState};
use crate::store::Store;

/// Prints the plan. Nothing is run, nothing is fetched.
pub(super) fn command(args: &PlanArgs) -> Result<Exit, CliError> {
    let Stored { store, plan, .. } = specs::stored(&args.specs, &args.store)?;
    if args.json {
        let entries: Vec<Entry> = plan
            .rows
            .iter()
            .flat_map(|row| entries(row, &plan, &store))
            .collect();
        let json = serde_json::json!({ "trials": entries });
        return console::print(&format!("{json:#}\n"));
    }
    console::print(&text(&plan, &store))
}

/// One trial of one row, or a row that is blocked.
#[derive(Debug, Serialize)]
struct Entry {
    row: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    trial: Option<u64>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

fn entries(row: &PlannedRow, plan: &Plan, store: &Store) -> Vec<Entry> {
    let trials = row.trials.iter().enumerate();
    let known = trials.map(|(number, &index)| entry(row, number, &plan.trials[index], plan, store));
    let unknown = row
        .blocked
        .iter()
        .filter(|_| row.trials.is_empty())
        .map(|blocked| Entry {
            row: row.name.clone(),
            trial: None,
            state: if blocked.untried { "run" } else { "blocked" },
            key: None,
            why: blocked.reason.clone(),
            hint: blocked.hint.clone(),
        });
    known.chain(unknown).collect()
}

fn entry(
    row: &PlannedRow,
    number: usize,
    trial: &PlannedTrial,
    plan: &Plan,
    store: &Store,
) -> Entry {
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
            "no result is stored; a run fetches what it needs first".to_owned(),
            None,
        ),
        TrialState::Run => ("run", "no result is stored".to_owned(), None),
        TrialState::Failed(failure) => (
            "failed",
            format!(
                "{} (log: {})",
                failure.message,
                store.failure_log(&trial.key).display()
            ),
            Some("`fsl-exp run … --retry-failed` tries it again".to_owned()),
        ),
    };
    Entry {
        row: row.name.clone(),
        trial: Some(number as u64),
        state,
        key: Some(trial.key.to_string()),
        why,
        hint,
    }
}

fn text(plan: &Plan, store: &Store) -> String {
    let entries: Vec<Entry> = plan
        .rows
        .iter()
        .flat_map(|row| entries(row, plan, store))
        .collect();
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
            entry.state, entry.why
        );
        if let Some(hint) = &entry.hint {
            text += &format!("{:8}{:width$}  {:10}  hint: {hint}\n", "", "", "");
        }
    }
    let run = plan.count(|state| *state == TrialState::Run);
    let reuse = plan.count(|state| *state == TrialState::Reuse);
    let failed = plan.count(|state| matches!(state, TrialState::Failed(_)));
    text += &format!(
        "{} trials: {run} to run, {reuse} to reuse, {failed} failed before; {} rows blocked\n",
        plan.trials.len(),
        plan.blocked().count()
    );
    text
}

/// Trials are counted from 1 for people.
fn label(entry: &Entry) -> String {
    entry.trial.map_or_else(
        || entry.row.clone(),
        |number| format!("{} trial {}", entry.row, number + 1),
    )
}
