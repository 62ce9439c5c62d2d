//! The registry's names, and records against predictions.

use fsl_common::probabilities::Probabilities;

use super::*;
use crate::{Confusion, Interval, Metrics};

mod golden;

#[test]
fn names_are_unique_and_recorded_ones_are_those_of_records() {
    for metric in Metric::all() {
        assert_eq!(Metric::named(metric.id), Some(metric));
        assert_eq!(Metric::named(&metric.spec_name()), Some(metric));
    }
    let record = RecordMetrics::from(Metrics::from(Confusion::default()));
    let stored = record.stored();
    let recorded = Metric::all().iter().filter(|metric| metric.recorded);
    assert!(recorded.eq(stored.iter().map(|(metric, _)| *metric)));
}

#[test]
fn what_is_shown_unasked_stays_what_it_was() {
    let unasked = Metric::all()
        .iter()
        .filter(|metric| metric.placement != Placement::Chosen);
    let ids: Vec<&str> = unasked.map(|metric| metric.id).collect();
    let expected =
        "f1 precision recall accuracy macro_f1 roc_auc average_precision calibration_error mcc";
    assert_eq!(ids.join(" "), expected);
    let shown = |classes: &Classes| -> Vec<&str> {
        let shown = Metric::shown(classes);
        shown.iter().map(|metric| metric.id).collect()
    };
    let zero_one = Classes::zero_one();
    assert_eq!(shown(&zero_one), ["f1", "precision", "recall", "mcc"]);
    let plain = Classes::new(vec!["ham".into(), "spam".into()], None).unwrap();
    assert_eq!(shown(&plain), OF_CLASSES);
    assert_eq!(Metric::primary_of(&plain).heading_of(&plain), "F1");
}

#[test]
fn records_and_predictions_give_the_same_value() {
    let two = Probabilities::two_class(vec![0.9, 0.4, 0.6, 0.1, 0.8]);
    let labels = [1, 1, 0, 0, 1];
    let plain = Classes::new(vec!["ham".into(), "spam".into()], None).unwrap();
    for classes in [Classes::zero_one(), plain] {
        let record = RecordMetrics::new(&classes, &labels, &two).unwrap();
        let evaluation = Evaluation::new(&classes, &labels, &two).unwrap();
        for metric in Metric::all() {
            let value = metric.evaluate(&evaluation).unwrap();
            assert_eq!(value.is_some(), metric.suits(&classes), "{}", metric.id);
            assert!(value.is_none_or(|one| metric.range.low <= one && one <= metric.range.high));
            let expected = value.filter(|_| !metric.needs_probabilities());
            assert_eq!(metric.from_record(&record), expected, "{}", metric.id);
        }
    }
    assert!(Evaluation::new(&Classes::zero_one(), &[2], &two.select(&[0])).is_err());
}

#[test]
fn a_metric_that_is_no_share_ends_where_its_range_does() {
    let mcc = Metric::named("mcc").unwrap();
    assert!(!mcc.is_share());
    let wide = mcc.range.clip(Interval::around(-0.9, 0.3));
    assert!((wide.low, wide.high) == (-1.0, wide.high) && wide.high < 0.0);
}
