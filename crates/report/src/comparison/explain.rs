//! A verdict's reasons as sentences, numbers in percentage points.

use super::compared::{ComparedRow, Comparison};
use crate::document::Prose;
use crate::text::{self, counted, metric_value, thousands};
use fsl_metrics::{
    ALPHA, Decision, Effect, Evidence, Interval, McNemar, Metric, Needed, Scope, SeedEvidence,
    SeedTest, Verdict,
};

/// `[+0.31, +1.57]`
pub(super) fn range(metric: &Metric, Interval { low, high }: Interval) -> String {
    format!(
        "[{}, {}]",
        text::difference(metric, low),
        text::difference(metric, high)
    )
}

/// A probability: three digits, or that it is smaller.
pub(super) fn p(value: f64) -> String {
    if value < 0.001 {
        "< 0.001".to_owned()
    } else {
        format!("= {value:.3}")
    }
}

impl Comparison {
    /// The reasons, one sentence each, the most important first, with labels on one line but not escaped.
    pub fn reasons(&self, margin: f64) -> Vec<String> {
        reasons(self, margin).iter().map(Prose::plain).collect()
    }
}

/// The reasons, one sentence each, the most important first.
pub(super) fn reasons(comparison: &Comparison, margin: f64) -> Vec<Prose> {
    let evidence = &comparison.evidence;
    let mut lines = vec![
        difference(comparison),
        noises(evidence),
        format!("{}; {}", comparison.pairing, seeds(comparison)),
    ];
    lines.extend(sizes(evidence));
    lines.extend(evidence.mcnemar.as_ref().map(accuracy));
    lines.push(why(comparison, margin));
    lines.extend(scope(comparison));
    lines.extend(
        comparison
            .decision
            .needed
            .map(|needed| remedy(needed, evidence)),
    );
    let mut reasons: Vec<Prose> = lines.into_iter().map(Prose::from).collect();
    reasons.extend(comparison.rows.iter().filter_map(collapsed));
    reasons
}

fn difference(comparison: &Comparison) -> String {
    let Comparison {
        evidence, decision, ..
    } = comparison;
    let metric = evidence.metric;
    let [a, b] = evidence.values.map(|value| metric_value(metric, value));
    let unit = if metric.is_share() { " points" } else { "" };
    let holm = if decision.p_adjusted <= decision.p {
        String::new()
    } else {
        format!(" (after Holm: p {})", p(decision.p_adjusted))
    };
    format!(
        "{} {a} against {b}: {}{unit}, 95 % interval {}; p {}{holm}",
        metric.label,
        text::difference(metric, evidence.difference),
        range(metric, evidence.interval),
        p(decision.p),
    )
}

fn noises(evidence: &Evidence) -> String {
    let (metric, noise) = (evidence.metric, &evidence.noise);
    let value = |number: f64| metric_value(metric, number);
    let (seeds, texts) = (noise.seed_variance().sqrt(), noise.texts.sqrt());
    let of_seeds = if noise.seeds.is_empty() {
        "no seeds vary".to_owned()
    } else {
        format!("seeds {}", value(seeds))
    };
    let resampled = if noise.few_texts && noise.two_way.sd < noise.error() {
        "resampling finds less, so the texts' part is the lower bound for few texts (rule of three)"
            .to_owned()
    } else {
        format!(
            "both resampled together (two-way bootstrap): {}, interval {}",
            value(noise.two_way.sd),
            range(metric, noise.two_way.interval)
        )
    };
    format!(
        "standard error {}: {of_seeds}, {} test texts {}; {resampled}",
        value(noise.error()),
        thousands(evidence.texts as u64),
        value(texts),
    )
}

fn seeds(comparison: &Comparison) -> String {
    let decision = &comparison.decision;
    let said = |name: &str, test: &SeedTest, of: String| {
        let kind = if test.exact {
            "exact".to_owned()
        } else {
            format!("{} draws", thousands(test.draws as u64))
        };
        if decision.seed_test {
            format!("{name} over {of} ({kind}): p {}", p(test.p))
        } else if test.can_decide(ALPHA) {
            format!(
                "{name} over {of} ({kind}): p {}, not used: with {} comparisons it cannot fall below 5 %",
                p(test.p),
                decision.family
            )
        } else {
            format!(
                "no test over {of} can be significant at 5 %: the smallest possible p of a {name} is {:.3}",
                test.least
            )
        }
    };
    match &comparison.evidence.seeds {
        SeedEvidence::Pairs { pairs, test } => {
            said("sign-flip test", test, format!("{pairs} pairs"))
        }
        SeedEvidence::AgainstFixed { trials, test } => said(
            "sign-flip test",
            test,
            format!("{trials} distances to the fixed model"),
        ),
        SeedEvidence::Unpaired {
            trials: [n, m],
            test,
        } => said("permutation test", test, format!("{n} and {m} trials")),
        SeedEvidence::Resampled { .. } => {
            "no test over seeds for ensembles: the choice of members is part of the standard error"
                .to_owned()
        }
        SeedEvidence::Nothing => "no test over seeds: neither row has random seeds".to_owned(),
    }
}

