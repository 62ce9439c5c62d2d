//! Self-training: a logistic regression that labels texts by itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use fsl_common::classes::Label;
use fsl_common::probabilities::Probabilities;

use super::{ClassicError, Features, LogisticModel, fit_weighted_logistic};

/// How a logistic regression labels rows by itself, round by round (Scudder 1965; Yarowsky 1995).
///
/// A regression is fitted to the labelled rows. In every round it says which class each row without a label is of, the surest of these rows
/// are labelled with it, and a regression is fitted to all rows with a label. Labels stay once they are given. These are the semantics of
/// scikit-learn's `SelfTrainingClassifier`, whose `max_iter` is `rounds`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SelfTrainingParams {
    /// C, the inverse of the penalty's strength, finite and above 0.
    pub c: f64,
    /// Whether all classes count alike, anew in each round: those of all rows that have a label then.
    pub balanced: bool,
    /// Which rows are labelled in a round.
    pub by: RoundRule,
    /// Rounds at most. It ends earlier where no row is labelled.
    pub rounds: usize,
}

/// Which rows are labelled in a round. How sure a row is, is its largest probability; of equally sure rows the first are taken.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoundRule {
    /// All that are surer than this.
    Threshold(f64),
    /// As many as this of the surest.
    Rank(u32),
    /// As many of each class, by the class that they would get: this number over that of the classes, rounded up.
    RankPerClass(u32),
}

/// A row without a label, and what a model makes of it.
struct Guess {
    row: usize,
    label: Label,
    sureness: f64,
}

/// Rows to learn from, with their labels and weights.
type Labelled<'a> = (&'a [Vec<f32>], &'a [Label], &'a [f64]);

impl SelfTrainingParams {
    /// Fits to `labelled` rows with their labels (below `classes`) and weights, and to the `pool`, whose rows weigh 1 once they have a
    /// label. `on_fit` is told how many fits are done, and the mean of `−ln p` of the labels that the last one learnt. Equal inputs give
    /// equal bits.
    ///
    /// # Errors
    /// As of [`fit_weighted_logistic`].
    pub fn fit(
        self,
        labelled: Labelled,
        pool: &[Vec<f32>],
        classes: usize,
        on_fit: &mut dyn FnMut(usize, f64),
    ) -> Result<LogisticModel, ClassicError> {
        let mut given = vec![None; pool.len()];
        let (mut model, loss) = self.fit_once(labelled, pool, &given, classes)?;
        on_fit(1, loss);
        for round in 1..=self.rounds {
            let chosen = self.by.chosen(guesses(&model, pool, &given)?, classes);
            if chosen.is_empty() {
                break;
            }
            for guess in chosen {
                given[guess.row] = Some(guess.label);
            }
            let (next, loss) = self.fit_once(labelled, pool, &given, classes)?;
            on_fit(round + 1, loss);
            model = next;
        }
        Ok(model)
    }

    /// The regression on the labelled rows and on those of the pool that have been `given` a label, and its loss.
    fn fit_once(
        self,
        (rows, labels, weights): Labelled,
        pool: &[Vec<f32>],
        given: &[Option<Label>],
        classes: usize,
    ) -> Result<(LogisticModel, f64), ClassicError> {
        let added = pool.iter().zip(given);
        let (added, their): (Vec<&Vec<f32>>, Vec<Label>) = added
            .filter_map(|(row, label)| Some((row, (*label)?)))
            .unzip();
        let rows: Vec<&Vec<f32>> = rows.iter().chain(added).collect();
        let labels = [labels, &their].concat();
        let weights = [weights, &vec![1.0; their.len()]].concat();
        let features = Features::dense(&rows)?;
        let (c, balanced) = (self.c, self.balanced);
        let model = fit_weighted_logistic(c, balanced, &features, &labels, &weights, classes)?;
        let loss = loss(&model.predict_proba(&features), &labels);
        Ok((model, loss))
    }
}

impl RoundRule {
    fn chosen(self, mut guesses: Vec<Guess>, classes: usize) -> Vec<Guess> {
        // Stable, so that of equally sure rows the first stay in front.
        guesses.sort_by(|a, b| b.sureness.total_cmp(&a.sureness));
        match self {
            Self::Threshold(threshold) => guesses.retain(|guess| guess.sureness > threshold),
            Self::Rank(count) => guesses.truncate(count as usize),
            Self::RankPerClass(count) => {
                let count = (count as usize).div_ceil(classes);
                let mut of_class = BTreeMap::<Label, usize>::new();
                guesses.retain(|guess| {
                    let before = of_class.entry(guess.label).or_default();
                    *before += 1;
                    *before <= count
                });
            }
        }
        guesses
    }
}

/// What the model makes of the rows of the pool that have no label.
fn guesses(
    model: &LogisticModel,
    pool: &[Vec<f32>],
    given: &[Option<Label>],
) -> Result<Vec<Guess>, ClassicError> {
    let open: Vec<usize> = (0..pool.len())
        .filter(|&row| given[row].is_none())
        .collect();
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<&Vec<f32>> = open.iter().map(|&row| &pool[row]).collect();
    let probabilities = model.predict_proba(&Features::dense(&rows)?);
    let predicted = probabilities.predicted().into_iter().enumerate();
    let guess = |(at, label)| Guess {
        row: open[at],
        label,
        sureness: probabilities.of(at, label),
    };
    Ok(predicted.map(guess).collect())
}

/// The mean of `−ln p` of the labels.
fn loss(probabilities: &Probabilities, labels: &[Label]) -> f64 {
    let rows = labels.iter().enumerate();
    // A probability that rounds to 0 has no logarithm.
    let p = |(row, &label)| probabilities.of(row, label).max(f64::MIN_POSITIVE);
    let sum: f64 = rows.map(|row| -p(row).ln()).sum();
    sum / labels.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(by: RoundRule, guesses: &[(Label, f64)]) -> Vec<usize> {
        let guesses = guesses.iter().enumerate();
        let guesses = guesses.map(|(row, &(label, sureness))| Guess {
            row,
            label,
            sureness,
        });
        let chosen = by.chosen(guesses.collect(), 2);
        chosen.into_iter().map(|guess| guess.row).collect()
    }

    #[test]
    fn the_surest_are_chosen_and_the_first_of_equals() {
        let guesses = [(0, 0.8), (1, 0.9), (1, 0.9), (1, 0.7), (0, 0.6)];
        assert_eq!(chosen(RoundRule::Threshold(0.7), &guesses), [1, 2, 0]);
        assert_eq!(chosen(RoundRule::Threshold(1.0), &guesses), [0; 0]);
        assert_eq!(chosen(RoundRule::Rank(1), &guesses), [1]);
        assert_eq!(chosen(RoundRule::Rank(9), &guesses), [1, 2, 0, 3, 4]);
        assert_eq!(chosen(RoundRule::RankPerClass(2), &guesses), [1, 0]);
        assert_eq!(chosen(RoundRule::RankPerClass(3), &guesses), [1, 2, 0, 4]);
    }
}
