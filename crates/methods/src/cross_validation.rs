//! Cross-validation within the labelled texts: stratified parts, and the probabilities of each text by a model that did not learn from it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::{Embedder, EncoderInputs, Encoders, Method, MethodContext, MethodError, Progress};
use crate::classic::{check_all_occur, counts_per_class};
use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;
use fsl_common::random::shuffle;
use fsl_common::settings::Pooling;
use fsl_common::truncation::Truncation;

/// The part of each text, below `parts`: the texts of one class after the other, each class in a random order, go to the parts in turn. So
/// parts, and what they have of each class, differ by one text at most.
fn partition(labels: &[Label], parts: usize, generator: &mut ChaCha8Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    shuffle(&mut order, generator);
    order.sort_by_key(|&text| labels[text]);
    let mut part_of = vec![0; labels.len()];
    for (number, text) in order.into_iter().enumerate() {
        part_of[text] = number % parts;
    }
    part_of
}

/// Partitions of texts, and how many parts each has.
pub(super) struct Partitions {
    /// The part of each text, partition by partition.
    pub(super) part_of: Vec<Vec<usize>>,
    pub(super) parts: usize,
}

impl Partitions {
    /// `repeats` partitions into `parts`, or into as many as the rarest class has texts, that follow from the seed.
    ///
    /// # Errors
    /// A class without texts; [`MethodError::OneTextOfClass`].
    pub(super) fn new(
        labels: &[Label],
        classes: &Classes,
        (parts, repeats): (u32, u32),
        seed: u64,
    ) -> Result<Self, MethodError> {
        check_all_occur(labels, classes.count())?;
        let counts = counts_per_class(labels, classes.count())?;
        if let Some(class) = counts.iter().position(|&count| count == 1) {
            let class = classes.names()[class].clone();
            return Err(MethodError::OneTextOfClass { class });
        }
        let rarest = counts.into_iter().min().unwrap_or(1);
        let parts = rarest.min(parts as usize);
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        let part_of = (0..repeats).map(|_| partition(labels, parts, &mut generator));
        Ok(Self {
            part_of: part_of.collect(),
            parts,
        })
    }
}

/// Tells how many of so many fits are done.
pub(super) fn counted_fits(
    total: usize,
    on_progress: &mut dyn FnMut(Progress),
) -> impl FnMut() + '_ {
    let (mut done, total) = (0, total as u64);
    move || {
        done += 1;
        let loss = 0.0;
        on_progress(Progress::Fit { done, total, loss });
    }
}

/// The context of a candidate: transfer texts are there for those that learn from them.
pub(super) fn of_candidate<'a>(
    method: &dyn Method,
    context: &MethodContext<'a>,
) -> MethodContext<'a> {
    MethodContext {
        pool: method.pool().map_or(&[], |_| context.pool),
        ..*context
    }
}

/// The probabilities of every labelled text by a model that learnt from the other parts. `on_fit` is told of every fit.
///
/// # Errors
/// Those of the method.
pub(super) fn out_of_fold(
    method: &dyn Method,
    context: &MethodContext,
    part_of: &[usize],
    on_fit: &mut dyn FnMut(),
) -> Result<Probabilities, MethodError> {
    let context = of_candidate(method, context);
    let classes = context.classes.count();
    let parts = part_of.iter().max().map_or(0, |last| last + 1);
    let mut values = vec![Vec::new(); part_of.len()];
    for part in 0..parts {
        let (out, kept): (Vec<usize>, Vec<usize>) =
            (0..part_of.len()).partition(|&text| part_of[text] == part);
        let texts = |of: &[usize]| -> Vec<String> {
            of.iter()
                .map(|&text| context.train_texts[text].clone())
                .collect()
        };
        let labels = |of: &[usize]| -> Vec<Label> {
            of.iter().map(|&text| context.train_labels[text]).collect()
        };
        let outcome = method.run(
            &MethodContext {
                train_texts: &texts(&kept),
                train_labels: &labels(&kept),
                sets: &[&texts(&out)],
                save_model: None,
                ..context
            },
            &mut |_| {},
        )?;
        on_fit();
        let found = outcome.probabilities.iter().flat_map(Probabilities::rows);
        for (text, row) in out.into_iter().zip(found) {
            values[text] = row.to_vec();
        }
    }
    Ok(Probabilities::new(classes, values.concat()))
}

