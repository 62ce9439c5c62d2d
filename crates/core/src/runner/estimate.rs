//! Estimated time and memory of trials: from stored trials of the row or method, otherwise from file sizes. Estimates affect the
//! order and number of concurrent trials, never a result.

use std::collections::HashMap;
use std::path::Path;

use super::plan::{Plan, PlannedTrial, TrialState};
use crate::trial::{Record, TrialFiles, TrialInputs};

/// CSV bytes per encoder token (MeToo: 309 bytes a row of two texts, 34 tokens).
const BYTES_PER_TOKEN: f64 = 8.0;
/// CSV bytes per text.
const BYTES_PER_TEXT: f64 = 200.0;
/// Operations per second of one core in f32, including padding and small operators.
const OPERATIONS_PER_SEC: f64 = 3e10;
/// The duration of a trial without arithmetic, in seconds.
const START_SECS: f64 = 0.3;
/// The memory of an idle process with libtorch.
const LIBTORCH_BYTES: u64 = 400 << 20;
/// The memory of an idle process without libtorch.
const PLAIN_BYTES: u64 = 64 << 20;

/// Estimates for a plan's trials. A *row group* is the trials of one row, a *method group* those of one method and encoder.
pub(super) struct Estimates {
    /// By trial: its estimated duration in seconds.
    pub(super) secs: Vec<f64>,
    /// By trial: its row group.
    pub(super) row_groups: Vec<usize>,
    /// By row group: its method group.
    pub(super) method_groups: Vec<usize>,
    /// By row group: the memory estimated from sizes, in bytes.
    pub(super) memory: Vec<u64>,
    /// Row groups and peak memory of stored trials, in bytes.
    pub(super) peaks: Vec<(usize, u64)>,
    /// By trial: the basis of its estimated duration.
    pub(super) bases: Vec<EstimateBasis>,
}

/// The basis of an estimated duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EstimateBasis {
    /// Stored trials of its row.
    Row,
    /// Stored trials of its method and encoder.
    Method,
    /// File sizes only.
    Sizes,
}

impl Estimates {
    /// Estimates for `plan`. `past` are records of trials outside the plan, used by method and encoder.
    pub(super) fn new(plan: &Plan, past: &[Record]) -> Self {
        let mut sizes = Sizes::default();
        let mut names = HashMap::new();
        let row_groups: Vec<usize> = plan.trials.iter().map(row_group).collect();
        let count = row_groups.iter().max().map_or(0, |most| most + 1);
        let mut estimates = Self {
            secs: Vec::with_capacity(row_groups.len()),
            method_groups: vec![0; count],
            memory: vec![0; count],
            peaks: Vec::new(),
            bases: Vec::with_capacity(row_groups.len()),
            row_groups,
        };
        for (trial, &row_group) in plan.trials.iter().zip(&estimates.row_groups) {
            let next = names.len();
            let method_group = names
                .entry(method_group(&trial.inputs))
                .or_insert((next, trial));
            estimates.method_groups[row_group] = method_group.0;
            let (secs, bytes) = from_sizes(trial, &mut sizes);
            estimates.secs.push(secs);
            estimates.memory[row_group] = estimates.memory[row_group].max(bytes);
            if let Some(peak) = trial.stored.as_ref().and_then(|stored| stored.peak_bytes) {
                estimates.peaks.push((row_group, peak));
            }
        }
        let mut by_method_group = vec![Ratio::default(); names.len()];
        for record in past {
            if let Some((method_group, like)) = names.get(&method_group(&record.inputs)) {
                by_method_group[*method_group].add(
                    record.timings.total_secs,
                    from_sizes_of_record(record, like),
                );
            }
        }
        estimates.correct(plan, by_method_group);
        estimates
    }

