//! Predictions: a row whose probabilities another program made and left in files.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Cost, Declared, Dependencies, Imported, Method, MethodContext, MethodError, Outcome,
    PredictionsInputs, Progress, Requirements, Settings,
};

/// What stands for a trial's number, from 0, in the names of files.
pub const TRIAL_PLACEHOLDER: &str = "{trial}";
/// What stands for `trials.train-size` and `trials.shots`.
pub const SIZE_PLACEHOLDERS: [&str; 2] = ["{train-size}", "{shots}"];

/// Probabilities of the test texts that another program made. Nothing is trained.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Predictions {
    /// A CSV file with the probabilities of every test text. `{trial}` in its name stands for the trial's number from 0, `{train-size}` and
    /// `{shots}` for these keys of `trials`. A relative path counts from the spec's folder.
    #[schemars(length(min = 1))]
    pub file: String,
    /// The same for the texts of the transfer set, which students of this row need.
    #[schemars(length(min = 1))]
    pub transfer: Option<String>,
}

impl Predictions {
    /// The file of a trial, from what [`file`](Self::file) or [`transfer`](Self::transfer) says.
    pub fn path(written: &str, trial: u32) -> PathBuf {
        written
            .replace(TRIAL_PLACEHOLDER, &trial.to_string())
            .into()
    }
}

impl Settings for Predictions {
    fn requirements(&self) -> Requirements<'_> {
        let has_size = |written: &str| SIZE_PLACEHOLDERS.iter().any(|size| written.contains(size));
        Requirements {
            imported: Some(Imported {
                file: &self.file,
                transfer: self.transfer.as_deref(),
                is_numbered: self.file.contains(TRIAL_PLACEHOLDER),
                names_size: has_size(&self.file),
            }),
            ..Requirements::default()
        }
    }
}

impl Settings for PredictionsInputs {
    fn requirements(&self) -> Requirements<'_> {
        Requirements {
            imported: Some(Imported {
                file: &self.sha256,
                transfer: self.transfer.as_deref(),
                is_numbered: self.trial.is_some(),
                names_size: false,
            }),
            ..Requirements::default()
        }
    }
}

impl Declared for Predictions {
    type Inputs = PredictionsInputs;

    fn resolve(&self, dependencies: Dependencies) -> Option<PredictionsInputs> {
        dependencies.predictions
    }

    fn files_mut(&mut self) -> Vec<(&'static str, &mut String)> {
        let transfer = self.transfer.iter_mut().map(|file| ("transfer", file));
        std::iter::once(("file", &mut self.file))
            .chain(transfer)
            .collect()
    }

    fn conflict(&self) -> Option<(&'static str, &'static str)> {
        let is_numbered = |written: &String| written.contains(TRIAL_PLACEHOLDER);
        let transfer = self.transfer.as_ref()?;
        (is_numbered(transfer) != is_numbered(&self.file)).then_some((
            "transfer",
            "give `{trial}` in both `file` and `transfer`, or in neither: both are of the same trials",
        ))
    }
}

impl Method for PredictionsInputs {
    /// Hands on what the files say.
    fn run(
        &self,
        context: &MethodContext,
        _: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        if context.imported.len() != context.sets.len() {
            return Err(MethodError::NoPredictions);
        }
        Ok(context.predict_unfitted(|set, _| context.imported[set].clone()))
    }

    fn cost(&self) -> Cost {
        Cost {
            tosses_per_text: 0.0,
            ..Cost::default()
        }
    }

    fn imported(&self) -> Option<&PredictionsInputs> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predictions(file: &str, transfer: Option<&str>) -> Predictions {
        Predictions {
            file: file.to_owned(),
            transfer: transfer.map(str::to_owned),
        }
    }

    #[test]
    fn the_trial_s_number_makes_a_file_per_trial() {
        let numbered = predictions("setfit_{trial}_of_{train-size}.csv", None);
        let imported = numbered.requirements().imported.unwrap();
        assert!(imported.is_numbered && imported.names_size);
        assert_eq!(
            Predictions::path("a/{trial}/b_{trial}.csv", 12),
            PathBuf::from("a/12/b_12.csv")
        );
        let single = predictions("llm.csv", Some("llm_transfer.csv"));
        let imported = single.requirements().imported.unwrap();
        assert!(!imported.is_numbered && !imported.names_size);
        assert_eq!(imported.transfer, Some("llm_transfer.csv"));
    }

    #[test]
    fn files_of_test_and_transfer_texts_are_numbered_alike() {
        for (file, transfer, is_refused) in [
            ("a_{trial}.csv", Some("t_{trial}.csv"), false),
            ("a.csv", Some("t.csv"), false),
            ("a_{trial}.csv", None, false),
            ("a_{trial}.csv", Some("t.csv"), true),
            ("a.csv", Some("t_{trial}.csv"), true),
        ] {
            let conflict = predictions(file, transfer).conflict();
            assert_eq!(conflict.is_some(), is_refused, "{file} {transfer:?}");
        }
    }
}
