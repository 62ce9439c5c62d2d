//! The metrics that a trial's record stores.

use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::class_counts::ClassCounts;
use super::{Confusion, ConfusionMatrix, Evaluation, MetricError, Metrics};

/// The figures of one trial as its record stores them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Unchecked")]
pub enum RecordMetrics {
    /// Of two classes, one of which is positive.
    Positive(Metrics),
    /// Of any other classes.
    Classes(ClassMetrics),
}

/// The figures of one trial over classes of which none is positive.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassMetrics {
    /// [`ClassCounts::accuracy`], a fraction.
    pub accuracy: f64,
    /// The mean F1 of the classes, a fraction.
    pub macro_f1: f64,
    /// The mean precision of the classes, a fraction.
    pub macro_precision: f64,
    /// The mean recall of the classes, a fraction.
    pub macro_recall: f64,
    /// What the figures above follow from.
    pub confusion: ConfusionMatrix,
}

impl From<ConfusionMatrix> for ClassMetrics {
    fn from(confusion: ConfusionMatrix) -> Self {
        let counts = confusion.counts();
        Self {
            accuracy: counts.accuracy(),
            macro_f1: counts.macro_average(ClassCounts::f1),
            macro_precision: counts.macro_average(ClassCounts::precision),
            macro_recall: counts.macro_average(ClassCounts::recall),
            confusion,
        }
    }
}

impl RecordMetrics {
    /// The figures of a trial.
    ///
    /// # Errors
    /// As [`Evaluation::new`].
    pub fn new(
        classes: &Classes,
        labels: &[Label],
        probabilities: &Probabilities,
    ) -> Result<Self, MetricError> {
        let Evaluation { matrix, .. } = Evaluation::new(classes, labels, probabilities)?;
        Ok(match matrix.two_class() {
            Some(counts) if classes.has_positive() => Self::Positive(Metrics::from(counts)),
            _ => Self::Classes(ClassMetrics::from(matrix)),
        })
    }

    /// How often each class was predicted for each.
    pub fn matrix(&self) -> ConfusionMatrix {
        match self {
            Self::Positive(metrics) => metrics.confusion.into(),
            Self::Classes(metrics) => metrics.confusion.clone(),
        }
    }

    /// The figures where a class is positive.
    pub fn positive(&self) -> Option<&Metrics> {
        match self {
            Self::Positive(metrics) => Some(metrics),
            Self::Classes(_) => None,
        }
    }

    /// The share of right predictions.
    pub fn accuracy(&self) -> f64 {
        match self {
            Self::Positive(metrics) => metrics.accuracy,
            Self::Classes(metrics) => metrics.accuracy,
        }
    }

    /// The mean F1 of the classes.
    pub fn macro_f1(&self) -> f64 {
        match self {
            Self::Positive(metrics) => metrics.macro_f1,
            Self::Classes(metrics) => metrics.macro_f1,
        }
    }
}

impl From<Metrics> for RecordMetrics {
    fn from(metrics: Metrics) -> Self {
        Self::Positive(metrics)
    }
}

impl Serialize for RecordMetrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Positive(metrics) => metrics.serialize(serializer),
            Self::Classes(metrics) => metrics.serialize(serializer),
        }
    }
}

/// Either form as stored; the form of `confusion` tells which it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    f1: Option<f64>,
    precision: Option<f64>,
    recall: Option<f64>,
    accuracy: f64,
    macro_f1: f64,
    macro_precision: Option<f64>,
    macro_recall: Option<f64>,
    confusion: Counts,
}

enum Counts {
    Two(Confusion),
    Matrix(ConfusionMatrix),
}

impl TryFrom<Unchecked> for RecordMetrics {
    type Error = String;

    fn try_from(of: Unchecked) -> Result<Self, String> {
        let absent = |name: &str| format!("missing field `{name}`");
        match of.confusion {
            Counts::Two(confusion) => Ok(Self::Positive(Metrics {
                f1: of.f1.ok_or_else(|| absent("f1"))?,
                precision: of.precision.ok_or_else(|| absent("precision"))?,
                recall: of.recall.ok_or_else(|| absent("recall"))?,
                accuracy: of.accuracy,
                macro_f1: of.macro_f1,
                confusion,
            })),
            Counts::Matrix(confusion) => Ok(Self::Classes(ClassMetrics {
                accuracy: of.accuracy,
                macro_f1: of.macro_f1,
                macro_precision: of
                    .macro_precision
                    .ok_or_else(|| absent("macro_precision"))?,
                macro_recall: of.macro_recall.ok_or_else(|| absent("macro_recall"))?,
                confusion,
            })),
        }
    }
}

impl<'de> Deserialize<'de> for Counts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CountsVisitor)
    }
}

struct CountsVisitor;

impl<'de> Visitor<'de> for CountsVisitor {
    type Value = Counts;

    fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("the counts of two classes, or a matrix")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Counts, A::Error> {
        Confusion::deserialize(MapAccessDeserializer::new(map)).map(Counts::Two)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, rows: A) -> Result<Counts, A::Error> {
        ConfusionMatrix::deserialize(SeqAccessDeserializer::new(rows)).map(Counts::Matrix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_read_back() {
        let two = Probabilities::two_class(vec![0.9, 0.2, 0.6]);
        let spam = Classes::new(vec!["ham".into(), "spam".into()], Some("spam")).unwrap();
        let plain = Classes::new(vec!["ham".into(), "spam".into()], None).unwrap();
        for (classes, positive) in [(&spam, true), (&plain, false)] {
            let record = RecordMetrics::new(classes, &[1, 0, 0], &two).unwrap();
            assert_eq!(record.positive().is_some(), positive);
            let text = serde_json::to_string(&record).unwrap();
            assert_eq!(
                serde_json::from_str::<RecordMetrics>(&text).unwrap(),
                record
            );
            assert!(serde_json::from_str::<RecordMetrics>(&text.replace("accu", "acc")).is_err());
            if let Some(metrics) = record.positive() {
                assert_eq!(text, serde_json::to_string(metrics).unwrap());
            }
        }
    }
}
