//! The settings of every row, those that its spec leaves to a default included.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::stored_view::StoredView;
use fsl_common::settings::SampleSize;
use fsl_core::runner::PlannedRow;
use fsl_core::spec::{Data, DataSource, Row, TransferSource};
use fsl_methods::Imported;
use fsl_report::paper::{Citation, Settings};
use fsl_report::runs::dotted;

/// Stands for a value that is not set.
const UNSET: &str = "–";

/// The settings of the rows that were asked for, in the order of the table.
pub fn settings(view: StoredView) -> Vec<Settings> {
    view.requested_rows()
        .map(|planned| {
            let row = view.declared(planned);
            let mut values = data(row);
            values.extend(trials(row));
            values.extend(method(row, planned, view));
            Settings {
                row: row.label.clone(),
                values,
            }
        })
        .collect()
}

fn named(name: &str, value: String) -> (String, String) {
    (name.to_owned(), value)
}

/// A file without its folder.
fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// What is learnt from and scored on. Files go by their names: where they lie on this machine is nobody else's concern.
fn data(row: &Row) -> Vec<(String, String)> {
    let Data {
        source,
        text,
        label,
        preprocess,
        transfer,
        transfer_size,
        ..
    } = row.data.as_ref();
    let mut values = match source {
        DataSource::Catalog(name) => vec![named("data.dataset", name.clone())],
        DataSource::Files {
            train,
            test,
            transfer,
        } => {
            let files = [("data.train", train), ("data.test", test)];
            let files = files.into_iter();
            files
                .chain(transfer.iter().map(|transfer| ("data.transfer", transfer)))
                .map(|(name, path)| named(name, file_name(path)))
                .collect()
        }
    };
    if *transfer == Some(TransferSource::Train) {
        values.push(named("data.transfer", "train".to_owned()));
    }
    values.extend(transfer_size.map(|size| named("data.transfer-size", size.to_string())));
    values.push(named("data.text", text.clone()));
    values.push(named("data.label", label.clone()));
    let rules = serde_json::to_value(preprocess).unwrap_or(Value::Null);
    values.push(named("data.preprocess", said(rules)));
    values
}

/// How often, from how many texts, and what differs. The mean of another row's trials has none of its own.
fn trials(row: &Row) -> Vec<(String, String)> {
    if !row.method.requirements().has_trials() {
        return Vec::new();
    }
    let trials = row.trials.as_ref();
    let drawn = row.streams();
    let varied: Vec<String> = (trials.vary.iter())
        .filter(|stream| drawn.contains(stream))
        .map(ToString::to_string)
        .collect();
    let varied = if varied.is_empty() {
        UNSET.to_owned()
    } else {
        varied.join(", ")
    };
    let size = trials.train_size;
    vec![
        named(
            "trials.train-size",
            match size {
                None => "all".to_owned(),
                Some(SampleSize::Texts(texts)) => texts.to_string(),
                Some(SampleSize::Shots(shots)) => format!("{shots} of each class"),
            },
        ),
        named("trials.seed", trials.seed.to_string()),
        named("trials.count", row.trial_count().to_string()),
        named("trials.vary", varied),
    ]
}

/// The method with every value spelled out: the first trial's inputs, with the names that the spec has for what they know by its contents.
fn method(row: &Row, planned: &PlannedRow, view: StoredView) -> Vec<(String, String)> {
    let needs = row.method.requirements();
    if let (Some(base), false) = (needs.base, needs.has_trials()) {
        let name = row.method.name();
        return vec![
            named("method", name.to_owned()),
            (format!("{name}.{}", base.key), base.row.to_string()),
            (format!("{name}.size"), planned.members.len().to_string()),
        ];
    }
    if let Some(imported) = needs.imported {
        return files(row.method.name(), imported);
    }
    let encoder = || needs.encoder.map(str::to_owned);
    let first = planned.trials.first();
    let inputs = first.map(|&trial| &view.plan.trials[trial].inputs.method);
    let Some(inputs) = inputs else {
        // What it builds on is not here, and some of its values are not known without.
        return encoder()
            .map(|encoder| named("encoder", encoder))
            .into_iter()
            .collect();
    };
    let mut values = vec![named("method", inputs.name().to_owned())];
    for (name, value) in dotted(&serde_json::to_value(inputs).unwrap_or(Value::Null)) {
        if let Some(method) = name.strip_suffix(".encoder.sha256") {
            values.extend(encoder().map(|encoder| (format!("{method}.encoder"), encoder)));
        }
        let teacher = needs.teacher();
        match teacher.filter(|_| name.ends_with(".lesson.teacher")) {
            Some(teacher) => values.push((name, teacher.to_string())),
            None if INNER_ROWS.contains(&name.as_str()) => values.push((name, inner_rows(row))),
            None => values.push((name, said(value))),
        }
    }
    values
}

/// The keys that name rows whose methods a method has inside.
const INNER_ROWS: [&str; 3] = ["select.candidates", "mixture.of", "calibrate.of"];

/// The rows whose methods a row has inside, by their names.
fn inner_rows(row: &Row) -> String {
    let names = row.method.inner_rows().iter();
    names
        .map(|name| name.row.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// The files of a row that another program predicted. Their checksums differ from trial to trial.
fn files(method: &str, imported: Imported) -> Vec<(String, String)> {
    let files = [
        ("file", Some(imported.file)),
        ("transfer", imported.transfer),
    ];
    let files = files.into_iter();
    let named_files = files
        .filter_map(|(key, path)| Some((format!("{method}.{key}"), file_name(Path::new(path?)))));
    std::iter::once(named("method", method.to_owned()))
        .chain(named_files)
        .collect()
}

/// A value as a cell.
fn said(value: Value) -> String {
    match value {
        Value::Null => UNSET.to_owned(),
        Value::String(text) => text,
        value => value.to_string(),
    }
}

/// Those of the catalogue's works that the rows use: their datasets and encoders.
pub fn citations(view: StoredView, catalog: impl IntoIterator<Item = Citation>) -> Vec<Citation> {
    let rows = || {
        view.requested()
            .flat_map(|(_, experiment)| &experiment.rows)
    };
    let datasets = rows().filter_map(|row| match &row.data.source {
        DataSource::Catalog(name) => Some(name.as_str()),
        DataSource::Files { .. } => None,
    });
    // A folder or a repository of the hub is no name of the catalogue, and nothing is known of it.
    let encoders = rows().filter_map(|row| row.method.requirements().encoder);
    let names: BTreeSet<&str> = datasets.chain(encoders).collect();
    let catalog = catalog.into_iter();
    catalog
        .filter(|work| names.contains(work.name.as_str()))
        .collect()
}
