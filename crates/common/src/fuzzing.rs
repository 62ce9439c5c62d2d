//! What holds for any bytes that are read as the files of a sentence encoder.

use std::path::{Component, Path};

use crate::sentence::{self, DenseConfig, Layout, SentenceFault};
use crate::shown;

/// A modules.json, or the configuration of a module: what is accepted stays in its folder, sizes can be multiplied, and what is refused is
/// told on one short printable line.
///
/// # Panics
/// Where that does not hold.
pub fn modules(input: &[u8]) {
    match Layout::parse(Path::new("modules.json"), input) {
        Ok(layout) => {
            let names = [layout.required(), layout.optional()].concat();
            let folders = layout.dense().map(str::to_owned);
            assert!(names.into_iter().chain(folders).all(|name| stays(&name)));
        }
        Err(fault) => check(&fault),
    }
    match DenseConfig::parse(Path::new("config.json"), input) {
        Ok(config) => {
            let numbers = config.outputs.checked_mul(config.inputs);
            assert!(config.inputs > 0 && numbers > Some(0));
        }
        Err(fault) => check(&fault),
    }
    for fault in sentence::faults(Path::new("config.json"), input) {
        check(&fault);
    }
}

/// Whether a file of this name lies below its folder.
fn stays(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    parts.all(|part| matches!(part, Component::Normal(_))) && !name.contains(['\\', ':', '\0'])
}

fn check(fault: &SentenceFault) {
    let message = fault.to_string();
    assert!(message.len() < 2000, "{message}");
    assert_eq!(shown::escaped(&message), message);
}

#[cfg(test)]
mod tests {
    use super::*;
    use fsl_test_support::corpus;

    #[test]
    fn the_properties_hold_for_the_committed_inputs() {
        for (name, input) in corpus("modules") {
            println!("modules/{name}");
            modules(&input);
        }
    }
}