    /// Scales each estimate by measured over estimated time of its row group, else of its method group.
    fn correct(&mut self, plan: &Plan, mut by_method_group: Vec<Ratio>) {
        let mut by_row_group = vec![Ratio::default(); self.method_groups.len()];
        for (index, trial) in plan.trials.iter().enumerate() {
            if let Some(stored) = &trial.stored {
                let row_group = self.row_groups[index];
                by_row_group[row_group].add(stored.secs, self.secs[index]);
                by_method_group[self.method_groups[row_group]].add(stored.secs, self.secs[index]);
            }
        }
        for (secs, &row_group) in self.secs.iter_mut().zip(&self.row_groups) {
            let (row, method) = (
                by_row_group[row_group].get(),
                by_method_group[self.method_groups[row_group]].get(),
            );
            *secs *= row.or(method).unwrap_or(1.0);
            self.bases.push(match (row, method) {
                (Some(_), _) => EstimateBasis::Row,
                (None, Some(_)) => EstimateBasis::Method,
                (None, None) => EstimateBasis::Sizes,
            });
        }
    }
}

/// Measured against estimated time of trials.
#[derive(Clone, Copy, Default)]
struct Ratio {
    measured: f64,
    estimated: f64,
}

impl Ratio {
    fn add(&mut self, measured: f64, estimated: f64) {
        if measured.is_finite() && measured > 0.0 {
            self.measured += measured;
            self.estimated += estimated;
        }
    }

    fn get(self) -> Option<f64> {
        (self.measured > 0.0 && self.estimated > 0.0).then(|| self.measured / self.estimated)
    }
}

/// The method and encoder of a trial.
fn method_group(inputs: &TrialInputs) -> (&'static str, Option<&String>) {
    let encoder = inputs.method.encoder();
    (inputs.method.name(), encoder.map(|encoder| &encoder.sha256))
}

/// The estimate from sizes for a recorded trial, using the weights of a planned one.
fn from_sizes_of_record(record: &Record, like: &PlannedTrial) -> f64 {
    let mut trial = like.clone();
    trial.inputs = record.inputs.clone();
    trial.inputs.data.train_size = Some(record.data.train_texts as u32);
    if let Some(soft_targets) = trial.inputs.method.soft_targets_mut() {
        soft_targets.transfer_size = record.data.transfer_texts.map(|texts| texts as u32);
    }
    let pool = record.inputs.method.pool().and(record.data.transfer_texts);
    let texts = record.data.test_texts + pool.unwrap_or_default();
    let read = texts as f64 * BYTES_PER_TEXT;
    from_sizes_reading(&trial, read as u64, &mut Sizes::default()).0
}

/// The row group of a trial: the first row that uses it.
fn row_group(trial: &PlannedTrial) -> usize {
    trial.uses.first().map_or(0, |used| used.row)
}

/// File sizes in bytes, 0 for unreadable files.
#[derive(Default)]
struct Sizes<'a> {
    known: HashMap<&'a Path, u64>,
}

impl<'a> Sizes<'a> {
    fn bytes(&mut self, path: &'a Path) -> u64 {
        let read = || std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        *self.known.entry(path).or_insert_with(read)
    }
}

/// Estimated seconds and bytes from file sizes.
fn from_sizes<'a>(trial: &'a PlannedTrial, sizes: &mut Sizes<'a>) -> (f64, u64) {
    let Some(files) = &trial.files else {
        return (START_SECS, PLAIN_BYTES);
    };
    let mut of_transfer = |size: Option<u32>, path| {
        size.map_or_else(
            || sizes.bytes(path),
            |texts| (f64::from(texts) * BYTES_PER_TEXT) as u64,
        )
    };
    let predicted = trial.transfers.iter();
    let predicted: u64 = predicted
        .map(|transfer| of_transfer(transfer.inputs.size, &transfer.path))
        .sum();
    let read = predicted + of_transfer(None, &files.test);
    let pool = match (trial.inputs.method.pool(), &files.transfer) {
        (Some(pool), Some(path)) => of_transfer(pool.transfer_size.or(pool.transfer.size), path),
        _ => 0,
    };
    let read = read + pool;
    from_sizes_reading(trial, read, sizes)
}

