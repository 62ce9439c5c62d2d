//! An encoder that is a table of rows, how such an encoder and transfer texts are named, and a run on them: for tests against golden files.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::{
    Embedder, EncoderInputs, Encoders, Method, MethodContext, MethodError, PoolInputs, Progress,
    TransferInputs,
};
use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;
use fsl_common::settings::{DeviceKind, LongTexts, Pooling, Precision, Preprocess};

/// The rows of texts: those of three layers end to end, or pooled ones.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RowTable(HashMap<String, Vec<f32>>);

impl Embedder for RowTable {
    fn blocks(&self) -> u32 {
        2
    }

    fn embed(
        &self,
        texts: &[String],
        _: Pooling,
        on_text: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<f32>>, MethodError> {
        on_text(texts.len());
        Ok(texts.iter().map(|text| self.0[text].clone()).collect())
    }

    fn embed_layers(
        &self,
        texts: &[String],
        pooling: Pooling,
        layers: &[u32],
        on_text: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<f32>>, MethodError> {
        assert_eq!(layers, [0, 1, 2]);
        self.embed(texts, pooling, on_text)
    }
}

impl Encoders for RowTable {
    fn load(&self, _: &EncoderInputs) -> Result<Box<dyn Embedder>, MethodError> {
        Ok(Box::new(self.clone()))
    }
}

/// What a method learns from and predicts in a test.
pub(super) struct Case<'a> {
    /// Those of the classes.
    pub(super) names: &'a [String],
    pub(super) train: (&'a [String], &'a [Label]),
    pub(super) pool: &'a [String],
    pub(super) test: &'a [String],
    pub(super) encoders: &'a dyn Encoders,
}

impl Case<'_> {
    /// The probabilities of the test texts.
    pub(super) fn run(
        &self,
        method: &dyn Method,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Probabilities, MethodError> {
        let context = MethodContext {
            train_texts: self.train.0,
            train_labels: self.train.1,
            classes: &Classes::new(self.names.to_vec(), None).unwrap(),
            sets: &[self.test],
            soft_targets: None,
            pool: self.pool,
            imported: &[],
            saved_model: None,
            save_model: None,
            encoders: self.encoders,
            seeds: &BTreeMap::new(),
        };
        let mut outcome = method.run(&context, on_progress)?;
        Ok(outcome.probabilities.remove(0))
    }
}

pub(super) fn encoder() -> EncoderInputs {
    EncoderInputs {
        sha256: "e".to_owned(),
        max_tokens: 8,
        long_texts: LongTexts::default(),
        precision: Precision::F32,
        inference: None,
        device: DeviceKind::Cpu,
        threads: 1,
        modules: Vec::new(),
        prompt: None,
    }
}

pub(super) fn pool() -> PoolInputs {
    PoolInputs {
        transfer: TransferInputs {
            sha256: "t".to_owned(),
            text: "text".to_owned(),
            preprocess: Preprocess::None,
            delimiter: None,
            size: None,
        },
        transfer_size: None,
    }
}
