//! What a record says of itself must hold together: it is checked before it is stored and whenever it is read.
//!
//! The checks need nothing but the record, for tables read thousands of them. They find what was edited or damaged in the inputs, the
//! scores and the counts; they cannot find other counts that agree with each other, which only the predictions tell, nor another host.

use super::inputs::RECORD_VERSION;
use super::record::{DatasetStats, Record, Timings};
use fsl_methods::Selection;
use fsl_metrics::{ClassMetrics, ConfusionMatrix, Metrics, RecordMetrics};

/// By how much a score may differ from the one that follows from its counts: programs may add in another order.
const TOLERANCE: f64 = 1e-9;

/// More texts than this are no count: a fraction would not be exact.
const MOST_TEXTS: u64 = 1 << 53;

/// The last second of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;

/// Thirty years, in seconds.
const LONGEST_SECS: f64 = 1e9;

impl Record {
    /// What is wrong with the record, in words that go on after its name; `None` if it holds together.
    pub fn fault(&self) -> Option<String> {
        self.identity()
            .or_else(|| self.words())
            .or_else(|| self.numbers())
            .or_else(|| self.counts())
            .or_else(|| scores(&self.metrics))
    }

    fn identity(&self) -> Option<String> {
        for version in [self.version, self.inputs.version] {
            if version != RECORD_VERSION {
                return Some(format!(
                    "its version is {version}, must be {RECORD_VERSION}"
                ));
            }
        }
        (self.inputs.key() != self.key)
            .then(|| "its key does not follow from its inputs".to_owned())
    }

    /// What is shown on terminals must not steer them.
    fn words(&self) -> Option<String> {
        let host = &self.host;
        let mut words = [&host.name, &host.platform, &host.program, &host.libtorch]
            .into_iter()
            .chain(&host.processor)
            .chain(&host.device);
        let is_wrong = words.any(|word| word.contains(char::is_control));
        is_wrong.then(|| "its `host` holds control characters".to_owned())
    }

    fn numbers(&self) -> Option<String> {
        let Timings {
            started_unix_secs,
            data_secs,
            fit_secs,
            predict_secs,
            total_secs,
        } = self.timings;
        if started_unix_secs > LAST_SECOND {
            return Some(format!("it began {started_unix_secs} s after 1970"));
        }
        let times = [
            ("data-secs", data_secs),
            ("fit-secs", fit_secs),
            ("predict-secs", predict_secs),
            ("total-secs", total_secs),
        ];
        let wrong = |(_, secs): &(&str, f64)| !(0.0..=LONGEST_SECS).contains(secs);
        if let Some((name, secs)) = times.into_iter().find(wrong) {
            return Some(format!("its `timings.{name}` is {secs}"));
        }
        if let Some(problem) = self.selection.as_ref().and_then(selection) {
            return Some(problem);
        }
        let mut losses = self.fit.iter().flat_map(|fit| &fit.epoch_losses);
        let loss = losses.find(|loss| !loss.is_finite())?;
        Some(format!("its `fit.epoch-losses` hold {loss}"))
    }

    fn counts(&self) -> Option<String> {
        let classes = &self.inputs.data.classes;
        let matrix = self.metrics.matrix();
        let is_positive = matches!(self.metrics, RecordMetrics::Positive(_));
        if matrix.classes() != classes.count() || is_positive != classes.has_positive() {
            return Some("its `metrics.confusion` is not of the classes in its inputs".to_owned());
        }
        let Some(texts) = class_texts(&matrix) else {
            return Some("its `metrics.confusion` has impossible counts".to_owned());
        };
        test_counts(&self.data, &texts, is_positive)
            .or_else(|| train_counts(&self.data, classes.count(), is_positive))
    }
}

fn selection(of: &Selection) -> Option<String> {
    if of
        .scores
        .get(of.chosen as usize)
        .copied()
        .flatten()
        .is_none()
    {
        let (chosen, scores) = (of.chosen, of.scores.len());
        return Some(format!(
            "its `selection.chosen` is {chosen}, of {scores} candidates with scores"
        ));
    }
    let score = of
        .scores
        .iter()
        .flatten()
        .find(|score| !score.is_finite())?;
    Some(format!("its `selection.scores` hold {score}"))
}

/// The test texts of each class; `None` where they are too many to be texts.
fn class_texts(matrix: &ConfusionMatrix) -> Option<Vec<u64>> {
    let texts: Vec<u64> = matrix.rows().map(sum).collect::<Option<_>>()?;
    sum(&texts)?;
    Some(texts)
}