/// Encoders that remember: each is loaded once, and each text gets its rows once.
pub(super) struct Remembered<'a> {
    encoders: &'a dyn Encoders,
    loaded: RefCell<Vec<(EncoderInputs, Rc<RememberedEncoder>)>>,
}

impl<'a> Remembered<'a> {
    pub(super) fn new(encoders: &'a dyn Encoders) -> Self {
        Self {
            encoders,
            loaded: RefCell::default(),
        }
    }
}

impl Encoders for Remembered<'_> {
    fn load(&self, encoder: &EncoderInputs) -> Result<Box<dyn Embedder>, MethodError> {
        let mut loaded = self.loaded.borrow_mut();
        if let Some((_, known)) = loaded.iter().find(|(inputs, _)| inputs == encoder) {
            return Ok(Box::new(Rc::clone(known)));
        }
        let known = Rc::new(RememberedEncoder {
            encoder: self.encoders.load(encoder)?,
            rows: RefCell::default(),
        });
        loaded.push((encoder.clone(), Rc::clone(&known)));
        Ok(Box::new(known))
    }

    fn truncation(
        &self,
        encoder: &EncoderInputs,
        sets: &[&[String]],
    ) -> Result<Vec<Truncation>, MethodError> {
        self.encoders.truncation(encoder, sets)
    }
}

/// Which rows of a text are meant: how they are pooled, and of which layers, where not of the output.
type Kind = (Pooling, Option<Vec<u32>>);

/// The row of each text.
type KnownRows = HashMap<String, Vec<f32>>;

struct RememberedEncoder {
    encoder: Box<dyn Embedder>,
    rows: RefCell<Vec<(Kind, KnownRows)>>,
}

impl RememberedEncoder {
    /// The rows of the texts, of which `compute` gives those that are not known yet.
    fn rows(
        &self,
        kind: &Kind,
        texts: &[String],
        on_text: &mut dyn FnMut(usize),
        compute: impl FnOnce(&[String], &mut dyn FnMut(usize)) -> Result<Vec<Vec<f32>>, MethodError>,
    ) -> Result<Vec<Vec<f32>>, MethodError> {
        let mut kinds = self.rows.borrow_mut();
        let at = kinds.iter().position(|(known, _)| known == kind);
        let at = at.unwrap_or_else(|| {
            kinds.push((kind.clone(), HashMap::new()));
            kinds.len() - 1
        });
        let known = &mut kinds[at].1;
        let mut missing: Vec<String> = Vec::new();
        for text in texts {
            if !known.contains_key(text) {
                known.insert(text.clone(), Vec::new());
                missing.push(text.clone());
            }
        }
        let before = texts.len() - missing.len();
        let computed = if missing.is_empty() {
            Ok(Vec::new())
        } else {
            compute(&missing, &mut |done| on_text(before + done))
        };
        match computed {
            Ok(rows) => known.extend(missing.into_iter().zip(rows)),
            Err(error) => {
                for text in missing {
                    known.remove(&text);
                }
                return Err(error);
            }
        }
        Ok(texts.iter().map(|text| known[text].clone()).collect())
    }
}

impl Embedder for Rc<RememberedEncoder> {
    fn blocks(&self) -> u32 {
        self.encoder.blocks()
    }

    fn embed(
        &self,
        texts: &[String],
        pooling: Pooling,
        on_text: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<f32>>, MethodError> {
        self.rows(&(pooling, None), texts, on_text, |texts, on_text| {
            self.encoder.embed(texts, pooling, on_text)
        })
    }

    fn embed_layers(
        &self,
        texts: &[String],
        pooling: Pooling,
        layers: &[u32],
        on_text: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<f32>>, MethodError> {
        let kind = (pooling, Some(layers.to_vec()));
        self.rows(&kind, texts, on_text, |texts, on_text| {
            self.encoder.embed_layers(texts, pooling, layers, on_text)
        })
    }
}
