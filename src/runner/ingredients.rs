//! What trials are made of: the inputs that follow from a row, and where their contents lie.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::resources::{Blocked, DataFiles};
use crate::method::MethodInputs;
use crate::nn::EncoderSource;
use crate::seed::{Stream, derive};
use crate::spec::{Preprocess, Row};
use crate::trial::{DataInputs, TrialFiles, TrialInputs};

/// What a trial is made of, its seeds apart.
#[derive(Clone)]
pub(super) struct Ingredients {
    pub(super) data: DataInputs,
    pub(super) method: MethodInputs,
    pub(super) files: Option<Arc<TrialFiles>>,
    /// Why the files are not here, where that was tried.
    pub(super) blocked: Option<Blocked>,
    pub(super) after: Vec<usize>,
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
pub(super) fn inputs_without_draw(row: &Row, inputs: &TrialInputs) -> Option<TrialInputs> {
    let draws_all =
        row.data.train_texts.is_some() && row.data.train_texts == inputs.data.train_size;
    let is_student = inputs.method.lesson().is_some();
    (draws_all && !is_student).then(|| {
        let mut whole = inputs.clone();
        whole.data.train_size = None;
        whole.seeds.remove(&Stream::Sample);
        whole
    })
}

/// Something that a trial needs is known, but not here yet.
pub(super) struct NotHere;

/// Where the contents lie, if all of them are here. `encoder` and `transfer` are `Ok(None)` where the method needs none.
pub(super) fn files(
    data: &DataFiles,
    encoder: Result<Option<EncoderSource>, NotHere>,
    transfer: Result<Option<PathBuf>, NotHere>,
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
