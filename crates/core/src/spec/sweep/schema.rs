//! The JSON Schema of `sweep`. Its keys are the user's, so that it is written by hand; [`read`](super::read) checks the same.

use serde_json::{Value, json};

/// A table, or an array of them: the keywords for the one do not bear on the other.
pub(in crate::spec) fn schema() -> Value {
    let point = json!({ "type": "object" });
    let axes = json!({ "type": "array", "minItems": 1 });
    let keys = json!({
        "grid": {
            "description": "Every combination of these keys' values: key (as `--set` has it) = list of values.",
            "type": "object",
            "additionalProperties": axes,
        },
        "zip": {
            "description": "Values that go together: key = list of values, all lists of one length; their first values are one point, their second another.",
            "type": "object",
            "additionalProperties": axes,
        },
        "cases": {
            "description": "Points written out: a list of tables, each key = value. A key that one leaves out stays as the spec has it.",
            "type": "array",
            "items": point,
        },
        "exclude": {
            "description": "Points to leave out: a list of tables, each key = value; a point that has all values of one is dropped.",
            "type": "array",
            "items": point,
        },
    });
    json!({
        "description": "Which keys are swept: every row that they bear on becomes an arm per point. Within one sweep, grid, zip and cases multiply; several sweeps (`[[sweep]]`) add up.",
        "type": ["object", "array"],
        "properties": keys,
        "additionalProperties": false,
        "items": { "type": "object", "properties": keys, "additionalProperties": false },
    })
}
