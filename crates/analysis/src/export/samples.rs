//! The texts that trials learn from: drawn again from the training files, without running anything.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::error::AnalysisError;
use crate::stored_view::StoredView;
use fsl_common::classes::{Classes, Label};
use fsl_core::runner::PlannedTrial;
use fsl_core::trial;
use fsl_data::{self as data, Columns};
use fsl_report::{self as report, Sample};

/// What one trial of a row learns from.
struct Drawn<'a> {
    experiment: &'a str,
    row: &'a str,
    trial: u64,
    /// Rows of the training file, with their labels.
    texts: Vec<(usize, Label)>,
    classes: &'a Classes,
    sha256: String,
}

/// The labels of training files, each read once.
#[derive(Default)]
struct Labels(HashMap<(PathBuf, String, Classes, Option<char>), Vec<Label>>);

impl Labels {
    fn load(&mut self, trial: &PlannedTrial) -> Result<Option<&[Label]>, AnalysisError> {
        let Some(files) = &trial.files else {
            return Ok(None);
        };
        let inputs = &trial.inputs.data;
        let name = (
            files.train.clone(),
            inputs.label.clone(),
            inputs.classes.clone(),
            inputs.delimiter,
        );
        if !self.0.contains_key(&name) {
            let columns = Columns {
                text: &inputs.text,
                label: Some(&inputs.label),
            };
            let texts = data::read_csv(&files.train, &columns, &inputs.format())?;
            let labels = texts.labels.unwrap_or_default().labels(&inputs.classes)?;
            self.0.insert(name.clone(), labels);
        }
        Ok(self.0.get(&name).map(Vec::as_slice))
    }
}

/// The file, and how many trials are missing from it. Ensembles have no trials; students of their teacher only, and single files of
/// another program, have no labelled text here.
///
/// # Errors
/// Training files that cannot be read, samples that cannot be drawn.
pub fn samples(view: StoredView) -> Result<(Vec<u8>, usize), AnalysisError> {
    let mut labels = Labels::default();
    let (mut found, mut missing) = (Vec::new(), 0);
    for planned in view.requested_rows() {
        let experiment = &view.experiments[planned.experiment];
        let row = &experiment.rows[planned.row];
        if planned.trials.is_empty() && planned.members.is_empty() {
            missing += row.trial_count() as usize;
        }
        for (number, &index) in (0..).zip(&planned.trials) {
            let trial = &view.plan.trials[index];
            let method = &trial.inputs.method;
            let soft_targets = method.soft_targets();
            let draws_none = soft_targets.is_some_and(|targets| !targets.labelled)
                || method.requirements().learnt_elsewhere();
            if draws_none {
                continue;
            }
            let Some(labels) = labels.load(trial)? else {
                missing += 1;
                continue;
            };
            let rows = trial::sampled_rows(labels, &trial.inputs)?;
            found.push(Drawn {
                experiment: &experiment.name,
                row: &row.id,
                trial: number,
                sha256: trial::rows_sha256(&rows),
                classes: &trial.inputs.data.classes,
                texts: rows.into_iter().map(|row| (row, labels[row])).collect(),
            });
        }
    }
    let lines = found.iter().flat_map(|drawn| {
        drawn.texts.iter().map(|&(index, label)| Sample {
            experiment: drawn.experiment,
            row: drawn.row,
            trial: drawn.trial,
            size: drawn.texts.len(),
            index,
            label: drawn.classes.name(label),
            sha256: &drawn.sha256,
        })
    });
    let mut bytes = Vec::new();
    report::write_samples(&mut bytes, lines)?;
    Ok((bytes, missing))
}
