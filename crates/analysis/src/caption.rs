//! The line under a table: an experiment's trials, what differs between them, and the kinds of number they were computed in.

use std::collections::{BTreeMap, BTreeSet};

use fsl_common::seed::Stream;
use fsl_core::runner::PlannedRow;
use fsl_core::spec::{Crossed, Experiment, Row};
use fsl_methods::EncoderInputs;
use fsl_report::{Caption, ChanceLevel, counted};

use super::stored_view::StoredView;

/// The caption's parts; `data` and `warnings` are those about texts, `computed` is about kinds of number, `chance` are the datasets'
/// chance levels.
pub(super) fn caption(
    experiment: &Experiment,
    (data, warnings): (String, Vec<String>),
    computed: String,
    chance: Vec<ChanceLevel>,
) -> Caption {
    let varies = drawn(experiment, |row, stream| row.trials.vary.contains(&stream));
    let freely = drawn(experiment, |row, stream| {
        row.trials.vary.contains(&stream) && row.levels(stream).is_none()
    });
    // What varies in some arms of a sweep only is said to vary.
    let fixed = drawn(experiment, |row, stream| !row.trials.vary.contains(&stream));
    let names = |streams: &mut dyn Iterator<Item = &Stream>| {
        streams.map(ToString::to_string).collect::<Vec<_>>()
    };
    Caption {
        trials: experiment
            .rows
            .iter()
            .map(Row::trial_count)
            .max()
            .unwrap_or(1) as usize,
        varied: names(&mut freely.iter()),
        crossed: designs(experiment, &varies),
        fixed: names(&mut fixed.difference(&varies)),
        data,
        warnings,
        computed,
        chance,
    }
}

/// The streams that rows draw from in some way, in the order of [`Stream::ALL`].
fn drawn(experiment: &Experiment, holds: impl Fn(&Row, Stream) -> bool) -> BTreeSet<Stream> {
    let mut found = BTreeSet::new();
    for row in &experiment.rows {
        let streams = row.streams().into_iter();
        found.extend(streams.filter(|&stream| holds(row, stream)));
    }
    found
}

/// The designs of the rows, such as `sample × init (5 × 5)`: one, unless a sweep goes over it. Streams that no row draws from are left out.
fn designs(experiment: &Experiment, varies: &BTreeSet<Stream>) -> Vec<String> {
    let design = |row: &Row| -> Vec<Crossed> {
        let cross = row.trials.cross.iter().copied();
        cross
            .filter(|crossed| varies.contains(&crossed.stream))
            .collect()
    };
    let designs: BTreeSet<Vec<Crossed>> = experiment.rows.iter().map(design).collect();
    let said = |design: &Vec<Crossed>| {
        let streams: Vec<String> = design.iter().map(|one| one.stream.to_string()).collect();
        let levels: Vec<String> = design.iter().map(|one| one.levels.to_string()).collect();
        format!("{} ({})", streams.join(" × "), levels.join(" × "))
    };
    let designs = designs.iter().filter(|design| !design.is_empty());
    designs.map(said).collect()
}

/// The kinds of number that the encoders of a table were computed in, such as "encoders in bf16" or "encoders in bf16 (3 trials) and f32 (12 trials)"; empty where all were in f32 on the processor.
pub(super) fn precisions(rows: &[&PlannedRow], view: StoredView) -> String {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let trials = rows
        .iter()
        .flat_map(|row| row.trials.iter().chain(&row.members));
    let mut seen: Vec<usize> = trials.copied().collect();
    seen.sort_unstable();
    seen.dedup();
    for trial in seen.into_iter().map(|index| &view.plan.trials[index]) {
        if let Some(encoder) = trial
            .inputs
            .method
            .encoder()
            .filter(|_| view.store.has(&trial.key))
        {
            *kinds.entry(precision(encoder)).or_default() += 1;
        }
    }
    precision_sentence(&kinds)
}

fn precision(encoder: &EncoderInputs) -> String {
    let mut kind = encoder.precision.as_str().to_owned();
    if let Some(inference) = encoder.inference {
        kind += &format!(", {} for inference", inference.as_str());
    }
    if !encoder.device.is_cpu() {
        kind += &format!(" on {}", encoder.device.as_str());
    }
    kind
}

fn precision_sentence(kinds: &BTreeMap<String, usize>) -> String {
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
                .map(|(kind, trials)| format!("{kind} ({})", counted(*trials as u64, "trial")));
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
            precision_sentence(
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
        let mixed = said(&[("bf16", 3), ("f32", 1)]);
        assert_eq!(mixed, "encoders in bf16 (3 trials) and f32 (1 trial)");
    }
}
