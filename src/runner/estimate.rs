//! What trials will cost: from what stored trials of their like cost, otherwise guessed from sizes. Only the order of a run
//! and how many trials run at a time depend on it, never a number.

use std::collections::HashMap;
use std::path::Path;

use super::plan::{Plan, PlannedTrial};
use crate::method::MethodInputs;
use crate::settings::FitParams;
use crate::trial::{Record, TrialFiles, TrialInputs};

/// Bytes of a CSV file for each token that an encoder reads of it (MeToo: 309 bytes a row of two texts, 34 tokens).
const BYTES_PER_TOKEN: f64 = 8.0;
/// Bytes of a CSV file for each text.
const BYTES_PER_TEXT: f64 = 200.0;
/// Operations in a second: what a core does in f32, padding and small operators counted in.
const SPEED: f64 = 3e10;
/// The coins that take as long as the words of one text: 20 microseconds.
const BAG_DRAWS: f64 = 4e5;
/// What a trial without arithmetic lasts.
const START_SECS: f64 = 0.3;
/// What a process with libtorch holds before it has read anything.
const LIBTORCH_BYTES: u64 = 400 << 20;
/// What a process without libtorch holds.
const PLAIN_BYTES: u64 = 64 << 20;

/// What the trials of a plan are taken to cost. A *row group* is a row; a *method group* has one method and one encoder.
pub(super) struct Estimates {
    /// By trial: how long it is taken to last.
    pub(super) secs: Vec<f64>,
    /// By trial: its row group.
    pub(super) row_groups: Vec<usize>,
    /// By row group: its method group.
    pub(super) method_groups: Vec<usize>,
    /// By row group: the memory that is guessed, in bytes.
    pub(super) guesses: Vec<u64>,
    /// Kinds and the peaks of stored trials, in bytes.
    pub(super) peaks: Vec<(usize, u64)>,
    /// By trial: what the time rests on.
    pub(super) bases: Vec<EstimateBasis>,
}

/// What the time that a trial is taken to last rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EstimateBasis {
    /// Stored trials of its row.
    Row,
    /// Stored trials of its method and encoder.
    Method,
    /// Sizes only.
    Sizes,
}

impl Estimates {
    /// `past` are records of trials that the plan has not: they tell how long others of their method and encoder take.
    pub(super) fn new(plan: &Plan, past: &[Record]) -> Self {
        let mut sizes = Sizes::default();
        let mut names = HashMap::new();
        let row_groups: Vec<usize> = plan.trials.iter().map(row_group).collect();
        let count = row_groups.iter().max().map_or(0, |most| most + 1);
        let mut estimates = Self {
            secs: Vec::with_capacity(row_groups.len()),
            method_groups: vec![0; count],
            guesses: vec![0; count],
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
            let (secs, bytes) = guess(trial, &mut sizes);
            estimates.secs.push(secs);
            estimates.guesses[row_group] = estimates.guesses[row_group].max(bytes);
            if let Some(peak) = trial.stored.as_ref().and_then(|stored| stored.peak_bytes) {
                estimates.peaks.push((row_group, peak));
            }
        }
        let mut by_method_group = vec![Ratio::default(); names.len()];
        for record in past {
            if let Some((method_group, like)) = names.get(&method_group(&record.inputs)) {
                by_method_group[*method_group]
                    .add(record.timings.total_secs, guess_past(record, like));
            }
        }
        estimates.correct(plan, by_method_group);
        estimates
    }

    /// Scales each guess by how far those of its row group, else of its method group, were from what stored trials took.
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

/// How long trials took against how long they were guessed to take.
#[derive(Clone, Copy, Default)]
struct Ratio {
    took: f64,
    guessed: f64,
}

impl Ratio {
    fn add(&mut self, took: f64, guessed: f64) {
        if took.is_finite() && took > 0.0 {
            self.took += took;
            self.guessed += guessed;
        }
    }

    fn get(self) -> Option<f64> {
        (self.took > 0.0 && self.guessed > 0.0).then(|| self.took / self.guessed)
    }
}

/// A method and its encoder: what trials whose times are compared have in common.
fn method_group(inputs: &TrialInputs) -> (&'static str, Option<&String>) {
    let encoder = inputs.method.encoder();
    (inputs.method.name(), encoder.map(|encoder| &encoder.sha256))
}

/// What [`guess`] would have said of a trial that is not in the plan, with the weights of one that is.
fn guess_past(record: &Record, like: &PlannedTrial) -> f64 {
    let mut trial = like.clone();
    trial.inputs = record.inputs.clone();
    trial.inputs.data.train_size = Some(record.data.train_texts as u32);
    if let MethodInputs::Distill { lesson, .. } = &mut trial.inputs.method {
        lesson.transfer_size = record.data.transfer_texts.map(|texts| texts as u32);
    }
    let told = record.data.test_texts as f64 * BYTES_PER_TEXT;
    guess_of(&trial, told as u64, &mut Sizes::default()).0
}

/// The row that names the trial.
fn row_group(trial: &PlannedTrial) -> usize {
    trial.uses.first().map_or(0, |used| used.row)
}

/// The sizes of files in bytes; 0 for those that cannot be looked at.
#[derive(Default)]
struct Sizes<'a> {
    known: HashMap<&'a Path, u64>,
}

