//! Spreads and curves against scikit-learn and NumPy.

use super::*;
use crate::testing::close;
use crate::{Confusion, Metrics, Placement};

fn noisy(seed: u64, labels: &[Label], noise: f64) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let bias = noise * (random.random::<f64>() - 0.5);
    let one = |&label: &Label| {
        let draw: f64 = random.random();
        (0.35 + 0.3 * f64::from(label) + bias + 0.6 * (draw - 0.5)).clamp(0.0, 1.0)
    };
    labels.iter().map(one).collect()
}

fn two_class(members: &[Vec<f64>]) -> Vec<Probabilities> {
    let one = |member: &Vec<f64>| Probabilities::two_class(member.clone());
    members.iter().map(one).collect()
}

/// The spread over members of the classes 0 and 1.
fn spread_of(members: &[Vec<f64>], labels: &[Label]) -> Option<EnsembleSpread> {
    ensemble_spread(&two_class(members), labels, &Classes::zero_one(), &[])
}

fn f1_by_size(members: &[Vec<f64>], labels: &[Label]) -> Vec<SizePoint> {
    let members = two_class(members);
    ensemble_sizes(&members, labels, &Classes::zero_one(), Metric::primary())
}

/// The standard deviations of F1, precision and recall.
fn sds(spread: &EnsembleSpread) -> Vec<f64> {
    let published = Metric::placed(Placement::Published);
    published
        .map(|metric| spread.spread(metric).unwrap().sd)
        .collect()
}

#[test]
fn members_that_agree_have_no_spread_and_differing_ones_have() {
    let labels: Vec<Label> = (0..400).map(|index| Label::from(index % 2 == 0)).collect();
    let same = vec![noisy(1, &labels, 0.3); 5];
    let spread = spread_of(&same, &labels).unwrap();
    assert_eq!((sds(&spread), spread.members), (vec![0.0; 3], 5));
    let members: Vec<_> = (0..5).map(|seed| noisy(seed, &labels, 0.3)).collect();
    let spread = spread_of(&members, &labels).unwrap();
    let [f1, _, recall] = sds(&spread)[..3] else {
        panic!("{spread:?}")
    };
    assert!(f1 > 0.0 && recall > f1, "{spread:?}");
    assert_eq!(spread_of(&members, &labels), Some(spread));
    assert_eq!(spread_of(&members[..1], &labels), None);
}

/// One case of `tests/golden/ensemble/cases.json`.
#[derive(serde::Deserialize)]
struct Case {
    members: Vec<Vec<f64>>,
    labels: Vec<Label>,
    f1: f64,
    precision: f64,
    recall: f64,
    sd: [f64; 3],
}