fn sum(counts: &[u64]) -> Option<u64> {
    let total = counts
        .iter()
        .try_fold(0_u64, |sum, &count| sum.checked_add(count))?;
    (total <= MOST_TEXTS).then_some(total)
}

fn test_counts(data: &DatasetStats, texts: &[u64], is_positive: bool) -> Option<String> {
    let total: u64 = texts.iter().sum();
    if total != data.test_texts {
        return Some(format!(
            "its `metrics.confusion` counts {total} texts, its `data.test-texts` is {}",
            data.test_texts
        ));
    }
    let agree = if is_positive {
        data.test_positives == Some(texts[1]) && data.test_per_class.is_empty()
    } else {
        data.test_positives.is_none() && data.test_per_class == texts
    };
    (!agree).then(|| {
        "its `metrics.confusion` counts other texts of each class than its `data`".to_owned()
    })
}

fn train_counts(data: &DatasetStats, classes: usize, is_positive: bool) -> Option<String> {
    let agree = if is_positive {
        let positives = data.train_positives;
        positives.is_some_and(|texts| texts <= data.train_texts) && data.train_per_class.is_empty()
    } else {
        let per_class = &data.train_per_class;
        per_class.len() == classes
            && sum(per_class) == Some(data.train_texts)
            && data.train_positives.is_none()
    };
    (!agree).then(|| "its `data` counts other training texts of each class than in all".to_owned())
}

