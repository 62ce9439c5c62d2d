//! Comparisons for programs: fractions in [0, 1].

use serde::Serialize;
use serde_json::{Value, json};

use super::compared::{Compared, ComparedRow, Comparison};
use fsl_metrics::{Effect, Evidence, Interval, Metric, Needed, Noise, Scope, SeedEvidence};

#[derive(Serialize)]
struct Document {
    margin: f64,
    level: f64,
    comparisons: Vec<Value>,
    missing: Vec<Value>,
}

/// The document that `--format json` prints.
pub(super) fn render(compared: &Compared) -> String {
    let missing = compared.missing.iter().map(|missing| {
        let [a, b] = &missing.rows;
        json!({ "a": a, "b": b, "lacking": missing.lacking, "command": missing.command })
    });
    let document = Document {
        margin: compared.margin,
        level: fsl_metrics::LEVEL,
        comparisons: compared.comparisons.iter().map(comparison).collect(),
        missing: missing.collect(),
    };
    #[expect(
        clippy::expect_used,
        reason = "only text and numbers under text keys: nothing that JSON lacks"
    )]
    let text = serde_json::to_string_pretty(&document).expect("a JSON document");
    text + "\n"
}

fn comparison(comparison: &Comparison) -> Value {
    let Comparison {
        rows: [a, b],
        pairing,
        evidence,
        decision,
    } = comparison;
    json!({
        "a": row(a, evidence.metric, evidence.values[0], evidence.trials[0]),
        "b": row(b, evidence.metric, evidence.values[1], evidence.trials[1]),
        "verdict": decision.verdict.name(),
        "scope": match decision.scope {
            Scope::Methods => "methods",
            Scope::OneTeacher => "one-teacher",
            Scope::TheseModels => "these-models",
        },
        "difference": evidence.difference,
        "interval": interval(evidence.interval),
        "p": decision.p,
        "p_adjusted": decision.p_adjusted,
        "p_equivalent": decision.p_equivalent,
        "pairing": pairing,
        "noise": noise(&evidence.noise),
        "seed_test": seed_test(&evidence.seeds, decision.seed_test),
        "effect": evidence.effect.map(effect),
        "superiority": evidence.superiority.map(|ahead| json!({
            "share": ahead.share,
            "interval": ahead.interval.map(interval),
        })),
        "mcnemar": mcnemar(evidence),
        "test_texts": evidence.texts,
        "needed": decision.needed.map(needed),
    })
}

fn row(row: &ComparedRow, metric: &Metric, value: f64, n: usize) -> Value {
    json!({
        "row": row.name, "label": row.label, metric.id: value, "n": n, "members": row.members, "collapsed": row.collapsed,
    })
}

fn interval(Interval { low, high }: Interval) -> Value {
    json!({ "low": low, "high": high })
}

fn noise(noise: &Noise) -> Value {
    json!({
        "error": noise.error(),
        "seeds": noise.seed_variance().sqrt(),
        "texts": noise.texts.sqrt(),
        "two_way": {
            "sd": noise.two_way.sd,
            "interval": interval(noise.two_way.interval),
            "ahead": noise.two_way.ahead,
        },
    })
}

fn seed_test(seeds: &SeedEvidence, takes_part: bool) -> Value {
    let Some(test) = seeds.test() else {
        return Value::Null;
    };
    let (name, n) = match seeds {
        SeedEvidence::Pairs { pairs, .. } => ("sign-flip", json!(pairs)),
        SeedEvidence::AgainstFixed { trials, .. } => ("sign-flip-against-fixed", json!(trials)),
        SeedEvidence::Unpaired { trials, .. } => ("permutation", json!(trials)),
        SeedEvidence::Resampled { .. } | SeedEvidence::Nothing => return Value::Null,
    };
    json!({ "test": name, "n": n, "p": test.p, "exact": test.exact, "least": test.least, "takes_part": takes_part })
}

fn effect(effect: Effect) -> Value {
    match effect {
        Effect::Paired(size) => json!({ "kind": "cohens-dz", "size": size }),
        Effect::Unpaired(size) => json!({ "kind": "hedges-g", "size": size }),
    }
}

fn mcnemar(evidence: &Evidence) -> Option<Value> {
    evidence.mcnemar.as_ref().map(|test| {
        json!({ "only_a": test.only_first, "only_b": test.only_second, "exact": true, "p": test.p })
    })
}

fn needed(needed: Needed) -> Value {
    match needed {
        Needed::Seeds(more) => json!({ "more_seeds": more }),
        Needed::Texts(texts) => json!({ "test_texts": texts }),
        Needed::Both(more, texts) => json!({ "more_seeds": more, "test_texts": texts }),
        Needed::Unresolvable => Value::Null,
    }
}