/// As [`from_sizes`], for a trial that predicts `read` bytes of texts.
fn from_sizes_reading<'a>(trial: &'a PlannedTrial, read: u64, sizes: &mut Sizes<'a>) -> (f64, u64) {
    let Some(files) = &trial.files else {
        return (START_SECS, PLAIN_BYTES);
    };
    let cost = trial.inputs.method.cost();
    let Some(source) = &files.encoder else {
        let tosses = cost.tosses_per_text;
        // 64 tosses take about three nanoseconds.
        let arithmetic = read as f64 / BYTES_PER_TEXT * tosses / 64.0 * 3e-9;
        return (
            START_SECS + cost.selection_secs + arithmetic,
            PLAIN_BYTES + 8 * read,
        );
    };
    let weights: u64 = source
        .weight_files()
        .iter()
        .map(|file| sizes.bytes(file))
        .sum();
    let predicted = read as f64 / BYTES_PER_TOKEN;
    let trained = trained_tokens(trial, files, sizes);
    // One multiplication and one addition per weight and token; the backward pass costs twice the forward pass.
    let operations = weights as f64 / 4.0 * (6.0 * trained + 2.0 * predicted);
    // Weights, gradients, Adam's two moments and one temporary copy.
    let copies = if trained > 0.0 { 5 } else { 2 };
    (
        START_SECS + cost.selection_secs + operations / OPERATIONS_PER_SEC,
        LIBTORCH_BYTES + copies * weights + 8 * read,
    )
}

/// Tokens processed by the fit, over all epochs.
fn trained_tokens<'a>(trial: &PlannedTrial, files: &'a TrialFiles, sizes: &mut Sizes<'a>) -> f64 {
    let mut texts = |size: Option<u32>, path: &'a Path| {
        size.map_or_else(|| sizes.bytes(path) as f64 / BYTES_PER_TEXT, f64::from)
    };
    let labelled = texts(trial.inputs.data.train_size, &files.train);
    let per_text = BYTES_PER_TEXT / BYTES_PER_TOKEN;
    let (needs, cost) = (
        trial.inputs.method.requirements(),
        trial.inputs.method.cost(),
    );
    let Some(passes) = cost.training else {
        return 0.0;
    };
    let is_taught = trial.inputs.method.soft_targets().is_some();
    let taught = match (needs.transfer.filter(|_| is_taught), &files.transfer) {
        (Some(transfer), Some(path)) => {
            let part = trial.inputs.method.transfer();
            let part = part.and_then(|(transfer, _)| transfer.size);
            texts(transfer.size.or(part), path)
        }
        _ => 0.0,
    };
    let learnt = taught + if needs.labelled_texts { labelled } else { 0.0 };
    (passes.epochs as f64 * learnt).max(passes.least_texts as f64) * per_text
}

/// The estimated duration of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Forecast {
    /// All trials run one after the other, in seconds.
    pub secs: f64,
    /// The longest trial, in seconds.
    pub longest_secs: f64,
    /// Trials estimated from stored trials of their row.
    pub by_row: usize,
    /// Trials estimated from stored trials of their method and encoder, scaled by sizes.
    pub by_method: usize,
    /// Trials estimated from file sizes.
    pub by_sizes: usize,
    /// Trials without an estimate because their files are not here yet.
    pub unknown: usize,
}

/// Forecasts a run of the plan from its stored trials and from `past`, records of any trials.
pub fn forecast(plan: &Plan, past: &[Record]) -> Forecast {
    let estimates = Estimates::new(plan, past);
    let mut forecast = Forecast::default();
    for (index, trial) in plan.trials.iter().enumerate() {
        if trial.state != TrialState::Run {
            continue;
        }
        let basis = estimates.bases[index];
        if trial.files.is_none() {
            forecast.unknown += 1;
            continue;
        }
        let secs = estimates.secs[index];
        forecast.secs += secs;
        forecast.longest_secs = forecast.longest_secs.max(secs);
        match basis {
            EstimateBasis::Row => forecast.by_row += 1,
            EstimateBasis::Method => forecast.by_method += 1,
            EstimateBasis::Sizes => forecast.by_sizes += 1,
        }
    }
    forecast
}

