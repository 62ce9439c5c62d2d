//! The chance levels of the datasets of a table.

use std::path::Path;

use fsl_common::classes::Classes;
use fsl_core::spec::{Data, DataSource};
use fsl_core::trial::DatasetStats;
use fsl_metrics::{Metric, chance_levels};
use fsl_report::ChanceLevel;

/// Adds the chance level of a row's dataset, unless it is there already. Classes called `0` and `1` have none: tables stay what they were.
pub(super) fn add(
    levels: &mut Vec<ChanceLevel>,
    metric: &Metric,
    data: &Data,
    classes: &Classes,
    stats: &DatasetStats,
) {
    if classes.are_zero_one() {
        return;
    }
    let Some(chance) = chance_levels(metric, classes, &test_counts(stats)) else {
        return;
    };
    let level = ChanceLevel {
        data: name(data),
        uniform: chance.uniform,
        most_frequent: chance.most_frequent,
    };
    if !levels.contains(&level) {
        levels.push(level);
    }
}

/// The test texts of each class.
fn test_counts(stats: &DatasetStats) -> Vec<u64> {
    match stats.test_positives {
        Some(positives) => vec![stats.test_texts.saturating_sub(positives), positives],
        None => stats.test_per_class.clone(),
    }
}

/// What people call the dataset: its name in the catalogue, or that of the test file with its folder.
fn name(data: &Data) -> String {
    match &data.source {
        DataSource::Catalog(name) => name.clone(),
        DataSource::Files { test, .. } => {
            // Several datasets may all call it `test.csv`.
            let folder = test.parent().and_then(Path::file_name);
            let file = Path::new(test.file_name().unwrap_or(test.as_os_str()));
            let name = folder.map_or(file.to_owned(), |folder| Path::new(folder).join(file));
            name.to_string_lossy().into_owned()
        }
    }
}
