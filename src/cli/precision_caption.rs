//! In which kinds of number the encoders of a table were computed.

use std::collections::BTreeMap;

use fsl_core::runner::{Plan, PlannedRow};
use fsl_core::store::Store;
use fsl_methods::EncoderInputs;

/// Such as "encoders in bf16" or "encoders in bf16 (3 trials) and f32 (12)"; empty where all were in f32 on the processor.
pub(super) fn sentence(rows: &[&PlannedRow], plan: &Plan, store: &Store) -> String {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let trials = rows
        .iter()
        .flat_map(|row| row.trials.iter().chain(&row.members));
    let mut seen: Vec<usize> = trials.copied().collect();
    seen.sort_unstable();
    seen.dedup();
    for trial in seen.into_iter().map(|index| &plan.trials[index]) {
        if let Some(encoder) = trial
            .inputs
            .method
            .encoder()
            .filter(|_| store.has(&trial.key))
        {
            *kinds.entry(kind(encoder)).or_default() += 1;
        }
    }
    said(&kinds)
}

fn kind(encoder: &EncoderInputs) -> String {
    let mut kind = encoder.precision.as_str().to_owned();
    if let Some(inference) = encoder.inference {
        kind += &format!(", {} for inference", inference.as_str());
    }
    if !encoder.device.is_cpu() {
        kind += &format!(" on {}", encoder.device.as_str());
    }
    kind
}

fn said(kinds: &BTreeMap<String, usize>) -> String {
    match kinds.len() {
        0 => String::new(),
        1 if kinds.contains_key("f32") => String::new(),
        1 => format!(
            "encoders in {}",
            kinds.keys().next().map_or("", String::as_str)
        ),
        _ => {
            let counts = kinds
                .iter()
                .map(|(kind, trials)| format!("{kind} ({trials} trials)"));
            format!("encoders in {}", counts.collect::<Vec<_>>().join(" and "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixtures_are_counted_and_plain_f32_is_not_worth_a_word() {
        let said = |kinds: &[(&str, usize)]| {
            said(
                &kinds
                    .iter()
                    .map(|(kind, trials)| ((*kind).to_owned(), *trials))
                    .collect(),
            )
        };
        assert_eq!(said(&[]), "");
        assert_eq!(said(&[("f32", 5)]), "");
        assert_eq!(said(&[("bf16", 5)]), "encoders in bf16");
        let mixed = said(&[("bf16", 3), ("f32", 12)]);
        assert_eq!(mixed, "encoders in bf16 (3 trials) and f32 (12 trials)");
    }
}
