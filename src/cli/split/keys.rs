//! The settings of a split, on the command line and in a file.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use crate::cli::error::CliError;
use crate::cli::number;
use crate::cli::streaming::delimiter;
use fsl_common::classes::{Classes, ClassesError};
use fsl_core::spec::{Diagnostic, Document, Problem, SpecError};
use fsl_data::preprocess::Rules;
use fsl_data::split::{Settings, Size};
use fsl_data::stream::Delimiter;
use fsl_data::{Sampling, label_text};

/// The keys of a split. Each is an option of the command line and a key of the file; a key that is in neither has its default.
#[derive(Debug, Clone, Default, Args, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Keys {
    /// A CSV file with a header, plain, gzipped or alone in a zip archive; `-` for standard input
    #[arg(value_name = "INPUT")]
    #[serde(default)]
    pub(super) input: Option<PathBuf>,
    /// The folder to write train.csv, test.csv, transfer.csv and split.json to
    #[arg(short, long, value_name = "DIR")]
    #[serde(default)]
    pub(super) output: Option<PathBuf>,
    /// Texts of the training set: N, N:balanced, N:stratified, N:random, N:shots (of each class), A:B:… (of each class in order) or rest
    #[arg(long, value_name = "SIZE", value_parser = size)]
    #[serde(default)]
    train: Option<Written>,
    /// Texts of the test set
    #[arg(long, value_name = "SIZE", value_parser = size)]
    #[serde(default)]
    test: Option<Written>,
    /// Texts of the transfer set
    #[arg(long, value_name = "SIZE", value_parser = size)]
    #[serde(default)]
    transfer: Option<Written>,
    /// How a plain number of texts is divided between the classes [default: balanced]
    #[arg(long, value_enum)]
    #[serde(default)]
    balance: Option<BalanceName>,
    /// Keep the labels of the transfer set
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[serde(default)]
    transfer_labels: Option<bool>,
    /// The column of texts [default: text]
    #[arg(long, value_name = "COLUMN")]
    #[serde(default)]
    #[schemars(length(min = 1))]
    text_column: Option<String>,
    /// The column of labels [default: category]
    #[arg(long, value_name = "COLUMN")]
    #[serde(default)]
    #[schemars(length(min = 1))]
    label_column: Option<String>,
    /// The classes in order, with commas between [default: the labels of INPUT]
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    #[serde(default)]
    classes: Option<Vec<String>>,
    /// The text rules that make `text_pp`, on which texts are compared [default: reference]
    #[arg(long, value_enum)]
    #[serde(default)]
    rules: Option<RulesName>,
    /// The minimum number of characters of a text after the rules [default: 31]
    #[arg(long, value_name = "N", value_parser = number::between::<u32>(0, 1_000_000))]
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000))]
    min_chars: Option<u32>,
    /// Allow duplicate texts to be drawn more than once, all into one set
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[serde(default)]
    keep_duplicates: Option<bool>,
    /// Skip and count rows with a bad label or a wrong number of fields
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[serde(default)]
    skip_bad_rows: Option<bool>,
    /// The seed of all draws [default: 0]
    #[arg(long, value_name = "SEED", value_parser = number::between::<u64>(0, MOST_SEED))]
    #[serde(default)]
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_u64))]
    seed: Option<u64>,
    /// The input's field delimiter: one ASCII character, `tab`, or `auto` to detect it from the header [default: ,]
    #[arg(long, value_name = "CHAR|auto", value_parser = separator)]
    #[serde(default)]
    delimiter: Option<Written>,
}

/// 2⁵³ − 1: the greatest whole number that every reader of JSON keeps.
const MOST_SEED: u64 = 9_007_199_254_740_991;

/// A value as it was written, a number or a text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum BalanceName {
    /// As many texts of each class
    Balanced,
    /// Each class by its share of all texts
    Stratified,
    /// Without regard to labels
    Random,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum RulesName {
    /// No rules: the column `text_pp` is used where there is one, else the text
    None,
    /// The published rules, quirks included; the result is lower-case ASCII
    Reference,
    /// Keeps accents, scripts, emoji and capitals
    Tidy,
}

impl Keys {
    /// The keys of a file. Its paths count from its folder.
    ///
    /// # Errors
    /// A file that cannot be read; every fault of one that can.
    pub(super) fn load(file: &Path) -> Result<Self, SpecError> {
        let document = Document::<Self>::load(file)?;
        let mut faults = Vec::new();
        let keys = &document.value;
        let mut check = |key: &str, value: &Option<Written>, allowed: Result<(), String>| {
            if let (Some(value), Err(allowed)) = (value, allowed) {
                let got = format!("`{}`", value.0);
                let problem = Problem::NotAllowed { got, allowed };
                faults.push(document.fault(file, key, problem));
            }
        };
        for (key, value) in [
            ("train", &keys.train),
            ("test", &keys.test),
            ("transfer", &keys.transfer),
        ] {
            let fits = value
                .as_ref()
                .map_or(Ok(()), |value| size(&value.0).map(|_| ()));
            check(
                key,
                value,
                fits.map_err(|problem| without_must_be(&problem)),
            );
        }
        let fits = keys
            .delimiter
            .as_ref()
            .map_or(Ok(()), |value| separator(&value.0).map(|_| ()));
        check(
            "delimiter",
            &keys.delimiter,
            fits.map_err(|problem| without_must_be(&problem)),
        );
        if let Err(error) = keys.classes() {
            let problem = Problem::Conflict(error.to_string());
            faults.push(document.fault(file, "classes", problem));
        }
        if !faults.is_empty() {
            faults.sort_by_key(Diagnostic::line);
            return Err(SpecError::Faulty(faults));
        }
        let mut keys = document.value;
        let folder = file.parent().unwrap_or(Path::new(""));
        for path in [&mut keys.input, &mut keys.output].into_iter().flatten() {
            if path != Path::new("-") {
                *path = folder.join(&*path);
            }
        }
        Ok(keys)
    }