fn sizes(evidence: &Evidence) -> Option<String> {
    let effect = evidence.effect.map(|effect| match effect {
        Effect::Paired(size) => format!("Cohen's d_z {size:.2}"),
        Effect::Unpaired(size) => format!("Hedges' g {size:.2}"),
    });
    let ahead = evidence.superiority.map(|ahead| {
        let interval = ahead.interval.map_or_else(String::new, |interval| {
            format!(" [{:.2}, {:.2}]", interval.low, interval.high)
        });
        format!("P(A > B) {:.2}{interval}", ahead.share)
    });
    let parts: Vec<String> = effect.into_iter().chain(ahead).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn accuracy(test: &McNemar) -> String {
    format!(
        "accuracy, McNemar (exact): {} texts right in the first only, {} in the second only, p {}",
        thousands(test.only_first),
        thousands(test.only_second),
        p(test.p)
    )
}

fn why(comparison: &Comparison, margin: f64) -> String {
    let Comparison {
        evidence, decision, ..
    } = comparison;
    let beyond = decision.p_adjusted < ALPHA;
    let margin_text = metric_value(evidence.metric, margin);
    let direction = if evidence.difference > 0.0 {
        "ahead"
    } else {
        "behind"
    };
    match (decision.verdict, beyond) {
        (Verdict::Better | Verdict::Worse, _) => {
            format!(
                "significantly {direction}, and the difference reaches the margin of {margin_text}"
            )
        }
        (Verdict::Equivalent, false) => {
            format!("the difference is within the margin of {margin_text}")
        }
        (Verdict::Equivalent, true) => {
            format!("significantly {direction}, but by less than the margin of {margin_text}")
        }
        (Verdict::Undecided, true) if evidence.difference.abs() < margin => {
            format!("significantly {direction}, but not certainly by the margin of {margin_text}")
        }
        (Verdict::Undecided, true) => "the interval includes the margin".to_owned(),
        (Verdict::Undecided, false) => why_not_beyond_chance(evidence, decision, &margin_text),
    }
}

fn why_not_beyond_chance(evidence: &Evidence, decision: &Decision, margin: &str) -> String {
    if evidence.interval.contains(0.0) {
        format!("neither a difference nor equivalence within the margin of {margin} is significant")
    } else if decision.p >= ALPHA {
        "the interval excludes 0, but the test over seeds is not significant; a verdict needs both"
            .to_owned()
    } else {
        format!(
            "significant on its own, but not among {} comparisons",
            decision.family
        )
    }
}

fn scope(comparison: &Comparison) -> Option<String> {
    let among = match comparison.decision.family {
        0 | 1 => String::new(),
        family => format!(" in {family} comparisons"),
    };
    match comparison.decision.scope {
        Scope::Methods => None,
        Scope::OneTeacher => Some(
            "this holds for students of this teacher only: how students of other teachers would differ is not part of the noise".to_owned(),
        ),
        Scope::TheseModels if comparison.evidence.unknown_seeds => Some(
            "this holds for the trained models only: one row has a single trial, so its variation over seeds is unknown".to_owned(),
        ),
        Scope::TheseModels => Some(format!(
            "this holds for the trained models only, on texts of this kind: so few seeds do not generalise to others{among}"
        )),
    }
}

fn remedy(needed: Needed, evidence: &Evidence) -> String {
    let have = thousands(evidence.texts as u64);
    match needed {
        Needed::Seeds(more) => format!(
            "about {} for each varying row would decide it, if difference and spread stay the same",
            counted(more as u64, "more seed")
        ),
        Needed::Texts(texts) => format!(
            "no number of seeds decides it: the noise of the test texts is {}; about {} (now {have}) would, if difference and spread stay the same",
            metric_value(evidence.metric, evidence.noise.texts.sqrt()),
            counted(texts, "test text")
        ),
        Needed::Both(seeds, texts) => format!(
            "neither seeds nor texts alone decide it: about {} for each varying row and {} (now {have}) would, if difference and spread stay the same",
            counted(seeds as u64, "more seed"),
            counted(texts, "test text")
        ),
        Needed::Unresolvable => {
            "the difference is so close to the margin that no practical number of seeds or texts would decide it".to_owned()
        }
    }
}

fn collapsed(row: &ComparedRow) -> Option<Prose> {
    let what = if row.members.is_some() {
        "members"
    } else {
        "trials"
    };
    let count = row.collapsed;
    (count > 0).then(|| {
        Prose::name(&row.label).then(format!(
            ": {count} of its {what} collapsed (see `table`); they count as usual"
        ))
    })
}
