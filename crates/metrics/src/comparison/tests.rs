//! Verdicts, their noise against brute force, and how often the intervals cover the truth.

use std::sync::LazyLock;

use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::Metric;
use crate::rng::StatisticRng;
use crate::testing::{NoiseCase, close, noise_cases, normal};

mod classes;
mod coverage;
mod simulation;
mod small_sets;

use simulation::{FAIR, GOOD, World};

fn side(trials: &[Vec<Label>], random: bool) -> RowPredictions {
    let one = |trial: &Vec<Label>| trial.iter().map(|&one| f64::from(one)).collect();
    let probabilities = trials.iter().map(one).map(Probabilities::two_class);
    RowPredictions::trials(probabilities.collect(), random)
}

/// F1 of the classes 0 and 1.
fn of_f1<'a>(
    labels: &'a [Label],
    a: &'a RowPredictions,
    b: &'a RowPredictions,
    pairing: Pairing,
) -> ComparisonInput<'a> {
    static ZERO_ONE: LazyLock<Classes> = LazyLock::new(Classes::zero_one);
    ComparisonInput {
        metric: Metric::primary(),
        classes: &ZERO_ONE,
        labels,
        a,
        b,
        pairing,
        one_teacher: false,
    }
}

fn measured(
    labels: &[Label],
    a: &RowPredictions,
    b: &RowPredictions,
    pairing: Pairing,
) -> Evidence {
    measure(&of_f1(labels, a, b, pairing)).unwrap()
}

/// NumPy draws 20,000 resamples and we 10,000: relative errors of 0.5 and 0.7 % of standard deviations, four of which together are 3.5 %.
#[test]
fn both_noises_are_those_of_brute_force() {
    for NoiseCase {
        labels,
        a,
        b,
        f1,
        texts,
        two_way,
    } in noise_cases()
    {
        let sides = [side(&a, true), side(&b, true)];
        let evidence = measured(&labels, &sides[0], &sides[1], Pairing::Unpaired);
        close("F1", evidence.values[0], f1[0], 1e-14);
        close("F1", evidence.values[1], f1[1], 1e-14);
        // Of several trials the interaction is taken off, which the seeds' part holds.
        if evidence.trials == [1, 1] {
            close(
                "texts",
                evidence.noise.texts.sqrt(),
                texts[0],
                0.035 * texts[0],
            );
        } else {
            assert!(evidence.noise.texts.sqrt() < texts[0]);
        }
        let both = evidence.noise.two_way;
        close("both", both.sd, two_way[0], 0.035 * two_way[0]);
        close("low", both.interval.low, two_way[1], 0.15 * two_way[0]);
        close("high", both.interval.high, two_way[2], 0.15 * two_way[0]);
    }
}

#[test]
fn the_rule_has_four_words() {
    let predicted = |points: f64, p, p_equivalent| {
        decision::verdict(points / 100.0, p, p_equivalent, 0.01).name()
    };
    assert_eq!(predicted(1.5, 0.01, 0.9), "better");
    assert_eq!(predicted(-1.5, 0.01, 0.9), "worse");
    assert_eq!(predicted(1.5, 0.06, 0.9), "undecided");
    assert_eq!(
        predicted(0.9, 0.01, 0.4),
        "undecided",
        "ahead, but not by the margin"
    );
    assert_eq!(
        predicted(0.3, 0.01, 0.01),
        "equivalent",
        "ahead by a trifle"
    );
    assert_eq!(predicted(0.3, 0.6, 0.026), "undecided");
}

fn alike(random: &mut ChaCha8Rng, n: usize) -> RowPredictions {
    let mut one = || Probabilities::two_class((0..200).map(|_| random.random()).collect());
    RowPredictions::trials((0..n).map(|_| one()).collect(), true)
}

