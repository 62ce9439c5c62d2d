//! Sweeps: which arms there are, what is reused, what is refused, and the texts that arms learn from.

mod arms;
mod expansion;
mod refusals;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Workplace, labelled, spec, without_keys};

/// Rows that a sweep over training texts does not touch, touches, and touches by way of another row.
const ROWS: &str = r#"
[[row]]
id = "random"
method.random = { draws = 11 }

[[row]]
id = "bow"
label = "bag of words"
method.bow = {}

[[row]]
id = "mean"
method.ensemble = { of = "bow" }
"#;

/// A place with a spec `s.toml` of these rows and this sweep.
fn swept(trials: &str, rows: &str, sweep: &str) -> Workplace {
    let place = Workplace::new();
    place.write("s.toml", spec("s", trials, rows) + "\n" + sweep);
    place
}

/// The plan of a sweep, without keys.
fn plan(sweep: &str) -> String {
    let place = swept("count = 1", ROWS, sweep);
    without_keys(&place.run("plan s.toml").expect(0).stdout)
}

/// What the plan says of each trial: `row number` to key and state.
fn trials(place: &Workplace, arguments: &str) -> BTreeMap<String, (String, String)> {
    let plan = place.run(&format!("plan --json {arguments}")).expect(0);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    let trials = plan["trials"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    trials
        .map(|trial| {
            let name = format!("{} {}", text(&trial["row"]), trial["trial"]);
            (name, (text(&trial["key"]), text(&trial["state"])))
        })
        .collect()
}
