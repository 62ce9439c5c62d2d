//! Synthetic plans for the runner's unit tests.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::plan::{Plan, PlannedTrial, RowTrial, StoredResult, TrialState};
use crate::trial::{DataInputs, DataWarnings, DatasetStats, TrialFiles, TrialInputs};
use fsl_common::classes::Classes;
use fsl_common::seed::Stream;
use fsl_common::settings::{Preprocess, Sampling};
use fsl_methods::{MethodInputs, Random};
use fsl_metrics::{Confusion, Metrics};

/// A plan of these trials, all in row 0, each with its own seed.
pub(super) fn planned<const N: usize>(trials: [PlannedTrial; N]) -> Plan {
    let mut plan = Plan::default();
    for (number, mut trial) in trials.into_iter().enumerate() {
        trial.inputs.seeds = BTreeMap::from([(Stream::Init, number as u64)]);
        trial.key = trial.inputs.key();
        plan.trials.push(trial);
    }
    plan
}

/// A `random` trial that depends on others.
pub(super) fn trial(depends_on: &[usize]) -> PlannedTrial {
    let data = DataInputs {
        train: "train".to_owned(),
        test: "test".to_owned(),
        text: "text".to_owned(),
        label: "label".to_owned(),
        preprocess: Preprocess::None,
        classes: Classes::zero_one(),
        delimiter: None,
        train_size: None,
        sampling: Sampling::default(),
    };
    let inputs = TrialInputs::new(
        data,
        MethodInputs::from(Random { draws: 1 }),
        BTreeMap::new(),
    );
    let files = TrialFiles {
        train: PathBuf::from("nowhere/train.csv"),
        test: PathBuf::from("nowhere/test.csv"),
        transfer: None,
        predictions: None,
        encoder: None,
        dense: Vec::new(),
    };
    PlannedTrial {
        key: inputs.key(),
        inputs,
        files: Some(Arc::new(files)),
        uses: vec![RowTrial { row: 0, number: 0 }],
        state: TrialState::Run,
        recorded: false,
        stored: None,
        failed_before: None,
        depends_on: depends_on.to_vec(),
        transfers: Vec::new(),
        keep_weights: false,
        recompute: false,
    }
}

/// The stored result of a trial with this duration and peak memory.
pub(super) fn stored(secs: f64, peak_bytes: Option<u64>) -> Box<StoredResult> {
    Box::new(StoredResult {
        metrics: Metrics::from(Confusion::default()).into(),
        data: DatasetStats {
            train_texts: 0,
            train_positives: Some(0),
            train_per_class: Vec::new(),
            train_rows_sha256: String::new(),
            warnings: DataWarnings::default(),
            transfer_texts: None,
            test_texts: 0,
            test_positives: Some(0),
            test_per_class: Vec::new(),
        },
        fit: None,
        selection: None,
        secs,
        peak_bytes,
    })
}