#[test]
fn the_test_follows_from_what_the_rows_are() {
    let mut random = StatisticRng::new("kinds").for_resample(0);
    let labels: Vec<Label> = (0..200).map(|text| Label::from(text < 100)).collect();
    let (many, others, few) = (
        alike(&mut random, 8),
        alike(&mut random, 8),
        alike(&mut random, 3),
    );
    let one = RowPredictions::trials(vec![few.probabilities()[0].clone()], false);
    let members = alike(&mut random, 4).probabilities().into_owned();
    let mean = RowPredictions::Average(AveragedModels {
        members,
        fixed: false,
        models: Vec::new(),
    });
    let seeds =
        |a: &RowPredictions, b: &RowPredictions, pairing| measured(&labels, a, b, pairing).seeds;
    assert!(matches!(
        seeds(&many, &others, Pairing::Paired),
        SeedEvidence::Pairs { pairs: 8, .. }
    ));
    assert!(matches!(
        seeds(&many, &few, Pairing::Paired),
        SeedEvidence::Unpaired { trials: [8, 3], .. }
    ));
    assert!(matches!(
        seeds(&one, &many, Pairing::Unpaired),
        SeedEvidence::AgainstFixed { trials: 8, .. }
    ));
    assert_eq!(
        seeds(&mean, &many, Pairing::Unpaired),
        SeedEvidence::Resampled { seeds: 4 }
    );
    assert_eq!(seeds(&one, &one, Pairing::Unpaired), SeedEvidence::Nothing);
    let single = measured(&labels, &one, &mean, Pairing::Unpaired);
    assert!(single.mcnemar.is_some() && single.effect.is_none());
    assert_eq!(decide(&[single], 0.01)[0].scope, Scope::TheseModels);
}

#[test]
fn too_few_pairs_speak_of_these_models_only() {
    let mut random = StatisticRng::new("scope").for_resample(0);
    let labels: Vec<Label> = (0..200).map(|text| Label::from(text < 100)).collect();
    let predicted = |n: usize, random: &mut ChaCha8Rng| {
        let (a, b) = (alike(random, n), alike(random, n));
        decide(&[measured(&labels, &a, &b, Pairing::Paired)], 0.01)[0].clone()
    };
    assert_eq!(predicted(5, &mut random).scope, Scope::TheseModels);
    let six = predicted(6, &mut random);
    assert_eq!(
        (six.scope, six.verdict),
        (Scope::Methods, Verdict::Undecided)
    );
    assert!(six.needed.is_some());
}

/// Were the noise taken for 0 where two models agree on a handful of texts, they would be called equivalent.
#[test]
fn a_handful_of_texts_shows_nothing() {
    let same = side(&[vec![1, 1, 0, 0, 1, 0, 1, 0, 1, 0]], false);
    let labels = [1, 1, 0, 0, 1, 0, 1, 0, 1, 0];
    let evidence = measured(&labels, &same, &same.clone(), Pairing::Unpaired);
    assert_eq!(evidence.difference.to_string(), "0");
    let decision = &decide(&[evidence], 0.01)[0];
    assert_eq!(decision.verdict, Verdict::Undecided);
    assert!(matches!(
        decision.needed,
        Some(Needed::Texts(_) | Needed::Unresolvable)
    ));
}

/// A mean over its own members: the more seeds are asked for, the smaller the part of the noise that is due to them.
#[test]
fn more_seeds_are_asked_for_where_they_help() {
    let mut random = StatisticRng::new("needed").for_resample(0);
    let labels: Vec<Label> = (0..20_000).map(|text| Label::from(text % 2 == 0)).collect();
    let world = World {
        texts: 20_000,
        trial: 0.2,
        ..GOOD
    };
    let hard: Vec<f64> = (0..world.texts).map(|_| normal(&mut random)).collect();
    let a = side(&world.trials(&mut random, &hard, 6), true);
    let b = side(
        &World {
            skill: 0.7,
            ..world
        }
        .trials(&mut random, &hard, 6),
        true,
    );
    let decision = &decide(&[measured(&labels, &a, &b, Pairing::Paired)], 0.01)[0];
    if decision.verdict == Verdict::Undecided {
        assert!(
            matches!(decision.needed, Some(Needed::Seeds(_))),
            "{decision:?}"
        );
    }
}

#[test]
fn nothing_to_compare_is_no_evidence() {
    let side = side(&[vec![1, 0]], false);
    let gathered = |labels: &[Label]| measure(&of_f1(labels, &side, &side, Pairing::Unpaired));
    assert_eq!(gathered(&[]), None);
    assert_eq!(gathered(&[1]), None);
    assert_eq!(gathered(&[0, 0]), None, "no positive text, no F1");
}

