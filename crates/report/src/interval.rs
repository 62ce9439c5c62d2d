//! 95 % intervals of a row's metrics: the same in every format, and never outside the metric's range.

use fsl_metrics::{
    Center, Interval, MemberSpread, Metric, Statistic, bootstrap_interval, member_interval,
    t_interval,
};

/// Of the mean over trials: Student's t. Of a mean of models: its members drawn anew. `None` for one trial.
pub(super) fn of_mean(
    metric: &Metric,
    values: &[f64],
    members: Option<MemberSpread>,
) -> Option<Interval> {
    let interval = match (members, values) {
        (Some(MemberSpread { sd, members }), [value, ..]) => {
            Some(member_interval(*value, sd, members))
        }
        _ => t_interval(values),
    };
    interval.map(|interval| metric.range.clip(interval))
}

/// Of another statistic over trials: bootstrap. `None` for one trial.
pub(super) fn drawn(metric: &Metric, values: &[f64], statistic: Statistic) -> Option<Interval> {
    bootstrap_interval(values, statistic).map(|interval| metric.range.clip(interval))
}

/// Of the number that stands for a row.
pub(super) fn of_center(
    metric: &Metric,
    center: Center,
    values: &[f64],
    members: Option<MemberSpread>,
) -> Option<Interval> {
    match (center, members) {
        (Center::Median, None) => drawn(metric, values, Statistic::Center(center)),
        _ => of_mean(metric, values, members),
    }
}

/// Of the number that stands for several values of a metric that are alike, such as those at several seeds, within its range. `None` for
/// one value.
pub fn center_interval(metric: &Metric, center: Center, values: &[f64]) -> Option<Interval> {
    of_center(metric, center, values, None)
}

/// How intervals around this centre come about, as a part of a sentence.
pub fn interval_words(center: Center) -> &'static str {
    match center {
        Center::Mean => {
            "of the mean over trials by Student's t, of an ensemble by resampling its members"
        }
        Center::Median => {
            "of the median over trials by bootstrap, of an ensemble by resampling its members"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(sd: f64) -> MemberSpread {
        MemberSpread { sd, members: 5 }
    }

    #[test]
    fn no_interval_leaves_the_unit_range() {
        let f1 = Metric::primary();
        let wide = of_mean(f1, &[0.01, 0.99], None).unwrap();
        assert_eq!((wide.low, wide.high), (0.0, 1.0));
        let high = of_mean(f1, &[0.99], Some(members(0.02))).unwrap();
        assert!(high.low > 0.9 && high.high <= 1.0, "{high:?}");
        assert_eq!(of_mean(f1, &[0.5], None), None);
    }

    #[test]
    fn the_median_has_an_interval_of_its_own() {
        let values = [0.60, 0.61, 0.62, 0.63, 0.10];
        let f1 = Metric::primary();
        let median = of_center(f1, Center::Median, &values, None).unwrap();
        let drawn = bootstrap_interval(&values, Statistic::Center(Center::Median));
        assert_eq!(Some(median), drawn);
        assert_ne!(Some(median), of_center(f1, Center::Mean, &values, None));
        // A mean of models has one score, whose interval does not depend on the centre.
        assert_eq!(
            of_center(f1, Center::Median, &[0.6], Some(members(0.01))),
            of_center(f1, Center::Mean, &[0.6], Some(members(0.01)))
        );
    }
}
