//! Execution of one trial, in its own process.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tracing::{debug, info};

use super::TrialError;
use super::data_warnings::{DataWarnings, LabelledTexts};
use super::imports::{self, Imports};
use super::inputs::{RECORD_VERSION, TrialInputs};
use super::predictions::{self, Predictions};
use super::record::{DatasetStats, Host, Record, Timings, TransferRecord, peak_memory_bytes};
use super::request::TrialRequest;
use super::texts::{self, DistillData, Train};
use fsl_common::classes::{Classes, Label};
use fsl_common::fsio;
use fsl_common::probabilities::Probabilities;
use fsl_common::settings::model_folder;
use fsl_methods::{
    Encoders, Fit, MethodContext, Outcome, Progress, SaveModel, Selection, SoftTargets,
};
use fsl_metrics::{RecordMetrics, check_probabilities};

pub use fsl_metrics::THRESHOLD;

/// The output of a trial.
#[derive(Debug)]
pub struct TrialOutput {
    /// The record, and the test predictions as CSV, `index,label,probability`, in the order of the test file; `None` if only
    /// transfer sets were requested.
    pub result: Option<(Record, Vec<u8>)>,
    /// The predictions for each requested transfer set, as CSV, `index,probability`.
    pub transfers: Vec<(TransferRecord, Vec<u8>)>,
}

/// Runs a trial. The record depends only on the request's inputs. The only file written is the model, into `model_folder`, if the
/// request asks for it.
///
/// # Errors
/// See [`TrialError`]; nothing of a failed trial is kept.
pub fn run(
    request: &TrialRequest,
    model_folder: &Path,
    encoders: &dyn Encoders,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<TrialOutput, TrialError> {
    let started = Instant::now();
    let start_time = SystemTime::now();
    check_version(request)?;
    if request.extras.saved_model.is_some() {
        return predict_with_saved_model(request, encoders, on_progress);
    }
    check_encoder(request)?;
    let texts = TrialTexts::read(request)?;
    let data_time = started.elapsed();
    info!(elapsed = ?data_time, train_texts = texts.train.texts.len(), "read the texts");
    let mut outcome = fit(request, &texts, model_folder, encoders, on_progress)?;
    info!(fit = ?outcome.fit_time, predict = ?outcome.predict_time, "fitted");
    // The first set is that of the test texts.
    let predictions = outcome.probabilities.split_off(1);
    let timings = timings(start_time, data_time, &outcome, started);
    let test = Predictions {
        labels: texts.test_labels.clone(),
        probabilities: outcome.probabilities.remove(0),
    };
    let data = dataset_stats(request, &texts, encoders)?;
    let model_sha256 = model_sha256(request, model_folder)?;
    let fitted = (outcome.fit, outcome.selection, model_sha256);
    let result = scored_result(request, &texts, &test, fitted, (data, timings))?;
    Ok(TrialOutput {
        result: Some(result),
        transfers: transfer_results(request, &predictions)?,
    })
}

/// The texts of a trial.
struct TrialTexts {
    train: Train,
    /// For students: the soft targets.
    distill: Option<DistillData>,
    /// For methods that learn from texts without labels by themselves: these.
    pool: Option<Vec<String>>,
    test: Vec<String>,
    test_labels: Vec<Label>,
    /// What another program said of the test texts and of each requested transfer set.
    imports: Option<Imports>,
    /// The texts of each requested transfer set.
    transfers: Vec<Vec<String>>,
}

impl TrialTexts {
    fn read(request: &TrialRequest) -> Result<Self, TrialError> {
        let train = texts::train(request)?;
        let distill = match request.inputs.method.soft_targets() {
            Some(soft_targets) => texts::soft_targets(request, soft_targets)?,
            None => None,
        };
        let pool = request.inputs.method.pool();
        let pool = pool
            .map(|inputs| texts::pool(request, inputs))
            .transpose()?;
        let (test, test_labels) = texts::test(request)?;
        Ok(Self {
            train,
            distill,
            pool,
            test,
            test_labels,
            imports: imports::read(&request.inputs, &request.files, &request.extras.transfers)?,
            transfers: transfer_texts(request)?,
        })
    }

    fn soft_targets(&self) -> Option<SoftTargets<'_>> {
        self.distill.as_ref().map(|distill| SoftTargets {
            texts: &distill.texts,
            probabilities: &distill.probabilities,
        })
    }

    /// The texts without labels that the method learns from.
    fn transfer(&self) -> Option<&[String]> {
        let taught = self
            .distill
            .as_ref()
            .map(|distill| distill.texts.as_slice());
        taught.or(self.pool.as_deref())
    }

    fn imported(&self) -> &[Probabilities] {
        let imports = self.imports.as_ref();
        imports.map_or(&[], |imports| &imports.probabilities)
    }
}

