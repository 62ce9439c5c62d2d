//! What the line under a table says of an experiment: its trials, and what differs between them.

use std::collections::BTreeSet;

use fsl_common::seed::Stream;
use fsl_core::spec::{Crossed, Experiment, Row};
use fsl_report::Caption;

/// The caption's parts; `data` and `computed` are those about texts and kinds of number.
pub(super) fn caption(experiment: &Experiment, data: String, computed: String) -> Caption {
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
        computed,
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