/// With six pairs p cannot be below 2 / 2⁶, which three comparisons turn into 0.09: the test would overrule any evidence, where five pairs have none.
#[test]
fn a_test_that_cannot_decide_among_many_comparisons_takes_no_part() {
    let mut random = StatisticRng::new("family").for_resample(0);
    let world = World {
        texts: 2000,
        ..GOOD
    };
    let worse = World {
        skill: 0.3,
        ..world
    };
    let labels = world.labels();
    let hard: Vec<f64> = (0..world.texts).map(|_| normal(&mut random)).collect();
    let evidence: Vec<Evidence> = (0..3)
        .map(|_| {
            let [a, b] = [&world, &worse].map(|of| side(&of.trials(&mut random, &hard, 6), true));
            measured(&labels, &a, &b, Pairing::Paired)
        })
        .collect();
    let alone = &decide(&evidence[..1], 0.01)[0];
    assert_eq!(
        (alone.verdict, alone.scope, alone.seed_test),
        (Verdict::Better, Scope::Methods, true)
    );
    for decision in decide(&evidence, 0.01) {
        assert_eq!(decision.verdict, Verdict::Better);
        assert_eq!(
            (decision.scope, decision.seed_test),
            (Scope::TheseModels, false)
        );
    }
}

/// The seeds that are asked for must let the test over seeds decide, too.
#[test]
fn so_many_seeds_are_asked_for_as_the_exact_test_needs() {
    let mut random = StatisticRng::new("enough").for_resample(0);
    let labels: Vec<Label> = (0..2000).map(|text| Label::from(text % 2 == 0)).collect();
    let world = World {
        texts: 2000,
        trial: 0.3,
        ..GOOD
    };
    let hard: Vec<f64> = (0..world.texts).map(|_| normal(&mut random)).collect();
    let other = World {
        skill: 0.8,
        ..world
    };
    let mut asked = 0;
    for _ in 0..20 {
        let [a, b] = [&world, &other].map(|of| side(&of.trials(&mut random, &hard, 3), true));
        let evidence = vec![measured(&labels, &a, &b, Pairing::Paired); 4];
        if let Some(Needed::Seeds(more) | Needed::Both(more, _)) = decide(&evidence, 0.01)[0].needed
        {
            asked += 1;
            assert!(
                4.0 * 0.5_f64.powi(3 + more as i32 - 1) < 0.05,
                "{more} more"
            );
        }
    }
    assert!(asked > 0);
}

/// Seven of eight members are the same: drawn apart, their noise would hide any difference.
#[test]
fn means_that_share_members_are_drawn_together() {
    let mut random = StatisticRng::new("nested").for_resample(0);
    let labels: Vec<Label> = (0..400).map(|text| Label::from(text % 2 == 0)).collect();
    let members: Vec<Probabilities> = (0..8)
        .map(|_| {
            let right = |&label: &Label| f64::from(label) * 0.3 + 0.7 * random.random::<f64>();
            Probabilities::two_class(labels.iter().map(right).collect())
        })
        .collect();
    let mean = |count: usize, models: Vec<usize>| {
        RowPredictions::Average(AveragedModels {
            members: members[..count].to_vec(),
            fixed: false,
            models,
        })
    };
    let error = |pairing| {
        let (all, most) = (mean(8, (0..8).collect()), mean(7, (0..7).collect()));
        measured(&labels, &all, &most, pairing)
            .noise
            .seed_variance()
            .sqrt()
    };
    let (together, apart) = (error(Pairing::Members), error(Pairing::Unpaired));
    assert!(together < 0.6 * apart, "{together} {apart}");
    let same = measured(
        &labels,
        &mean(8, (0..8).collect()),
        &mean(8, (0..8).collect()),
        Pairing::Members,
    );
    assert!(same.noise.seed_variance() <= 0.0);
}

/// Without names of models nothing can be drawn together.
#[test]
fn nameless_models_are_drawn_apart() {
    let labels = [1, 0, 1, 0];
    let members = [vec![0.9, 0.1, 0.4, 0.6], vec![0.8, 0.2, 0.7, 0.3]];
    let members = members.map(Probabilities::two_class).to_vec();
    let mean = RowPredictions::Average(AveragedModels {
        members,
        fixed: false,
        models: Vec::new(),
    });
    let evidence = measured(&labels, &mean, &mean, Pairing::Members);
    assert_eq!(evidence.noise.seeds.len(), 2);
}

#[test]
fn agreement_of_few_trials_is_no_certainty() {
    let mut random = StatisticRng::new("few").for_resample(0);
    let labels = GOOD.labels();
    let hard: Vec<f64> = (0..GOOD.texts).map(|_| normal(&mut random)).collect();
    let bad = World { skill: 0.1, ..GOOD };
    let [a, b] = [&GOOD, &bad].map(|of| side(&of.trials(&mut random, &hard, 3), true));
    let ahead = measured(&labels, &a, &b, Pairing::Paired)
        .superiority
        .unwrap();
    assert_eq!(ahead.share.to_string(), "1");
    // Wilson's interval of 3 in 3.
    close("low", ahead.interval.unwrap().low, 0.438_5, 1e-4);
}
