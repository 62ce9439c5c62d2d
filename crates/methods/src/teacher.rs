//! The probe that teaches cross-view students.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::MethodError;
use super::label_names::Labelled;
use super::layered_features::Rows;
use super::scores::Scores;
use super::threshold::auc;
use crate::classic::{Features, LogisticModel, fit_weighted_logistic, isometric_rows};
use fsl_common::classes::Label;
use fsl_common::random::shuffle;

/// Parts of the labelled texts in a cross-validation, at most, and how often they are parted anew: with a hundred texts, the AUC of one
/// partition differs by 0.02 from that of another.
const PARTS: usize = 10;
const PARTITIONS: usize = 20;

/// The probe that teaches.
pub(super) struct Teacher {
    c: f64,
    balanced: bool,
    pub(super) classes: usize,
    model: LogisticModel,
}

impl Teacher {
    pub(super) fn fit(
        c: f64,
        balanced: bool,
        labelled: &Labelled,
        classes: usize,
    ) -> Result<Self, MethodError> {
        Ok(Self {
            c,
            balanced,
            classes,
            model: labelled.logistic(c, balanced, classes)?,
        })
    }

    /// The scores of rows of features.
    pub(super) fn score(&self, rows: &Rows) -> Result<Scores, MethodError> {
        Ok(scores_of(&self.model, &Features::dense(rows)?))
    }

    /// The AUC of scores of the first `texts` labelled rows, those of texts, each by a teacher that did not learn from it: the mean over
    /// several partitions into parts with as many texts of either class. Names stay with every teacher.
    pub(super) fn cross_validated_auc(
        &self,
        labelled: &Labelled,
        texts: usize,
    ) -> Result<f64, MethodError> {
        let labels = &labelled.labels[..texts];
        let smallest = [0, 1].map(|class| labels.iter().filter(|&&label| label == class).count());
        let parts = PARTS.min(smallest[0]).min(smallest[1]);
        if parts < 2 {
            return Err(MethodError::FewTexts);
        }
        // Many fits, of few rows.
        let rows = isometric_rows(&labelled.rows);
        let mut generator = ChaCha8Rng::seed_from_u64(0);
        let mut sum = 0.0;
        for _ in 0..PARTITIONS {
            let part_of = partition(labels, parts, &mut generator);
            let mut scores = vec![0.0; texts];
            for part in 0..parts {
                let is_out = |row: usize| part_of.get(row) == Some(&part);
                let (out, kept): (Vec<usize>, Vec<usize>) =
                    (0..rows.len()).partition(|&row| is_out(row));
                let chosen =
                    |rows_of: &[usize]| rows_of.iter().map(|&row| &rows[row]).collect::<Vec<_>>();
                let model = fit_weighted_logistic(
                    self.c,
                    self.balanced,
                    &Features::dense(&chosen(&kept))?,
                    &kept
                        .iter()
                        .map(|&row| labelled.labels[row])
                        .collect::<Vec<_>>(),
                    &kept
                        .iter()
                        .map(|&row| labelled.weights[row])
                        .collect::<Vec<_>>(),
                    2,
                )?;
                let found = scores_of(&model, &Features::dense(&chosen(&out))?);
                for (row, score) in out.into_iter().zip(found.first_column()) {
                    scores[row] = score;
                }
            }
            sum += auc(&scores, labels);
        }
        Ok(sum / PARTITIONS as f64)
    }
}

/// The log-odds of two classes, the probabilities of more.
fn scores_of(model: &LogisticModel, features: &Features) -> Scores {
    let rows = match model {
        LogisticModel::Binary(model) => {
            let margins = model.decision_function(features).into_iter();
            margins.map(|margin| vec![margin]).collect()
        }
        LogisticModel::Multinomial(model) => {
            let probabilities = model.predict_proba(features);
            probabilities.rows().map(<[f64]>::to_vec).collect()
        }
    };
    Scores { rows }
}

/// The part of each text: those of each class, in a random order, go to the parts in turn.
fn partition(labels: &[Label], parts: usize, generator: &mut ChaCha8Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    shuffle(&mut order, generator);
    let mut part_of = vec![0; labels.len()];
    for class in [0, 1] {
        let of_class = order.iter().filter(|&&text| labels[text] == class);
        for (number, &text) in of_class.enumerate() {
            part_of[text] = number % parts;
        }
    }
    part_of
}
