//! What trials are made of: the inputs that follow from a row, and where their contents lie.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::resources::{Blocked, DataFiles};
use crate::method::MethodInputs;
use crate::seed::{Stream, derive};
use crate::settings::EncoderSource;
use crate::settings::Preprocess;
use crate::spec::Row;
use crate::trial::{DataInputs, TrialFiles, TrialInputs};

/// What a trial is made of, its seeds apart.
#[derive(Clone)]
pub(super) struct TrialTemplate {
    pub(super) data: DataInputs,
    pub(super) method: MethodInputs,
    pub(super) files: Option<Arc<TrialFiles>>,
    /// Why the files are not here, where that was tried.
    pub(super) blocked: Option<Blocked>,
    pub(super) depends_on: Vec<usize>,
}

pub(super) fn seeds(row: &Row, number: u32) -> BTreeMap<Stream, u64> {
    let streams = row.streams().into_iter();
    let seed = |stream: Stream| {
        let trial = row.seed_number(stream, number);
        derive(row.trials.seed, stream, trial.into())
    };
    streams.map(|stream| (stream, seed(stream))).collect()
}

/// The inputs that give the same numbers where as many texts are drawn as there are: those of a spec that draws none.
pub(super) fn without_sampling(row: &Row, inputs: &TrialInputs) -> Option<TrialInputs> {
    let mut whole = inputs.clone();
    let (texts, drawn) = match &mut whole.method {
        // It may draw from both sets, by one stream.
        MethodInputs::Distill { lesson, .. } if lesson.labelled => return None,
        MethodInputs::Distill { lesson, .. } => {
            (row.data.transfer_texts, lesson.transfer_size.take())
        }
        _ => (row.data.train_texts, whole.data.train_size.take()),
    };
    whole.seeds.remove(&Stream::Sample);
    (drawn.is_some() && drawn == texts).then_some(whole)
}

/// Something that a trial needs is known, but not here yet.
pub(super) struct NotFetched;

/// Where the contents lie, if all of them are here. `encoder` and `transfer` are `Ok(None)` where the method needs none.
pub(super) fn files(
    data: &DataFiles,
    encoder: Result<Option<EncoderSource>, NotFetched>,
    transfer: Result<Option<PathBuf>, NotFetched>,
) -> Option<Arc<TrialFiles>> {
    let (train, test) = data.paths.clone()?;
    Some(Arc::new(TrialFiles {
        train,
        test,
        transfer: transfer.ok()?,
        encoder: encoder.ok()?,
    }))
}

/// The column that is read: the learnt one as it is, or the one that the text rules read.
pub(super) fn read_column(row: &Row) -> &str {
    let data = &row.data;
    if data.preprocess == Preprocess::None {
        &data.text
    } else {
        &data.raw_text
    }
}

pub(super) fn data_inputs(row: &Row, files: &DataFiles) -> DataInputs {
    DataInputs {
        train: files.train_sha256.clone(),
        test: files.test_sha256.clone(),
        text: read_column(row).to_owned(),
        label: row.data.label.clone(),
        preprocess: row.data.preprocess,
        train_size: row.trials.train_size,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::method::{EncoderInputs, LessonInputs, TransferInputs};
    use crate::settings::{DeviceKind, Precision};
    use crate::spec::{DatasetName, Distill, Names, parse};

    /// The row `s` of a spec over a dataset of 100 labelled and 50 other texts, and its first trial's inputs.
    fn student(trials: &str, method: &str) -> (Row, TrialInputs) {
        let text = format!(
            "name = \"s\"\ndata.dataset = \"tweets\"\n[trials]\nseed = 42\n{trials}\n[[row]]\nid = \"t\"\nmethod.bow = {{}}\n\
             [[row]]\nid = \"s\"\nmethod.{method}\n"
        );
        let names = Names {
            encoders: vec!["mini".to_owned()],
            datasets: vec![DatasetName {
                name: "tweets".to_owned(),
                text: "text".to_owned(),
                label: "label".to_owned(),
                transfer_texts: Some(50),
                train_texts: 100,
            }],
        };
        let row = parse(Path::new("s.toml"), &text, &[], &names)
            .unwrap()
            .rows
            .remove(1);
        let encoder = |_: &str| {
            Ok::<_, ()>(EncoderInputs {
                sha256: "e".to_owned(),
                max_tokens: 64,
                precision: Precision::F32,
                inference: None,
                device: DeviceKind::Cpu,
                threads: 1,
            })
        };
        let lesson = |distill: &Distill| {
            Ok(LessonInputs {
                teacher: vec!["t".to_owned()],
                transfer: TransferInputs {
                    sha256: "t".to_owned(),
                    text: "text".to_owned(),
                    preprocess: Preprocess::None,
                },
                transfer_size: distill.transfer_size,
                labelled: distill.labelled,
            })
        };
        let method = MethodInputs::resolve(&row.method, encoder, lesson);
        let data = DataInputs {
            train: "train".to_owned(),
            test: "test".to_owned(),
            text: "text".to_owned(),
            label: "label".to_owned(),
            preprocess: row.data.preprocess,
            train_size: row.trials.train_size,
        };
        let inputs = TrialInputs::new(data, method.unwrap().unwrap(), seeds(&row, 0));
        (row, inputs)
    }

    #[test]
    fn who_draws_all_texts_is_served_by_who_draws_none() {
        let distill = |more: &str| {
            format!("distill = {{ teacher = \"t\", encoder = \"mini\", epochs = 1{more} }}")
        };
        let (_, whole) = student("count = 3", &distill(""));
        let (row, all) = student("count = 3", &distill(", transfer-size = 50"));
        assert_ne!(all.key(), whole.key());
        assert_eq!(without_sampling(&row, &all), Some(whole));
        let (_, whole) = student("count = 3", "bow = {}");
        let (row, all) = student("count = 3\ntrain-size = 100", "bow = {}");
        assert_eq!(without_sampling(&row, &all), Some(whole));
    }

    #[test]
    fn who_draws_a_part_or_from_both_sets_is_not() {
        let part = "distill = { teacher = \"t\", encoder = \"mini\", transfer-size = 49 }";
        let both = "distill = { teacher = \"t\", encoder = \"mini\", transfer-size = 50, labelled = true }";
        for (trials, method) in [
            ("count = 3", part),
            ("count = 3", both),
            ("count = 3", "bow = {}"),
            ("count = 3\ntrain-size = 50", "bow = {}"),
        ] {
            let (row, inputs) = student(trials, method);
            assert_eq!(without_sampling(&row, &inputs), None, "{method}");
        }
    }
}
