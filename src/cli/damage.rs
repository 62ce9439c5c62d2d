//! Damaged results: all of them are told at once, and the commands go on with the rest.

use std::collections::BTreeSet;

use super::console;
use super::exit::Exit;
use fsl_core::runner::Plan;
use fsl_core::store::Store;
use fsl_core::trial::TrialKey;

/// How many damaged results are named.
const MOST_NAMED: usize = 100;

/// What is done about damaged results.
#[derive(Debug, Clone, Copy)]
pub(super) enum Remedy {
    /// This command computes them again.
    Now,
    /// The next run finds them as well, and computes them again.
    Run,
    /// They are found only where predictions are read, which a run does not do.
    Remove,
}

impl Remedy {
    /// What is said of one result, or of several.
    fn sentence(self, count: usize) -> String {
        let many = count > 1;
        let pick = |one, several| if many { several } else { one };
        let results = pick("result is", "results are");
        let them = pick("it", "them");
        match self {
            Self::Now => {
                let are = pick("is", "are");
                format!("{count} stored {results} damaged and {are} computed again:")
            }
            Self::Run => format!(
                "{count} stored {results} damaged and left out; `fsl-exp run` computes {them} again:"
            ),
            Self::Remove => {
                let folders = pick("its folder", "their folders");
                format!(
                    "{count} stored {results} damaged and left out; remove {folders}, and `fsl-exp run` computes {them} again:"
                )
            }
        }
    }
}

/// The damage that a command has told.
#[derive(Debug, Default)]
pub(super) struct Told(BTreeSet<TrialKey>);

impl Told {
    /// Says which results of a plan were found damaged since this was last called.
    pub(super) fn tell(&mut self, plan: &Plan, store: &Store, remedy: Remedy) {
        let mut lines = Vec::new();
        for trial in &plan.trials {
            if let Some(problem) = store.damage(&trial.key)
                && self.0.insert(trial.key.clone())
            {
                lines.push(format!("  {}: {problem}", plan.name_of(trial)));
            }
        }
        if lines.is_empty() {
            return;
        }
        console::say(&remedy.sentence(lines.len()));
        for line in lines.iter().take(MOST_NAMED) {
            console::say(line);
        }
        if let more @ 1.. = lines.len().saturating_sub(MOST_NAMED) {
            console::say(&format!("  … and {more} more"));
        }
    }

    /// The exit code of a command that is done, but had to leave out what is damaged.
    pub(super) fn exit(&self, exit: Exit) -> Exit {
        if exit == Exit::Done && !self.0.is_empty() {
            Exit::Trials
        } else {
            exit
        }
    }
}

/// Says which saved models and predictions for transfer texts were found damaged by a plan, which looks at those that are needed.
pub(super) fn tell_extras(plan: &Plan, store: &Store) {
    for trial in &plan.trials {
        if let Some(problem) = store.transfer_damage(&trial.key) {
            console::say(&format!(
                "the predictions of {} for transfer texts are damaged and are made anew: {problem}",
                plan.name_of(trial)
            ));
        }
        if let Some(problem) = store.model_damage(&trial.key) {
            console::say(&format!(
                "the saved model of {} is damaged and is made anew: {problem}",
                plan.name_of(trial)
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_several_are_told_apart() {
        insta::assert_snapshot!(Remedy::Now.sentence(1), @"1 stored result is damaged and is computed again:");
        insta::assert_snapshot!(Remedy::Now.sentence(2), @"2 stored results are damaged and are computed again:");
        insta::assert_snapshot!(Remedy::Run.sentence(1), @"1 stored result is damaged and left out; `fsl-exp run` computes it again:");
        insta::assert_snapshot!(Remedy::Run.sentence(2), @"2 stored results are damaged and left out; `fsl-exp run` computes them again:");
        insta::assert_snapshot!(Remedy::Remove.sentence(2), @"2 stored results are damaged and left out; remove their folders, and `fsl-exp run` computes them again:");
    }
}
