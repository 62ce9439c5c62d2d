//! The model card: what a model folder's README.md says.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use super::training_set::{Task, TrainingSet, Validation};
use crate::named_encoder::NamedEncoder;
use fsl_common::classes::{Classes, Label};
use fsl_common::settings::model_folder;
use fsl_common::settings::{FitParams, LongTexts};
use fsl_common::shown;
use fsl_core::trial::{DataWarnings, Host};
use fsl_exp::cli::output::CARD_MARK;
use fsl_metrics::{ConfusionMatrix, Metric, RecordMetrics};
use fsl_nn::{Compute, Device, Family, FitReport, FitSeeds};
use fsl_report::{percent, thousands};

/// What a card tells.
pub(super) struct Card<'a> {
    pub(super) folder: &'a str,
    pub(super) task: &'a Task<'a>,
    pub(super) training_set: &'a TrainingSet,
    pub(super) encoder: &'a NamedEncoder,
    pub(super) params: &'a FitParams,
    /// What stands before every text.
    pub(super) prompt: Option<&'a str>,
    pub(super) seeds: FitSeeds,
    pub(super) compute: Compute,
    pub(super) threads: usize,
    pub(super) report: &'a FitReport,
    pub(super) validation: Option<&'a (Validation, RecordMetrics)>,
    pub(super) warnings: &'a DataWarnings,
}

/// The card as Markdown. The same fit gives the same card.
pub(super) fn render(card: &Card) -> String {
    let (folder, task) = (card.folder, card.task);
    let mut text = format!(
        "# {}\n\nA classifier of texts into {}: the encoder `{}` with a head, {CARD_MARK}{}`.\n",
        last_step(folder),
        names(&card.training_set.classes),
        last_step(&task.args.encoder),
        task.command
    );
    text += &section("Data", &data(card));
    if let Some((validation, metrics)) = card.validation {
        let classes = &card.training_set.classes;
        text += &section("Validation", &scores(validation, metrics, classes));
        text += &confusion(&metrics.matrix(), classes);
    }
    let mut fit = values(&task.loss);
    fit.extend(values(card.params));
    fit.push(row("max-tokens", &task.args.max_tokens));
    let long_texts = LongTexts::from(task.args.long_texts);
    if !long_texts.is_truncate() {
        fit.push(row("long-texts", long_texts.as_str()));
    }
    let prompt = |prompt| row("prompt", &format!("`{}`", shown::escaped(prompt)));
    fit.extend(card.prompt.map(prompt));
    text += &section("Hyper-parameters", &fit);
    text += &section("Seeds", &seeds(card));
    text += &section("Fit", &run(card));
    text += &usage(folder, card);
    text
}

