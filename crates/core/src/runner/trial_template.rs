//! The inputs and files shared by a row's trials, and the seeds that tell them apart.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::resources::{Blocked, DataFiles, TransferSet};
use crate::spec::Row;
use crate::trial::{DataInputs, PredictionFiles, TrialFiles, TrialInputs};
use fsl_common::classes::Classes;
use fsl_common::seed::{Stream, derive};
use fsl_common::sentence::DenseSource;
use fsl_common::settings::EncoderSource;
use fsl_common::settings::Sampling;
use fsl_methods::{MethodInputs, PoolInputs, TransferInputs};

/// Everything a trial needs except its seeds.
#[derive(Clone)]
pub(super) struct TrialTemplate {
    pub(super) data: DataInputs,
    pub(super) method: MethodInputs,
    pub(super) files: Option<Arc<TrialFiles>>,
    /// Why the files could not be fetched, if a fetch was attempted.
    pub(super) blocked: Option<Blocked>,
    pub(super) depends_on: Vec<usize>,
}

/// The seeds of a trial, by stream.
pub(super) fn seeds(row: &Row, number: u32) -> BTreeMap<Stream, u64> {
    let streams = row.streams().into_iter();
    let seed = |stream: Stream| {
        let trial = row.seed_number(stream, number);
        derive(row.trials.seed, stream, trial.into())
    };
    streams.map(|stream| (stream, seed(stream))).collect()
}

/// The equivalent inputs without sampling, if the sample is the whole set: both give the same numbers.
pub(super) fn without_sampling(row: &Row, inputs: &TrialInputs) -> Option<TrialInputs> {
    let mut whole = inputs.clone();
    let draws_pool = |pool: &PoolInputs| pool.transfer_size.is_some();
    if whole.method.pool().is_some_and(draws_pool) {
        // The stream may draw from both sets.
        return None;
    }
    let (texts, sample_size) = match whole.method.soft_targets_mut() {
        // Sampling may draw from both sets with one stream.
        Some(soft_targets) if soft_targets.labelled => return None,
        Some(soft_targets) => (row.data.transfer_texts, soft_targets.transfer_size.take()),
        None => {
            whole.data.sampling = Sampling::default();
            (row.data.train_texts, whole.data.train_size.take())
        }
    };
    whole.seeds.remove(&Stream::Sample);
    (sample_size.is_some() && sample_size == texts).then_some(whole)
}

/// A required file is known by its contents but not on this machine yet.
pub(super) struct NotFetched;

/// The trial's files, if all are here. `encoder`, which comes with its dense layers, and `transfer` are `None` if the method needs none.
pub(super) fn files(
    data: &DataFiles,
    encoder: Result<(Option<EncoderSource>, Vec<DenseSource>), NotFetched>,
    transfer: Result<Option<PathBuf>, NotFetched>,
    predictions: Option<PredictionFiles>,
) -> Option<Arc<TrialFiles>> {
    let (train, test) = data.paths.clone()?;
    let (encoder, dense) = encoder.ok()?;
    Some(Arc::new(TrialFiles {
        train,
        test,
        transfer: transfer.ok()?,
        predictions,
        encoder,
        dense,
    }))
}

/// The dataset part of a trial's inputs.
pub(super) fn data_inputs(row: &Row, files: &DataFiles, classes: &Classes) -> DataInputs {
    let is_drawn = !row.method.requirements().learnt_elsewhere();
    DataInputs {
        train: files.train_sha256.clone(),
        test: files.test_sha256.clone(),
        text: row.data.read_column().to_owned(),
        label: row.data.label.clone(),
        classes: classes.clone(),
        delimiter: row.data.format.delimiter.map(char::from),
        preprocess: row.data.preprocess,
        train_size: row.train_size(classes).filter(|_| is_drawn),
        sampling: if is_drawn {
            row.trials.sampling
        } else {
            Sampling::default()
        },
    }
}

