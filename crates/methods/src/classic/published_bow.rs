//! The published bag-of-words row against scikit-learn on the same texts.

use std::path::Path;

use super::{LogisticParams, StopWords, TfidfParams};
use fsl_common::classes::Label;

fn rows(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

fn number(field: &str) -> f64 {
    field.parse().unwrap()
}

mod needs_shared {
    use super::*;

    /// The files hold 12 decimals, so equal weights differ by up to 5e-13: they get 1e-11. Coefficients and probabilities get 1e-7:
    /// the solver that made them (L-BFGS) stopped 4.4e-8 from the minimum, where scikit-learn's two Newton solvers and this one
    /// meet.
    #[test]
    #[ignore = "needs the published texts in ../shared"]
    fn bag_of_words_on_the_published_texts_equals_scikit_learn() {
        let paths = [
            "data/metoo/train.csv",
            "data/metoo/test.csv",
            "oracles/bow/metoo_model.csv",
        ];
        let files = paths.map(fsl_test_support::shared);
        let probabilities = fsl_test_support::shared("oracles/bow/metoo_test_probs.csv");
        let [train, test, model] = [0, 1, 2].map(|file| rows(&files[file]));
        let column = |rows: &[Vec<String>], at: usize| -> Vec<String> {
            rows.iter().map(|row| row[at].clone()).collect()
        };
        let labels = |rows: &[Vec<String>]| -> Vec<Label> {
            rows.iter().map(|row| row[2].parse().unwrap()).collect()
        };

        let params = TfidfParams {
            ngram_range: (1, 3),
            min_df: 2,
            stop_words: StopWords::English,
            ..TfidfParams::default()
        };
        let tfidf = params.fit(&column(&train, 1)).unwrap();
        assert_eq!(tfidf.vocabulary(), column(&model, 0));
        let features = tfidf.transform(&column(&train, 1));
        let params = LogisticParams {
            balanced: true,
            ..LogisticParams::default()
        };
        let fitted = params.fit(&features, &labels(&train)).unwrap();
        for (at, row) in model.iter().enumerate() {
            assert!((tfidf.idf()[at] - number(&row[1])).abs() < 1e-11, "{row:?}");
            assert!(
                (fitted.coefficients()[at] - number(&row[2])).abs() < 1e-7,
                "{row:?}"
            );
        }
        assert!((fitted.intercept() - -0.151_782_046_059_792_26).abs() < 1e-7);

        let found = fitted.predict_proba(&tfidf.transform(&column(&test, 1)));
        let expected = rows(&probabilities);
        assert_eq!(found.len(), expected.len());
        let largest = found
            .iter()
            .zip(&expected)
            .fold(0.0_f64, |largest, (found, row)| {
                largest.max((found - number(&row[1])).abs())
            });
        assert!(largest < 1e-7, "{largest:e}");

        assert_published(&labels(&test), &found);
    }
}

/// F1, precision and recall of the published row.
fn assert_published(labels: &[Label], probabilities: &[f64]) {
    let mut counts = [[0.0; 2]; 2];
    for (label, probability) in labels.iter().zip(probabilities) {
        counts[usize::from(*label)][usize::from(*probability > 0.5)] += 1.0;
    }
    let [[_, false_positives], [false_negatives, true_positives]] = counts;
    let precision: f64 = true_positives / (true_positives + false_positives);
    let recall: f64 = true_positives / (true_positives + false_negatives);
    assert!((precision - 0.630_719_762_552_56).abs() < 1e-12);
    assert!((recall - 0.51).abs() < 1e-12);
    let f1 = 2.0 * precision * recall / (precision + recall);
    assert!((f1 - 0.563_972_133_141_665_7).abs() < 1e-12);
}