impl<'a> Sizes<'a> {
    fn of(&mut self, path: &'a Path) -> u64 {
        let look = || std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        *self.known.entry(path).or_insert_with(look)
    }
}

/// Seconds and bytes by rule of thumb.
fn guess<'a>(trial: &'a PlannedTrial, sizes: &mut Sizes<'a>) -> (f64, u64) {
    let Some(files) = &trial.files else {
        return (START_SECS, PLAIN_BYTES);
    };
    let asked = trial.transfers.iter().map(|transfer| &transfer.path);
    let read: u64 = asked
        .chain([&files.test])
        .map(|path| sizes.of(path))
        .sum::<u64>();
    guess_of(trial, read, sizes)
}

/// As [`guess`], of a trial that is asked about texts of so many bytes.
fn guess_of<'a>(trial: &'a PlannedTrial, read: u64, sizes: &mut Sizes<'a>) -> (f64, u64) {
    let Some(files) = &trial.files else {
        return (START_SECS, PLAIN_BYTES);
    };
    let Some(source) = &files.encoder else {
        let draws = match trial.inputs.method {
            MethodInputs::Random { draws } => f64::from(draws),
            MethodInputs::Majority {} => 0.0,
            _ => BAG_DRAWS,
        };
        // 64 coins take about three nanoseconds.
        let arithmetic = read as f64 / BYTES_PER_TEXT * draws / 64.0 * 3e-9;
        return (START_SECS + arithmetic, PLAIN_BYTES + 8 * read);
    };
    let weights = sizes.of(&source.weights);
    let told = read as f64 / BYTES_PER_TOKEN;
    let learnt = learnt_tokens(trial, files, sizes);
    // An operation is a product and a sum; the way back costs twice the way there.
    let operations = weights as f64 / 4.0 * (6.0 * learnt + 2.0 * told);
    // Weights, gradients, Adam's two moments, and one copy on the way.
    let copies = if learnt > 0.0 { 5 } else { 2 };
    (
        START_SECS + operations / SPEED,
        LIBTORCH_BYTES + copies * weights + 8 * read,
    )
}

/// Tokens that a fit goes through, every time counted.
fn learnt_tokens<'a>(trial: &PlannedTrial, files: &'a TrialFiles, sizes: &mut Sizes<'a>) -> f64 {
    let mut texts = |size: Option<u32>, path: &'a Path| {
        size.map_or_else(|| sizes.of(path) as f64 / BYTES_PER_TEXT, f64::from)
    };
    let labelled = texts(trial.inputs.data.train_size, &files.train);
    let per_text = BYTES_PER_TEXT / BYTES_PER_TOKEN;
    let all = |params: &FitParams, texts: f64| {
        let least = (params.min_steps * params.batch_size) as f64;
        (params.epochs as f64 * texts).max(least) * per_text
    };
    match &trial.inputs.method {
        MethodInputs::Finetune { params, .. } => all(params, labelled),
        MethodInputs::Distill { params, lesson, .. } => {
            let taught = files
                .transfer
                .as_ref()
                .map_or(0.0, |path| texts(lesson.transfer_size, path));
            let labelled = if lesson.labelled { labelled } else { 0.0 };
            all(params, taught + labelled)
        }
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::plan::TrialState;
    use crate::runner::test_plans::{planned, stored, trial};

    #[test]
    fn stored_trials_of_the_row_count_before_those_of_the_method() {
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
    fn more_arithmetic_is_guessed_to_take_longer_and_weights_to_need_memory() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str, bytes: usize| {
            let path = folder.path().join(name);
            crate::fsio::write_atomic(&path, &vec![b' '; bytes]).unwrap();
            path
        };
        let files = TrialFiles {
            train: place("train", 20_000),
            test: place("test", 200_000),
            transfer: None,
            encoder: Some(crate::settings::EncoderSource {
                config: place("config", 1),
                vocab: place("vocab", 1),
                weights: place("weights", 4_000_000),
                lowercase: true,
            }),
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
        assert!(estimates.guesses[0] > estimates.guesses[1] + 8_000_000);
    }
}