impl Forecast {
    /// The number of trials to run.
    pub fn trials(&self) -> usize {
        self.by_row + self.by_method + self.by_sizes + self.unknown
    }

    /// The minimum duration with `jobs` concurrent trials, in seconds: at least the longest trial.
    pub fn wall_secs(&self, jobs: usize) -> f64 {
        (self.secs / jobs.max(1) as f64).max(self.longest_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::test_plans::{planned, stored, trial};

    #[test]
    fn estimates_use_the_row_before_the_method() {
        let mut plan = planned([&[][..]; 5].map(trial));
        for (index, row) in [0, 0, 1, 2, 1].into_iter().enumerate() {
            plan.trials[index].uses[0].row = row;
        }
        plan.trials[0].state = TrialState::Reuse;
        plan.trials[0].stored = Some(stored(8.0, Some(5)));
        plan.trials[2].state = TrialState::Reuse;
        plan.trials[2].stored = Some(stored(2.0, None));
        let estimates = Estimates::new(&plan, &[]);
        let near = |index: usize, secs: f64| (estimates.secs[index] - secs).abs() < 1e-9;
        assert!(near(1, 8.0) && near(4, 2.0), "{:?}", estimates.secs);
        // Row 2 has none of its own: the mean of the method's.
        assert!(near(3, 5.0), "{:?}", estimates.secs);
        assert_eq!(estimates.peaks, [(0, 5)]);
        assert_eq!(estimates.method_groups, [0, 0, 0]);
    }

    #[test]
    fn larger_models_are_estimated_slower_and_larger() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str, bytes: usize| {
            let path = folder.path().join(name);
            fsl_common::fsio::write_atomic(&path, &vec![b' '; bytes]).unwrap();
            path
        };
        let files = TrialFiles {
            train: place("train", 20_000),
            test: place("test", 200_000),
            transfer: None,
            predictions: None,
            encoder: Some(fsl_common::settings::EncoderSource {
                config: place("config", 1),
                vocab: place("vocab", 1),
                weights: place("weights", 4_000_000),
                shards: Vec::new(),
                lowercase: true,
                tokenizer: Vec::new(),
            }),
            dense: Vec::new(),
        };
        let plain = TrialFiles {
            encoder: None,
            ..files.clone()
        };
        let mut plan = planned([&[][..]; 2].map(trial));
        plan.trials[0].files = Some(files.into());
        plan.trials[1].files = Some(plain.into());
        plan.trials[1].uses[0].row = 1;
        let estimates = Estimates::new(&plan, &[]);
        assert!(estimates.secs[0] > estimates.secs[1]);
        assert!(estimates.memory[0] > estimates.memory[1] + 8_000_000);
    }

    #[test]
    fn forecasts_count_trials_by_basis_of_their_estimate() {
        let mut plan = planned([&[][..]; 4].map(trial));
        plan.trials[0].state = TrialState::Reuse;
        plan.trials[0].stored = Some(stored(60.0, None));
        plan.trials[2].uses[0].row = 1;
        plan.trials[3].files = None;
        let found = forecast(&plan, &[]);
        let counts = (found.by_row, found.by_method, found.by_sizes, found.unknown);
        assert_eq!((counts, found.trials()), ((1, 1, 0, 1), 3));
        assert!((found.secs - 120.0).abs() < 1e-6, "{found:?}");
        assert!((found.wall_secs(2) - 60.0).abs() < 1e-6);
        assert!((found.wall_secs(8) - 60.0).abs() < 1e-6);
    }
}