/// Witness: scikit-learn's figures of the mean, and numpy's standard deviations over 100,000 resamples. Ours over 1,000 have
/// a relative standard error near 2.2 %, so 10 % is more than four of them.
#[test]
fn the_spread_is_that_of_the_golden_file() {
    let file = std::fs::read(fsl_test_support::golden("ensemble/cases.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_slice(&file).unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let count = case.members.len() as f64;
        let mean: Vec<f64> = (0..case.labels.len())
            .map(|text| case.members.iter().map(|member| member[text]).sum::<f64>() / count)
            .collect();
        let metrics =
            Metrics::from(Confusion::from_probabilities(&case.labels, &mean, 0.5).unwrap());
        for (ours, theirs) in [
            (metrics.f1, case.f1),
            (metrics.precision, case.precision),
            (metrics.recall, case.recall),
        ] {
            assert!((ours - theirs).abs() < 1e-12, "{ours} against {theirs}");
        }
        let spread = spread_of(&case.members, &case.labels).unwrap();
        for (ours, theirs) in sds(&spread).iter().zip(case.sd) {
            assert!((ours / theirs - 1.0).abs() < 0.1, "{ours} against {theirs}");
        }
    }
}

/// Witness: fresh ensembles. The spread told from one ensemble's members must be, on average, near that of ensembles made
/// of members drawn anew; resampling M of M members is a little too narrow, by √((M − 1)/M).
#[test]
fn the_spread_is_that_of_ensembles_drawn_anew() {
    let labels: Vec<Label> = (0..300).map(|index| Label::from(index % 2 == 0)).collect();
    let ensemble = |number: u64| -> Vec<Vec<f64>> {
        (0..8)
            .map(|member| noisy(100 * number + member, &labels, 0.5))
            .collect()
    };
    let recall = |members: &[Vec<f64>]| {
        let mean: Vec<f64> = (0..labels.len())
            .map(|text| members.iter().map(|member| member[text]).sum::<f64>() / 8.0)
            .collect();
        Metrics::from(Confusion::from_probabilities(&labels, &mean, 0.5).unwrap()).recall
    };
    let anew: Vec<f64> = (1..201).map(|number| recall(&ensemble(number))).collect();
    let expected = summarize(&anew, 1).unwrap().sd.unwrap();
    let told: Vec<f64> = (1..21)
        .map(|number| {
            let spread = spread_of(&ensemble(number), &labels).unwrap();
            sds(&spread)[2]
        })
        .collect();
    let told = told.iter().sum::<f64>() / told.len() as f64;
    assert!(
        (0.75..1.15).contains(&(told / expected)),
        "{told} against {expected}"
    );
}
#[derive(serde::Deserialize)]
struct SizeCase {
    members: Vec<Vec<f64>>,
    labels: Vec<Label>,
    f1: f64,
}

/// Witness: scikit-learn's F1 of the mean of all members (tests/golden/ensemble).
#[test]
fn the_curve_ends_at_the_mean_of_all_and_begins_at_single_models() {
    let file = std::fs::read(fsl_test_support::golden("ensemble/cases.json")).unwrap();
    let cases: Vec<SizeCase> = serde_json::from_slice(&file).unwrap();
    for SizeCase {
        members,
        labels,
        f1,
    } in cases
    {
        let curve = f1_by_size(&members, &labels);
        assert_eq!(curve.len(), members.len());
        let last = curve[members.len() - 1];
        assert_eq!(last.subsets, 1);
        close("all", last.value, f1, 1e-12);
        let singles: Vec<f64> = members
            .iter()
            .map(|one| {
                Confusion::from_probabilities(&labels, one, 0.5)
                    .unwrap()
                    .f1()
            })
            .collect();
        close("one", curve[0].value, mean(&singles), 1e-12);
        assert_eq!(curve[0].subsets, members.len());
        assert!(
            curve
                .iter()
                .all(|point| point.low <= point.value && point.value <= point.high)
        );
    }
}

#[test]
fn subsets_are_all_there_or_as_many_as_asked_for() {
    assert_eq!(subsets(5, 2).len(), 10);
    assert_eq!(subsets(4, 4), [[0, 1, 2, 3]]);
    let drawn = subsets(15, 7);
    assert_eq!(drawn.len(), SUBSETS);
    assert!(
        drawn
            .iter()
            .all(|one| one.len() == 7 && one.is_sorted_by(|a, b| a < b))
    );
    assert!(f1_by_size(&[], &[]).is_empty());
    assert!(f1_by_size(&[vec![0.5]], &[]).is_empty());
}

#[test]
fn ensembles_of_three_classes_have_spreads_and_curves() {
    let labels: Vec<Label> = (0..150).map(|text| text % 3).collect();
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut member = || {
        let row = |&label: &Label| {
            let mut row = [0, 1, 2].map(|_| random.random::<f64>());
            row[usize::from(label)] += 0.2;
            row.map(|one| one / row.iter().sum::<f64>())
        };
        Probabilities::new(3, labels.iter().flat_map(row).collect())
    };
    let members: Vec<Probabilities> = (0..5).map(|_| member()).collect();
    let names = ["a", "b", "c"].map(str::to_owned).to_vec();
    let classes = Classes::new(names, None).unwrap();
    let log_loss = Metric::named("log-loss").unwrap();
    let f1 = Metric::primary();
    let spread = ensemble_spread(&members, &labels, &classes, &[log_loss, f1]).unwrap();
    let of: Vec<&str> = spread.sds.iter().map(|(metric, _)| metric.id).collect();
    let expected = "macro_f1 macro_precision macro_recall accuracy mcc log_loss";
    assert_eq!(of.join(" "), expected);
    assert!(spread.sds.iter().all(|&(_, sd)| sd > 0.0));
    let curve = ensemble_sizes(&members, &labels, &classes, log_loss);
    assert_eq!(curve.len(), 5);
    let all = weighted_mean(&members, &[1; 5]).unwrap();
    let all = Evaluation::new(&classes, &labels, &all).unwrap();
    let expected = log_loss.evaluate(&all).unwrap().unwrap();
    close("all", curve[4].value, expected, 1e-12);
    assert!(curve[0].value > curve[4].value);
    let text = serde_json::to_string(&curve[4]).unwrap();
    assert!(
        text.starts_with(r#"{"members":5,"subsets":1,"log_loss":"#),
        "{text}"
    );
    assert!(ensemble_sizes(&members, &labels, &classes, f1).is_empty());
    assert_eq!(
        ensemble_spread(&members, &labels, &Classes::zero_one(), &[]),
        None
    );
}