/// The first score that does not follow from the counts.
fn scores(metrics: &RecordMetrics) -> Option<String> {
    let pairs: Vec<(&str, f64, f64)> = match metrics {
        RecordMetrics::Positive(got) => {
            let right = Metrics::from(got.confusion);
            vec![
                ("f1", got.f1, right.f1),
                ("precision", got.precision, right.precision),
                ("recall", got.recall, right.recall),
                ("accuracy", got.accuracy, right.accuracy),
                ("macro_f1", got.macro_f1, right.macro_f1),
            ]
        }
        RecordMetrics::Classes(got) => {
            let right = ClassMetrics::from(got.confusion.clone());
            vec![
                ("accuracy", got.accuracy, right.accuracy),
                ("macro_f1", got.macro_f1, right.macro_f1),
                (
                    "macro_precision",
                    got.macro_precision,
                    right.macro_precision,
                ),
                ("macro_recall", got.macro_recall, right.macro_recall),
            ]
        }
    };
    let wrong =
        |(_, got, right): &(&str, f64, f64)| !got.is_finite() || (got - right).abs() > TOLERANCE;
    let (name, got, right) = pairs.into_iter().find(wrong)?;
    Some(format!(
        "its `metrics.{name}` is {got}, its counts give {right}"
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::trial::{DataInputs, DataWarnings, Host, TrialInputs};
    use fsl_common::classes::Classes;
    use fsl_common::settings::{Preprocess, Sampling};
    use fsl_methods::{Fit, Majority, MethodInputs};
    use fsl_metrics::Confusion;

    /// A record of these classes whose predictions are counted by `matrix`.
    fn record(classes: Classes, matrix: &str) -> Record {
        let matrix: ConfusionMatrix = serde_json::from_str(matrix).unwrap();
        let texts: Vec<u64> = matrix.rows().map(|row| row.iter().sum()).collect();
        let positive = classes.has_positive();
        let data = DatasetStats {
            train_texts: 5,
            train_positives: positive.then_some(2),
            train_per_class: if positive { vec![] } else { vec![2, 2, 1] },
            train_rows_sha256: String::new(),
            transfer_texts: None,
            test_texts: texts.iter().sum(),
            test_positives: positive.then(|| texts[1]),
            test_per_class: if positive { vec![] } else { texts },
            warnings: DataWarnings::default(),
        };
        let metrics = match matrix.two_class() {
            Some(counts) if positive => Metrics::from(counts).into(),
            _ => RecordMetrics::Classes(matrix.into()),
        };
        let inputs = DataInputs {
            train: "train".to_owned(),
            test: "test".to_owned(),
            text: "text".to_owned(),
            label: "label".to_owned(),
            preprocess: Preprocess::None,
            classes,
            delimiter: None,
            train_size: None,
            sampling: Sampling::default(),
        };
        let inputs = TrialInputs::new(inputs, MethodInputs::from(Majority {}), BTreeMap::new());
        Record {
            version: RECORD_VERSION,
            key: inputs.key(),
            inputs,
            metrics,
            predictions_sha256: String::new(),
            model_sha256: None,
            selection: Some(Selection {
                chosen: 1,
                scores: vec![None, Some(0.75)],
                folds: 5,
            }),
            fit: Some(Fit {
                steps: 1,
                epoch_losses: vec![0.5],
            }),
            imported: None,
            data,
            timings: Timings {
                started_unix_secs: 1_700_000_000,
                data_secs: 0.0,
                fit_secs: 0.5,
                predict_secs: 0.5,
                total_secs: 1.0,
            },
            peak_memory_bytes: None,
            host: Host::current("cpu"),
        }
    }

    fn two() -> Record {
        record(Classes::zero_one(), "[[3, 1], [2, 4]]")
    }

    fn three() -> Record {
        let names = ["a", "b", "c"].map(str::to_owned).to_vec();
        record(
            Classes::new(names, None).unwrap(),
            "[[3, 1, 0], [2, 4, 0], [0, 0, 2]]",
        )
    }

    #[test]
    fn what_a_trial_makes_holds_together() {
        assert_eq!(two().fault(), None);
        assert_eq!(three().fault(), None);
    }

    #[test]
    fn every_contradiction_is_found() {
        let spoilt = |spoil: fn(&mut Record)| {
            let mut record = two();
            spoil(&mut record);
            record.fault().unwrap_or_default()
        };
        // 8 / 11: twice 4 hits by 2 x 4 + 1 + 2.
        insta::assert_snapshot!(spoilt(|record| set(record, |got| got.f1 = 0.987_654)), @"its `metrics.f1` is 0.987654, its counts give 0.7272727272727273");
        insta::assert_snapshot!(spoilt(|record| set(record, |got| got.recall = f64::NAN)), @"its `metrics.recall` is NaN, its counts give 0.6666666666666666");
        insta::assert_snapshot!(spoilt(|record| set(record, |got| got.accuracy = 7e9)), @"its `metrics.accuracy` is 7000000000, its counts give 0.7");
        insta::assert_snapshot!(spoilt(|record| set(record, |got| *got = Confusion { true_positives: 5, ..got.confusion }.into())), @"its `metrics.confusion` counts 11 texts, its `data.test-texts` is 10");
        insta::assert_snapshot!(spoilt(|record| set(record, |got| got.confusion.true_negatives = u64::MAX)), @"its `metrics.confusion` has impossible counts");
        insta::assert_snapshot!(spoilt(|record| record.data.test_positives = Some(5)), @"its `metrics.confusion` counts other texts of each class than its `data`");
        insta::assert_snapshot!(spoilt(|record| record.data.train_positives = Some(6)), @"its `data` counts other training texts of each class than in all");
        insta::assert_snapshot!(spoilt(|record| record.version = 0), @"its version is 0, must be 1");
        insta::assert_snapshot!(spoilt(|record| record.inputs.data.test.push('x')), @"its key does not follow from its inputs");
        insta::assert_snapshot!(spoilt(|record| record.host.name.push('\x1b')), @"its `host` holds control characters");
        insta::assert_snapshot!(spoilt(|record| record.timings.fit_secs = -1.0), @"its `timings.fit-secs` is -1");
        insta::assert_snapshot!(spoilt(|record| record.timings.started_unix_secs = u64::MAX), @"it began 18446744073709551615 s after 1970");
        insta::assert_snapshot!(spoilt(|record| record.fit.as_mut().unwrap().epoch_losses[0] = f64::INFINITY), @"its `fit.epoch-losses` hold inf");
    }

    fn set(record: &mut Record, change: fn(&mut Metrics)) {
        if let RecordMetrics::Positive(metrics) = &mut record.metrics {
            change(metrics);
        }
    }

    #[test]
    fn counts_of_several_classes_are_checked_too() {
        let mut other = three();
        other.data.test_per_class.swap(0, 1);
        assert!(other.fault().unwrap().contains("other texts of each class"));
        let mut other = three();
        other.data.train_per_class = vec![u64::MAX, 1, 5];
        assert!(other.fault().unwrap().contains("training texts"));
        let mut other = three();
        other.metrics = two().metrics;
        assert!(other.fault().unwrap().contains("not of the classes"));
        let mut other = three();
        if let RecordMetrics::Classes(metrics) = &mut other.metrics {
            metrics.macro_recall = 1.0;
        }
        // (3/4 + 4/6 + 1) / 3
        let said = other.fault().unwrap();
        assert!(
            said.starts_with("its `metrics.macro_recall` is 1, its counts give 0.80555"),
            "{said}"
        );
    }
}
