//! What holds for any text that is read as a spec, with overrides.

use std::path::Path;

use super::context::CatalogIndex;
use super::error::Diagnostic;
use super::overrides::Override;
use super::parse::{Context, parse_alone};
use super::references;

/// The points that sweeps may have: each is checked for itself.
const MOST_POINTS: u64 = 30;

/// A spec, and behind a NUL byte overrides, one a line: it has faults or rows, and the same ones each time.
///
/// # Panics
/// Where that does not hold.
pub fn fuzz(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let (text, sets) = text.split_once('\0').unwrap_or((text, ""));
    let sets = sets
        .lines()
        .take(4)
        .filter_map(|set| Override::parse(set).ok());
    let overrides: Vec<Override> = sets.collect();
    let first = parsed(text, &overrides);
    assert_eq!(first, parsed(text, &overrides));
}

/// The experiment as a text, or its faults.
fn parsed(text: &str, overrides: &[Override]) -> Result<String, Vec<String>> {
    let shown = |faults: Vec<Diagnostic>| -> Vec<String> {
        assert!(!faults.is_empty());
        faults.iter().map(ToString::to_string).collect()
    };
    let names = CatalogIndex::example();
    let context = Context {
        names: &names,
        most_points: MOST_POINTS,
    };
    let mut applied = vec![false; overrides.len()];
    let file = Path::new("fuzz.toml");
    let spec = parse_alone(file, text, overrides, context, &mut applied).map_err(shown)?;
    let mut specs = [spec];
    let faults = references::settle(&mut specs);
    if !faults.is_empty() {
        return Err(shown(faults));
    }
    let [spec] = specs;
    assert!(!spec.experiment.rows.is_empty());
    Ok(format!("{:?}", spec.experiment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_properties_hold_for_the_committed_inputs() {
        for (name, input) in fsl_test_support::corpus("spec") {
            println!("spec/{name}");
            fuzz(&input);
        }
    }
}