/// The last name of a path.
fn last_step(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The mean over the steps of the last pass.
pub(super) fn last_epoch_loss(report: &FitReport) -> f64 {
    let per_epoch = (report.steps / report.epochs.max(1)).max(1);
    let last = &report.losses[report.losses.len().saturating_sub(per_epoch)..];
    last.iter().map(|&loss| f64::from(loss)).sum::<f64>() / last.len().max(1) as f64
}

type Row = (String, String);

fn row(name: &str, value: &(impl ToString + ?Sized)) -> Row {
    (name.to_owned(), value.to_string())
}

fn data(card: &Card) -> Vec<Row> {
    let TrainingSet {
        texts,
        labels,
        classes,
        ..
    } = card.training_set;
    let mut rows = vec![
        row("file", &format!("`{}`", card.task.source.name)),
        row("sha256", &card.task.source.sha256),
        row("texts", &format!("column `{}`", card.task.args.text_column)),
        row("targets", &card.task.targets),
        row("learnt from", &thousands(texts.len() as u64)),
    ];
    let count = |label: Label| {
        let count = labels.iter().filter(|&&other| other == label).count();
        thousands(count as u64)
    };
    if classes.are_zero_one() {
        rows.push(row("of which positive (above 0.5)", &count(1)));
    } else {
        let named = classes.names().iter().zip(0..);
        rows.extend(named.map(|(name, label)| row(&format!("of which `{name}`"), &count(label))));
    }
    rows.push(row(
        "of which empty",
        &thousands(card.warnings.empty_training),
    ));
    let warnings = card.warnings.clauses("validation");
    if !warnings.is_empty() {
        rows.push(row("warnings", &warnings.join("; ")));
    }
    rows
}

/// `0 and 1`, or the classes by name.
fn names(classes: &Classes) -> String {
    match classes.names() {
        [first, second] => format!("{first} and {second}"),
        _ => fsl_report::classes_sentence(classes),
    }
}

fn seeds(card: &Card) -> Vec<Row> {
    let mut seeds = vec![
        row("seed", &card.task.args.seed),
        row("init", &card.seeds.init),
        row("order", &card.seeds.order),
        row("dropout", &card.seeds.dropout),
    ];
    let drawn = card.validation.and_then(|(validation, _)| validation.seed);
    seeds.extend(drawn.map(|seed| row("sample (the held-out texts)", &seed)));
    seeds
}

/// What the fit took and ran on.
fn run(card: &Card) -> Vec<Row> {
    let host = Host::current("cpu");
    let loss = format!("{:.6}", last_epoch_loss(card.report));
    let device = if card.compute.device == Device::Cpu {
        "cpu"
    } else {
        "cuda"
    };
    vec![
        row("steps", &card.report.steps),
        row("epochs", &card.report.epochs),
        row("mean loss of the last epoch", &loss),
        row("precision", card.compute.precision.as_str()),
        row("device", device),
        row("threads", &card.threads),
        row("program", &host.program),
        row("libtorch", &host.libtorch),
        row(
            "encoder's contents",
            &format!("sha256 {}", card.encoder.sha256),
        ),
    ]
}

fn scores(validation: &Validation, metrics: &RecordMetrics, classes: &Classes) -> Vec<Row> {
    let mut rows = vec![
        row("texts", &thousands(validation.texts.len() as u64)),
        row("from", &validation.about),
    ];
    let shown = Metric::shown(classes).into_iter();
    let shares = shown.filter(|metric| metric.is_share());
    rows.extend(shares.filter_map(|metric| {
        let value = metric.from_record(metrics)?;
        Some(row(metric.label, &percent(value)))
    }));
    rows.push(row("used to choose anything", "no"));
    rows
}

/// How often each class was predicted for each, as a table.
fn confusion(matrix: &ConfusionMatrix, classes: &Classes) -> String {
    let cell = |name: &str| name.replace('|', "\\|");
    let mut text =
        "\nValidation texts by true class (rows) and predicted class (columns):\n\n|".to_owned();
    for name in classes.names() {
        text += &format!(" | {}", cell(name));
    }
    text += " |\n|---";
    text += &"|--:".repeat(classes.count());
    text += "|\n";
    for (name, counts) in classes.names().iter().zip(matrix.rows()) {
        text += &format!("| {}", cell(name));
        for count in counts {
            text += &format!(" | {count}");
        }
        text += " |\n";
    }
    text
}

/// Every field of a struct of hyper-parameters, by its name in requests.
fn values(params: &impl Serialize) -> Vec<Row> {
    // Structs of numbers and names: nothing here can fail.
    let Ok(Value::Object(fields)) = serde_json::to_value(params) else {
        return Vec::new();
    };
    let shown = |name: &str, value: Value| match value {
        Value::Null if name == "encoder-dropout" => "the encoder's own".to_owned(),
        Value::Null => "none".to_owned(),
        Value::String(text) => text,
        other => other.to_string(),
    };
    fields
        .into_iter()
        .map(|(name, value)| {
            let shown = shown(&name, value);
            (name, shown)
        })
        .collect()
}

fn section(title: &str, rows: &[Row]) -> String {
    let mut text = format!("\n## {title}\n\n| | |\n|---|---|\n");
    for (name, value) in rows {
        // Writing to memory cannot fail. A bar in a file's name would end the cell.
        let _ = writeln!(text, "| {name} | {} |", value.replace('|', "\\|"));
    }
    text
}

fn usage(folder: &str, card: &Card) -> String {
    let classes = &card.training_set.classes;
    let columns = model_folder::probability_columns(classes, card.task.probability_column);
    let written = match columns.as_slice() {
        [only] => format!("`{only}`, P(label {}), and `predicted`", classes.name(1)),
        columns => format!(
            "`{}`: the probability of each class, and `predicted`, the most likely one",
            columns.join("`, `")
        ),
    };
    let last = if classes.count() == 2 {
        "sigmoid"
    } else {
        "softmax"
    };
    let loaded = loaded(folder, card.encoder.files.config().family);
    format!(
        r"
## Use

```
fsl-exp infer --model {folder} my.csv
```

writes `my_preds.csv` with {written}. The encoder by itself, without the head{loaded}
```

The head is in `head.safetensors`: pooled hidden state → `dense`, ReLU → `output`, {last}; `fsl-exp.json` says how to pool.
"
    )
}

/// How other programs load the encoder: what follows "without the head".
fn loaded(folder: &str, family: Family) -> String {
    if family == Family::Model2Vec {
        return format!(
            r#":

```python
from model2vec import StaticModel

encoder = StaticModel.from_pretrained("{folder}")"#
        );
    }
    format!(
        r#" (BERT's pooler, which is
not used here, is said to be missing):

```python
from transformers import AutoModel, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("{folder}")
encoder = AutoModel.from_pretrained("{folder}")"#
    )
}
