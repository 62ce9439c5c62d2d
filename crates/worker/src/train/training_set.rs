//! Training tasks: what is learnt from which file, and what is held back to score the outcome.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fsl_common::classes::{Classes, Label};
use fsl_common::seed::{self, Stream};
use fsl_common::settings::LossParams;
use fsl_data::stream::{Input, WholeInput, read_whole};
use fsl_data::{self as data, Columns, DataError, Format, SampleSize, Texts};
use fsl_exp::cli::args::FitArgs;
use fsl_exp::cli::error::CliError;
use fsl_exp::cli::streaming;

/// Texts with targets in [0, 1] and the labels that these amount to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TrainingSet {
    pub(super) texts: Vec<String>,
    /// Text by text; of two classes one per text, of more one per class.
    pub(super) targets: Vec<f32>,
    pub(super) labels: Vec<Label>,
    pub(super) classes: Classes,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// Its name without its folder.
    pub(super) name: String,
    /// The checksum of the file; of the unpacked bytes where it is standard input.
    pub(super) sha256: String,
}

/// What is to be made, beside the texts.
pub(super) struct Task<'a> {
    /// `train` or `distill`.
    pub(super) command: &'static str,
    pub(super) args: &'a FitArgs,
    pub(super) loss: LossParams,
    /// What the targets are, for people.
    pub(super) targets: String,
    /// What `infer` shall call the model's probabilities; the usual name where it is left out.
    pub(super) probability_column: Option<&'a str>,
    /// The file that is learnt from.
    pub(super) source: Source,
}

/// Texts with labels that nothing is learnt from.
#[derive(Debug)]
pub(super) struct Validation {
    pub(super) texts: Vec<String>,
    pub(super) labels: Vec<Label>,
    /// What they are, for people.
    pub(super) about: String,
    /// The seed by which they were drawn out of the training set.
    pub(super) seed: Option<u64>,
}

/// What `--validation` names.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ValidationSource {
    File(PathBuf),
    Fraction(f64),
}

impl ValidationSource {
    /// A number is a fraction; a file that is called so can be named `./0.2`.
    pub(super) fn parse(args: &FitArgs, input: &Input) -> Result<Option<Self>, CliError> {
        let Some(written) = &args.validation else {
            return Ok(None);
        };
        let refused = |problem: String| {
            Err(CliError::Usage {
                option: "--validation",
                problem,
            })
        };
        match written.parse::<f64>() {
            Ok(fraction) if fraction > 0.0 && fraction < 1.0 => Ok(Some(Self::Fraction(fraction))),
            Ok(_) => refused(format!(
                "got {written}, must be a fraction between 0 and 1, or a file"
            )),
            Err(_) => {
                let path = PathBuf::from(written);
                let same = |file: &Path| {
                    file.canonicalize()
                        .is_ok_and(|file| path.canonicalize().is_ok_and(|path| path == file))
                };
                if matches!(input, Input::File(file) if same(file)) {
                    return refused(format!("`{written}` is the training file"));
                }
                Ok(Some(Self::File(path)))
            }
        }
    }
}

/// The bytes of an input, its delimiter, and what it was.
pub(super) fn read(input: &Input, args: &FitArgs) -> Result<(Vec<u8>, u8, Source), DataError> {
    let WholeInput {
        bytes,
        delimiter,
        sha256,
    } = read_whole(input, args.delimiter, &args.text_column)?;
    let name = input.name();
    let name = name.file_name().unwrap_or(name.as_os_str());
    let source = Source {
        name: name.to_string_lossy().into_owned(),
        sha256,
    };
    Ok((bytes, delimiter, source))
}

/// Refuses texts that hold nothing at all; single empty ones are learnt from as they are.
pub(super) fn some_text(input: &Input, column: &str, texts: &[String]) -> Result<(), DataError> {
    if texts.iter().all(|text| text.trim().is_empty()) {
        return Err(DataError::NoText {
            path: input.name().to_owned(),
            column: column.to_owned(),
            got: texts.len(),
        });
    }
    Ok(())
}

