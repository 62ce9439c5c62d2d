//! Inference on several threads.
//!
//! The cores that share one operator wait for each other: of small products, two reach up to a third less than one product each
//! (bench/results/minilm.md, "Roofline"). Threads that work on batches of their own never wait. Nor does their number change a
//! number: every batch is computed by one thread.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use tch::Device;

use super::NnError;
use super::batch;
use super::memory_limit;
use super::predict::{Classifier, Progress, Rows, rows_of};
use fsl_common::probabilities::Probabilities;

/// A classifier, once per thread; all share one set of weights.
pub struct ParallelClassifier(Vec<Classifier>);

/// The rows of a batch, by its number.
type Answer = (usize, Result<Rows, NnError>);

impl ParallelClassifier {
    /// As many members as there are `threads`, one for a GPU. libtorch should be told to use one thread per operator.
    pub fn new(classifier: Classifier, threads: usize) -> Self {
        let threads = if classifier.encoder.device() == Device::Cpu {
            threads.max(1)
        } else {
            1
        };
        let mut members: Vec<Classifier> =
            (1..threads).map(|_| classifier.shallow_clone()).collect();
        members.push(classifier);
        Self(members)
    }

    /// As [`Classifier::predict`]; `on_batch` is called in the caller's thread.
    ///
    /// # Errors
    /// Those of [`Classifier::predict`].
    pub fn predict<S: AsRef<[i64]> + Sync>(
        &mut self,
        texts: &[S],
        on_batch: &mut dyn FnMut(Progress),
    ) -> Result<Probabilities, NnError> {
        self.0[0].encoder.check(texts)?;
        let batches = batch::by_length(texts, batch::INFERENCE_TOKENS);
        let next = AtomicUsize::new(0);
        let (sender, receiver) = channel();
        let mut logits = vec![Vec::new(); texts.len()];
        thread::scope(|scope| {
            for member in &mut self.0 {
                let (batches, next, sender) = (&batches, &next, sender.clone());
                scope.spawn(move || work(member, texts, batches, next, &sender));
            }
            drop(sender);
            collect(&receiver, &batches, &mut logits, on_batch)
        })?;
        memory_limit::check()?;
        Ok(self.0[0].probabilities(&logits))
    }
}

/// Takes batches until none is left.
fn work<S: AsRef<[i64]>>(
    member: &mut Classifier,
    texts: &[S],
    batches: &[Vec<usize>],
    next: &AtomicUsize,
    answers: &Sender<Answer>,
) {
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(indices) = batches.get(number) else {
            return;
        };
        let rows = rows_of(&member.encoder, texts, indices, &|batch| {
            member.forward(batch, None)
        });
        if answers.send((number, rows)).is_err() {
            return;
        }
    }
}

/// Puts every batch's rows where its texts are. Of several errors that of the first batch, not of the fastest thread.
fn collect(
    answers: &Receiver<Answer>,
    batches: &[Vec<usize>],
    logits: &mut Rows,
    on_batch: &mut dyn FnMut(Progress),
) -> Result<(), NnError> {
    let (mut done, mut failed) = (0, None);
    for (number, rows) in answers {
        match rows {
            Ok(rows) => {
                for (&index, row) in batches[number].iter().zip(rows) {
                    logits[index] = row;
                }
            }
            Err(error) if failed.as_ref().is_none_or(|(first, _)| number < *first) => {
                failed = Some((number, error));
            }
            Err(_) => {}
        }
        done += batches[number].len();
        on_batch(Progress {
            done,
            total: logits.len(),
        });
    }
    failed.map_or(Ok(()), |(_, error)| Err(error))
}