    /// These keys, and those of `other` where these have none.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            input: self.input.or(other.input),
            output: self.output.or(other.output),
            train: self.train.or(other.train),
            test: self.test.or(other.test),
            transfer: self.transfer.or(other.transfer),
            balance: self.balance.or(other.balance),
            transfer_labels: self.transfer_labels.or(other.transfer_labels),
            text_column: self.text_column.or(other.text_column),
            label_column: self.label_column.or(other.label_column),
            classes: self.classes.or(other.classes),
            rules: self.rules.or(other.rules),
            min_chars: self.min_chars.or(other.min_chars),
            keep_duplicates: self.keep_duplicates.or(other.keep_duplicates),
            skip_bad_rows: self.skip_bad_rows.or(other.skip_bad_rows),
            seed: self.seed.or(other.seed),
            delimiter: self.delimiter.or(other.delimiter),
        }
    }

    /// The classes, if they are named. Their names are read as labels are.
    fn classes(&self) -> Result<Option<Classes>, ClassesError> {
        let Some(names) = &self.classes else {
            return Ok(None);
        };
        let names = names.iter().map(|name| label_text(name).to_owned());
        Classes::new(names.collect(), None).map(Some)
    }

    /// What the keys mean, with the default of each that is not given.
    pub(super) fn settings(&self) -> Result<Settings, CliError> {
        let sampling = match self.balance {
            None | Some(BalanceName::Balanced) => Sampling::Balanced,
            Some(BalanceName::Stratified) => Sampling::Stratified,
            Some(BalanceName::Random) => Sampling::Random,
        };
        let size = |option, value: &Option<Written>| {
            let size = value.as_ref().map(|value| value.0.parse::<Size>());
            let size = size.transpose().map_err(|error| CliError::Usage {
                option,
                problem: error.to_string(),
            });
            size.map(|size| size.map(|size| size.or(sampling)))
        };
        let separator = self.delimiter.as_ref().map(|value| delimiter(&value.0));
        let separator = separator.transpose().map_err(|problem| CliError::Usage {
            option: "--delimiter",
            problem,
        });
        let classes = self.classes().map_err(|error| CliError::Usage {
            option: "--classes",
            problem: error.to_string(),
        });
        Ok(Settings {
            delimiter: separator?.unwrap_or(Delimiter::Is(b',')),
            text_column: self.text_column.clone().unwrap_or("text".to_owned()),
            label_column: self.label_column.clone().unwrap_or("category".to_owned()),
            classes: classes?,
            rules: match self.rules {
                Some(RulesName::None) => None,
                None | Some(RulesName::Reference) => Some(Rules::Reference),
                Some(RulesName::Tidy) => Some(Rules::Tidy),
            },
            min_chars: self.min_chars.unwrap_or(31) as usize,
            keep_duplicates: self.keep_duplicates.unwrap_or(false),
            skip_bad_rows: self.skip_bad_rows.unwrap_or(false),
            seed: self.seed.unwrap_or(0),
            train: size("--train", &self.train)?,
            test: size("--test", &self.test)?,
            transfer: size("--transfer", &self.transfer)?,
            transfer_labels: self.transfer_labels.unwrap_or(false),
        })
    }
}

fn size(written: &str) -> Result<Written, String> {
    match written.parse::<Size>() {
        Ok(_) => Ok(Written(written.to_owned())),
        Err(error) => Err(error.to_string()),
    }
}

fn separator(written: &str) -> Result<Written, String> {
    delimiter(written).map(|_| Written(written.to_owned()))
}

/// A fault of a file says `must be` itself.
fn without_must_be(problem: &str) -> String {
    match problem.strip_prefix("must be ") {
        Some(allowed) => allowed.to_owned(),
        None => format!("something else: {problem}"),
    }
}

impl JsonSchema for Written {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Written".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["integer", "string"] })
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WrittenVisitor)
    }
}

struct WrittenVisitor;

impl Visitor<'_> for WrittenVisitor {
    type Value = Written;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an integer or a string")
    }

    fn visit_i64<E>(self, number: i64) -> Result<Written, E> {
        Ok(Written(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Written, E> {
        Ok(Written(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Written, E> {
        Ok(Written(text.to_owned()))
    }
}
