//! Running one trial, in the process that was started for it.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::host::{Host, peak_memory_bytes};
use super::record::{DataFacts, RECORD_VERSION, Record, Timings};
use super::request::TrialRequest;
use super::{DataInputs, TrialError};
use crate::data::{self, Columns, DataError, Texts};
use crate::fsio;
use crate::method::{self, Outcome, Progress, Task};
use crate::metric::{Confusion, Metrics};
use crate::seed::Stream;
use crate::spec::Preprocess;

/// Positive is what has a probability above this, as in the published evaluation.
const THRESHOLD: f64 = 0.5;

/// A finished trial.
#[derive(Debug)]
pub struct Finished {
    /// What it was and how it scored.
    pub record: Record,
    /// The predictions of every test text as CSV, `index,label,probability`, in the order of the test file.
    pub predictions: Vec<u8>,
}

/// Runs the trial. It writes nothing; its result depends on the request's inputs only.
///
/// # Errors
/// See [`TrialError`]; nothing of a failed trial is kept.
pub fn run(
    request: &TrialRequest,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Finished, TrialError> {
    let started = Instant::now();
    let started_unix_secs = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let inputs = &request.inputs;
    if inputs.version != RECORD_VERSION {
        return Err(TrialError::Version {
            got: inputs.version,
            expected: RECORD_VERSION,
        });
    }
    unchanged_encoder(request)?;
    let train = drawn(
        inputs_texts(&request.files.train, &inputs.data.train, &inputs.data)?,
        request,
    )?;
    let test = inputs_texts(&request.files.test, &inputs.data.test, &inputs.data)?;
    let (test_texts, test_labels) = labelled(test);
    let data_time = started.elapsed();
    let task = Task {
        train_texts: &train.texts,
        train_labels: &train.labels,
        test_texts: &test_texts,
        encoder: request.files.encoder.as_ref(),
        seeds: &inputs.seeds,
    };
    let outcome = method::run(&inputs.method, &task, on_progress)?;
    let confusion = Confusion::from_probabilities(&test_labels, &outcome.probabilities, THRESHOLD)?;
    let predictions = predictions_csv(&test_labels, &outcome.probabilities);
    let record = Record {
        version: RECORD_VERSION,
        key: request.key.clone(),
        inputs: inputs.clone(),
        metrics: Metrics::from(confusion),
        predictions_sha256: fsio::sha256_hex(&predictions),
        fit: outcome.fit.clone(),
        data: facts(&train, &test_labels),
        timings: timings(started_unix_secs, data_time, &outcome, started),
        peak_memory_bytes: peak_memory_bytes(),
        host: Host::current(),
    };
    Ok(Finished {
        record,
        predictions,
    })
}

/// Whether the files hold what the method will need, so that a fault of the data is told before anything trains. With
/// `redraws`, trials are meant to differ in the texts that they learn from.
///
/// # Errors
/// [`TrialError::Data`] with file, line and remedy.
pub fn check_data(
    train: &Path,
    test: &Path,
    inputs: &DataInputs,
    redraws: bool,
) -> Result<(), TrialError> {
    let columns = Columns {
        text: &inputs.text,
        label: Some(&inputs.label),
    };
    let texts = data::read_csv(train, &columns)?;
    let labels = texts.labels.unwrap_or_default();
    let sampled = match inputs.train_size {
        Some(size) => data::sample_balanced(&labels, size as usize, 0).map(drop),
        None => Ok(()),
    };
    sampled
        .and_then(|()| one_class(&labels))
        .map_err(|source| TrialError::Texts {
            path: train.to_owned(),
            source,
        })?;
    if let Some(size) = inputs
        .train_size
        .filter(|&size| redraws && size as usize == labels.len())
    {
        return Err(TrialError::NothingToDraw {
            path: train.to_owned(),
            size,
        });
    }
    data::read_csv(test, &columns)?;
    Ok(())
}

fn one_class(labels: &[u8]) -> Result<(), DataError> {
    match labels.first() {
        Some(&class) if labels.iter().all(|&label| label == class) => Err(DataError::OneClass {
            got: labels.len(),
            class,
        }),
        _ => Ok(()),
    }
}

/// Training texts and which rows of the file they are.
struct Train {
    texts: Vec<String>,
    labels: Vec<u8>,
    rows: Vec<usize>,
}

/// Weights that were replaced since the plan would be stored under the key of the old ones, and believed ever after.
fn unchanged_encoder(request: &TrialRequest) -> Result<(), TrialError> {
    let (Some(inputs), Some(source)) = (request.inputs.method.encoder(), &request.files.encoder)
    else {
        return Ok(());
    };
    let got = source
        .id()
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

fn inputs_texts(path: &Path, expected: &str, inputs: &DataInputs) -> Result<Texts, TrialError> {
    let unreadable = |source| TrialError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let got = fsio::sha256_file(path).map_err(unreadable)?;
    if got != expected {
        return Err(TrialError::Changed {
            path: path.to_owned(),
            got,
            expected: expected.to_owned(),
        });
    }
    let mut texts = data::read_csv(
        path,
        &Columns {
            text: &inputs.text,
            label: Some(&inputs.label),
        },
    )?;
    if inputs.preprocess == Preprocess::Reference {
        texts.texts = data::preprocess::apply_all(data::preprocess::Rules::Reference, &texts.texts);
    }
    Ok(texts)
}

fn drawn(texts: Texts, request: &TrialRequest) -> Result<Train, TrialError> {
    let (texts, labels) = labelled(texts);
    let rows = match request.inputs.data.train_size {
        Some(size) => {
            let seed = request
                .inputs
                .seeds
                .get(&Stream::Sample)
                .copied()
                .unwrap_or_default();
            data::sample_balanced(&labels, size as usize, seed)?
        }
        None => (0..texts.len()).collect(),
    };
    Ok(Train {
        texts: rows.iter().map(|&row| texts[row].clone()).collect(),
        labels: rows.iter().map(|&row| labels[row]).collect(),
        rows,
    })
}

fn labelled(texts: Texts) -> (Vec<String>, Vec<u8>) {
    (texts.texts, texts.labels.unwrap_or_default())
}

fn facts(train: &Train, test_labels: &[u8]) -> DataFacts {
    let positives = |labels: &[u8]| labels.iter().filter(|&&label| label == 1).count() as u64;
    let rows: Vec<String> = train.rows.iter().map(ToString::to_string).collect();
    DataFacts {
        train_texts: train.texts.len() as u64,
        train_positives: positives(&train.labels),
        train_rows_sha256: fsio::sha256_hex(rows.join(",").as_bytes()),
        test_texts: test_labels.len() as u64,
        test_positives: positives(test_labels),
    }
}

fn timings(started_unix_secs: u64, data: Duration, outcome: &Outcome, started: Instant) -> Timings {
    Timings {
        started_unix_secs,
        data_secs: data.as_secs_f64(),
        fit_secs: outcome.fit_time.as_secs_f64(),
        predict_secs: outcome.predict_time.as_secs_f64(),
        total_secs: started.elapsed().as_secs_f64(),
    }
}

/// Each probability in its shortest exact form, so that equal files mean equal predictions.
fn predictions_csv(labels: &[u8], probabilities: &[f64]) -> Vec<u8> {
    let mut csv = String::from("index,label,probability\n");
    for (index, (label, probability)) in labels.iter().zip(probabilities).enumerate() {
        csv += &format!("{index},{label},{probability}\n");
    }
    csv.into_bytes()
}