/// A transfer set as the row reads it.
pub(super) fn transfer_inputs(row: &Row, set: &TransferSet) -> TransferInputs {
    TransferInputs {
        sha256: set.sha256.clone(),
        text: row.data.read_column().to_owned(),
        preprocess: row.data.preprocess,
        delimiter: row.data.format.delimiter.map(char::from),
        size: row.data.transfer_size,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::spec::{CatalogIndex, parse};
    use fsl_common::settings::{DeviceKind, LongTexts, Precision, Preprocess};
    use fsl_methods::{Dependencies, EncoderInputs, SoftTargetsInputs, TransferInputs};

    /// Row `s` of a spec over a dataset of 100 labelled and 50 transfer texts, and the inputs of its first trial.
    fn student(trials: &str, method: &str) -> (Row, TrialInputs) {
        let text = format!(
            "name = \"s\"\ndata.dataset = \"tweets\"\n[trials]\nseed = 42\n{trials}\n[[row]]\nid = \"t\"\nmethod.bow = {{}}\n\
             [[row]]\nid = \"s\"\nmethod.{method}\n"
        );
        let names = CatalogIndex::example();
        let row = parse(Path::new("s.toml"), &text, &[], &names)
            .unwrap()
            .rows
            .remove(1);
        let needs = row.method.requirements();
        let soft_targets = needs.transfer.map(|transfer| SoftTargetsInputs {
            teacher: vec!["t".to_owned()],
            transfer: TransferInputs {
                sha256: "t".to_owned(),
                text: "text".to_owned(),
                preprocess: Preprocess::None,
                delimiter: None,
                size: None,
            },
            transfer_size: transfer.size,
            labelled: needs.labelled_texts,
        });
        let encoder = Some(EncoderInputs {
            sha256: "e".to_owned(),
            max_tokens: 64,
            long_texts: LongTexts::default(),
            precision: Precision::F32,
            inference: None,
            device: DeviceKind::Cpu,
            threads: 1,
            modules: Vec::new(),
            prompt: None,
        });
        let method = row.method.resolve(Dependencies {
            encoder,
            soft_targets,
            ..Dependencies::default()
        });
        let data = DataInputs {
            train: "train".to_owned(),
            test: "test".to_owned(),
            text: "text".to_owned(),
            label: "label".to_owned(),
            classes: Classes::zero_one(),
            delimiter: None,
            preprocess: row.data.preprocess,
            train_size: row.train_size(&Classes::zero_one()),
            sampling: row.trials.sampling,
        };
        let inputs = TrialInputs::new(data, method.unwrap(), seeds(&row, 0));
        (row, inputs)
    }

    #[test]
    fn sampling_all_texts_equals_not_sampling() {
        let distill = |more: &str| {
            format!("distill = {{ teacher = \"t\", encoder = \"mini\", epochs = 1{more} }}")
        };
        let (_, whole) = student("count = 3", &distill(""));
        let (row, all) = student("count = 3", &distill(", transfer-size = 50"));
        assert_ne!(all.key(), whole.key());
        assert_eq!(without_sampling(&row, &all), Some(whole));
        let (_, whole) = student("count = 3", "bow = {}");
        let (row, all) = student("count = 3\ntrain-size = 100", "bow = {}");
        assert_eq!(without_sampling(&row, &all), Some(whole));
    }

    #[test]
    fn sampling_a_part_or_from_both_sets_is_kept() {
        let part = "distill = { teacher = \"t\", encoder = \"mini\", transfer-size = 49 }";
        let both = "distill = { teacher = \"t\", encoder = \"mini\", transfer-size = 50, labelled = true }";
        for (trials, method) in [
            ("count = 3", part),
            ("count = 3", both),
            ("count = 3", "bow = {}"),
            ("count = 3\ntrain-size = 50", "bow = {}"),
        ] {
            let (row, inputs) = student(trials, method);
            assert_eq!(without_sampling(&row, &inputs), None, "{method}");
        }
    }
}