/// Labelled texts.
pub(super) fn labelled(input: &Input, args: &FitArgs) -> Result<(Texts, Source), DataError> {
    let (bytes, delimiter, source) = read(input, args)?;
    let columns = Columns {
        text: &args.text_column,
        label: Some(&args.label_column),
    };
    let format = Format::separated_by(delimiter);
    let texts = data::read_csv_bytes(input.name(), &bytes, &columns, &format)?;
    some_text(input, &args.text_column, &texts.texts)?;
    Ok((texts, source))
}

/// Takes the held-out texts out of the training set, or reads their file.
pub(super) fn split_validation(
    training_set: TrainingSet,
    held: Option<&ValidationSource>,
    args: &FitArgs,
) -> Result<(TrainingSet, Option<Validation>), CliError> {
    match held {
        None => Ok((training_set, None)),
        Some(ValidationSource::File(path)) => {
            let (texts, source) = labelled(&streaming::input(path), args)?;
            let validation = Validation {
                about: format!("`{}`, sha256 {}", source.name, source.sha256),
                texts: texts.texts,
                labels: texts
                    .labels
                    .unwrap_or_default()
                    .labels(&training_set.classes)?,
                seed: None,
            };
            Ok((training_set, Some(validation)))
        }
        Some(ValidationSource::Fraction(fraction)) => {
            let size = (fraction * training_set.texts.len() as f64)
                .round()
                .max(2.0) as usize;
            let seed = seed::derive(args.seed, Stream::Sample, 0);
            let drawn = data::sample_labelled(
                &training_set.labels,
                &training_set.classes,
                SampleSize::Texts(size),
                args.sampling(),
                seed,
            )?;
            let (kept, out) = training_set.split(&drawn.into_iter().collect());
            if let Some(problem) = kept.lacks_classes() {
                return Err(CliError::Usage {
                    option: "--validation",
                    problem: format!(
                        "holding out {size} of {} texts leaves {problem} for training or validation",
                        size + kept.texts.len()
                    ),
                });
            }
            let validation = Validation {
                about: format!("held out of the same file, {fraction} of it"),
                texts: out.texts,
                labels: out.labels,
                seed: Some(seed),
            };
            Ok((kept, Some(validation)))
        }
    }
}

impl TrainingSet {
    /// Texts with labels, which are the targets.
    pub(super) fn labelled(texts: Vec<String>, labels: Vec<Label>, classes: Classes) -> Self {
        Self {
            texts,
            targets: fsl_methods::label_targets(&labels, &classes),
            labels,
            classes,
        }
    }

    /// Targets per text.
    fn columns(&self) -> usize {
        self.targets.len() / self.texts.len().max(1)
    }

    /// What is missing of the classes, if something is.
    fn lacks_classes(&self) -> Option<String> {
        let has = |label: usize| self.labels.iter().any(|&other| usize::from(other) == label);
        let missing: Vec<&String> = (self.classes.names().iter().enumerate())
            .filter(|&(label, _)| !has(label))
            .map(|(_, name)| name)
            .collect();
        match missing.as_slice() {
            [] => None,
            _ if self.classes.count() == 2 => Some("only one class".to_owned()),
            [first, ..] => Some(format!("no text of class `{first}`")),
        }
    }

    /// The texts that are not drawn, and those that are.
    fn split(self, drawn: &BTreeSet<usize>) -> (Self, Self) {
        let columns = self.columns().max(1);
        let empty = || Self {
            texts: Vec::new(),
            targets: Vec::new(),
            labels: Vec::new(),
            classes: self.classes.clone(),
        };
        let (mut kept, mut out) = (empty(), empty());
        let targets = self.targets.chunks(columns);
        let rows = self.texts.into_iter().zip(targets).zip(self.labels);
        for (index, ((text, target), label)) in rows.enumerate() {
            let to = if drawn.contains(&index) {
                &mut out
            } else {
                &mut kept
            };
            to.texts.push(text);
            to.targets.extend_from_slice(target);
            to.labels.push(label);
        }
        (kept, out)
    }
}