/// Fits the method and predicts the test set, then the transfer sets.
fn fit(
    request: &TrialRequest,
    texts: &TrialTexts,
    model_folder: &Path,
    encoders: &dyn Encoders,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, TrialError> {
    let inputs = &request.inputs;
    let sets: Vec<&[String]> = std::iter::once(texts.test.as_slice())
        .chain(texts.transfers.iter().map(Vec::as_slice))
        .collect();
    let context = MethodContext {
        train_texts: &texts.train.texts,
        train_labels: &texts.train.labels,
        classes: &inputs.data.classes,
        sets: &sets,
        soft_targets: texts.soft_targets(),
        pool: texts.pool.as_deref().unwrap_or_default(),
        imported: texts.imported(),
        encoders,
        seeds: &inputs.seeds,
        saved_model: None,
        save_model: request.extras.keep_weights.then_some(SaveModel {
            folder: model_folder,
            text: &inputs.data.text,
            preprocess: inputs.data.preprocess,
        }),
    };
    Ok(inputs.method.run(&context, on_progress)?)
}

/// The record and predictions file for the probabilities of the test texts.
fn scored_result(
    request: &TrialRequest,
    texts: &TrialTexts,
    test: &Predictions,
    (fit, selection, model_sha256): (Option<Fit>, Option<Selection>, Option<String>),
    (data, timings): (DatasetStats, Timings),
) -> Result<(Record, Vec<u8>), TrialError> {
    let classes = &request.inputs.data.classes;
    let metrics = RecordMetrics::new(classes, &test.labels, &test.probabilities)?;
    let predictions = predictions::write(classes, test);
    let record = Record {
        version: RECORD_VERSION,
        key: request.key.clone(),
        inputs: request.inputs.clone(),
        metrics,
        predictions_sha256: fsio::sha256_hex(&predictions),
        model_sha256,
        fit,
        selection,
        imported: texts.imports.as_ref().map(|imports| imports.record.clone()),
        data,
        timings,
        peak_memory_bytes: peak_memory_bytes(),
        host: Host::current(request.device()),
    };
    match record.fault() {
        Some(problem) => Err(TrialError::NotStorable { problem }),
        None => Ok((record, predictions)),
    }
}

/// What a record holds of the model that was saved in `folder`; `None` if none is asked for, or the method saves none.
fn model_sha256(request: &TrialRequest, folder: &Path) -> Result<Option<String>, TrialError> {
    if !request.extras.keep_weights || !model_folder::model_exists(folder) {
        return Ok(None);
    }
    let path = folder.join(model_folder::SUMS);
    match fsio::sha256_file(&path) {
        Ok(sum) => Ok(Some(sum)),
        Err(source) => Err(TrialError::Unreadable { path, source }),
    }
}

/// Predicts transfer sets with a saved model, without training.
fn predict_with_saved_model(
    request: &TrialRequest,
    encoders: &dyn Encoders,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<TrialOutput, TrialError> {
    let transfers = transfer_texts(request)?;
    let sets: Vec<&[String]> = transfers.iter().map(Vec::as_slice).collect();
    let context = MethodContext {
        train_texts: &[],
        train_labels: &[],
        classes: &request.inputs.data.classes,
        sets: &sets,
        soft_targets: None,
        pool: &[],
        imported: &[],
        encoders,
        seeds: &request.inputs.seeds,
        saved_model: request.extras.saved_model.as_deref(),
        save_model: None,
    };
    let path = request.extras.saved_model.clone().unwrap_or_default();
    let method = &request.inputs.method;
    let outcome = method
        .run(&context, on_progress)
        .map_err(|source| TrialError::SavedModel {
            path,
            source: Box::new(source),
        })?;
    Ok(TrialOutput {
        result: None,
        transfers: transfer_results(request, &outcome.probabilities)?,
    })
}

fn transfer_texts(request: &TrialRequest) -> Result<Vec<Vec<String>>, TrialError> {
    request
        .extras
        .transfers
        .iter()
        .map(texts::transfer)
        .collect()
}

/// What is stored of transfer sets, which students learn from: probabilities only, as of the test texts.
fn transfer_results(
    request: &TrialRequest,
    predictions: &[Probabilities],
) -> Result<Vec<(TransferRecord, Vec<u8>)>, TrialError> {
    let classes = &request.inputs.data.classes;
    let transfers = request.extras.transfers.iter().zip(predictions);
    transfers
        .map(|(file, probabilities)| {
            check_probabilities(probabilities)?;
            let csv = predictions::write_transfer(classes, probabilities);
            let record = TransferRecord {
                inputs: file.inputs.clone(),
                texts: probabilities.texts() as u64,
                sha256: fsio::sha256_hex(&csv),
            };
            Ok((record, csv))
        })
        .collect()
}

fn check_version(request: &TrialRequest) -> Result<(), TrialError> {
    let got = request.inputs.version;
    if got == RECORD_VERSION {
        return Ok(());
    }
    Err(TrialError::Version {
        got,
        expected: RECORD_VERSION,
    })
}

/// Checks the encoder's checksum: results of replaced weights must not be stored under the key of the old ones.
fn check_encoder(request: &TrialRequest) -> Result<(), TrialError> {
    let (Some(inputs), Some(source)) = (request.inputs.method.encoder(), &request.files.encoder)
    else {
        return Ok(());
    };
    debug!(weights = %source.weights.display(), "verifying the encoder");
    let got = source
        .id(|path| request.sha256(path))
        .map_err(|(path, source)| TrialError::Unreadable { path, source })?;
    if got == inputs.sha256 {
        return Ok(());
    }
    let path = source.weights.parent().unwrap_or(Path::new("")).to_owned();
    Err(TrialError::Changed {
        path,
        got,
        expected: inputs.sha256.clone(),
    })
}

/// Dataset sizes. A student without `labelled` trains on no labelled texts; what a single trial of another program learnt from is not known.
fn dataset_stats(
    request: &TrialRequest,
    texts: &TrialTexts,
    encoders: &dyn Encoders,
) -> Result<DatasetStats, TrialError> {
    let classes = &request.inputs.data.classes;
    let soft_targets = request.inputs.method.soft_targets();
    let (labels, rows): (&[Label], &[usize]) = match soft_targets {
        Some(targets) if !targets.labelled => (&[], &[]),
        None if request.inputs.method.requirements().learnt_elsewhere() => (&[], &[]),
        _ => (&texts.train.labels, &texts.train.rows),
    };
    Ok(DatasetStats {
        train_texts: labels.len() as u64,
        train_positives: positives(classes, labels),
        train_per_class: per_class(classes, labels),
        train_rows_sha256: texts::rows_sha256(rows),
        transfer_texts: texts.transfer().map(|transfer| transfer.len() as u64),
        test_texts: texts.test_labels.len() as u64,
        test_positives: positives(classes, &texts.test_labels),
        test_per_class: per_class(classes, &texts.test_labels),
        warnings: data_warnings(request, texts, labels, encoders)?,
    })
}

/// What makes scores on the texts doubtful, as the method reads them. `labels` are those that it learns from.
fn data_warnings(
    request: &TrialRequest,
    texts: &TrialTexts,
    labels: &[Label],
    encoders: &dyn Encoders,
) -> Result<DataWarnings, TrialError> {
    let TrialInputs { data, method, .. } = &request.inputs;
    if method.requirements().ignores_words {
        return Ok(DataWarnings::of_labels(&texts.test_labels, &data.classes));
    }
    let train = match labels {
        [] => &[],
        _ => texts.train.texts.as_slice(),
    };
    let transfer = texts.transfer().unwrap_or_default();
    let test = LabelledTexts {
        texts: &texts.test,
        labels: &texts.test_labels,
    };
    let learnt = LabelledTexts {
        texts: train,
        labels,
    };
    let mut warnings = DataWarnings::new(learnt, test, transfer, &data.classes);
    if let Some(encoder) = method.encoder() {
        let sets = [train, transfer, &texts.test];
        let cut = encoders.truncation(encoder, &sets)?;
        let cut = |set: usize| cut.get(set).copied().unwrap_or_default().or_none();
        warnings.truncated_training = cut(0);
        warnings.truncated_transfer = cut(1);
        warnings.truncated_test = cut(2);
    }
    Ok(warnings)
}

/// The texts of the positive class, where there is one.
fn positives(classes: &Classes, labels: &[Label]) -> Option<u64> {
    let count = || labels.iter().filter(|&&label| label == 1).count() as u64;
    classes.has_positive().then(count)
}

/// The texts of each class, where none is positive.
fn per_class(classes: &Classes, labels: &[Label]) -> Vec<u64> {
    if classes.has_positive() {
        return Vec::new();
    }
    let mut counts = vec![0; classes.count()];
    for &label in labels {
        counts[usize::from(label)] += 1;
    }
    counts
}

fn timings(start_time: SystemTime, data: Duration, outcome: &Outcome, started: Instant) -> Timings {
    Timings {
        started_unix_secs: start_time
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs()),
        data_secs: data.as_secs_f64(),
        fit_secs: outcome.fit_time.as_secs_f64(),
        predict_secs: outcome.predict_time.as_secs_f64(),
        total_secs: started.elapsed().as_secs_f64(),
    }
}
