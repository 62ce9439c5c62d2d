//! Partitions, and encoders that remember.

use std::cell::RefCell;

use super::cross_validation::{Partitions, Remembered};
use super::{Embedder, EncoderInputs, Encoders, MethodError, row_table};
use fsl_common::classes::{Classes, Label};
use fsl_common::settings::Pooling;

#[test]
fn every_part_has_its_share_of_every_class() {
    let labels: Vec<Label> = (0..41).map(|text| [0, 1, 1, 2][text % 4]).collect();
    let names = ["a", "b", "c"].map(str::to_owned).to_vec();
    let classes = Classes::new(names, None).unwrap();
    let parted = |limits, seed| Partitions::new(&labels, &classes, limits, seed).unwrap();
    let Partitions { part_of, parts } = parted((4, 2), 5);
    assert_eq!((part_of.len(), parts), (2, 4));
    assert_ne!(part_of[0], part_of[1]);
    let count = |class: Option<Label>, part: usize| {
        let texts = labels.iter().zip(&part_of[0]);
        let is_meant = |&(&label, &of): &(&Label, &usize)| {
            of == part && class.is_none_or(|class| label == class)
        };
        texts.filter(is_meant).count()
    };
    for (class, least) in [(Some(0), 2), (Some(1), 5), (Some(2), 2), (None, 10)] {
        for part in 0..4 {
            let count = count(class, part);
            assert!((least..=least + 1).contains(&count), "{class:?}: {count}");
        }
    }
    assert_eq!(part_of, parted((4, 2), 5).part_of);
    assert_ne!(part_of, parted((4, 2), 6).part_of);
    // As many parts as the rarest class has texts.
    assert_eq!(parted((40, 1), 5).parts, 10);
}

/// An encoder that notes what it is asked.
#[derive(Default)]
struct Counting {
    loads: RefCell<usize>,
    asked: std::rc::Rc<RefCell<Vec<String>>>,
}

struct CountingEncoder(std::rc::Rc<RefCell<Vec<String>>>);

impl Encoders for Counting {
    fn load(&self, _: &EncoderInputs) -> Result<Box<dyn Embedder>, MethodError> {
        *self.loads.borrow_mut() += 1;
        Ok(Box::new(CountingEncoder(self.asked.clone())))
    }
}

impl Embedder for CountingEncoder {
    fn blocks(&self) -> u32 {
        6
    }

    fn embed(
        &self,
        texts: &[String],
        _: Pooling,
        _: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<f32>>, MethodError> {
        if texts.iter().any(|text| text == "broken") {
            return Err(MethodError::NeedsLibtorch);
        }
        self.0.borrow_mut().extend_from_slice(texts);
        Ok(texts.iter().map(|text| vec![text.len() as f32]).collect())
    }

    fn embed_layers(
        &self,
        texts: &[String],
        _: Pooling,
        layers: &[u32],
        _: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<f32>>, MethodError> {
        self.0.borrow_mut().extend_from_slice(texts);
        let row = |text: &String| -> Vec<f32> {
            let values = layers.iter().map(|&layer| text.len() + layer as usize);
            values.map(|value| value as f32).collect()
        };
        Ok(texts.iter().map(row).collect())
    }
}

#[test]
fn every_text_is_embedded_once_for_every_kind_of_row() {
    let counting = Counting::default();
    let remembered = Remembered::new(&counting);
    let texts = |words: &[&str]| {
        words
            .iter()
            .map(|&word| word.to_owned())
            .collect::<Vec<_>>()
    };
    let encoder = || remembered.load(&row_table::encoder()).unwrap();
    let mean = |words: &[&str]| encoder().embed(&texts(words), Pooling::Mean, &mut |_| {});
    assert_eq!(mean(&["a", "bb", "a"]).unwrap(), [[1.0], [2.0], [1.0]]);
    assert_eq!(mean(&["ccc", "bb"]).unwrap(), [[3.0], [2.0]]);
    assert_eq!(counting.asked.borrow().concat(), "abbccc");
    assert!(mean(&["a", "broken"]).is_err());
    assert!(mean(&["broken"]).is_err(), "no row of a fault is kept");
    let layers = |layers: &[u32]| {
        let all = texts(&["a", "bb"]);
        encoder().embed_layers(&all, Pooling::Mean, layers, &mut |_| {})
    };
    assert_eq!(layers(&[1, 2]).unwrap(), [[2.0, 3.0], [3.0, 4.0]]);
    assert_eq!(layers(&[1, 3]).unwrap(), [[2.0, 4.0], [3.0, 5.0]]);
    assert_eq!(layers(&[1, 3]).unwrap(), [[2.0, 4.0], [3.0, 5.0]]);
    let max = encoder().embed(&texts(&["a"]), Pooling::Max, &mut |_| {});
    assert_eq!(max.unwrap(), [[1.0]]);
    assert_eq!(counting.asked.borrow().concat(), "abbcccabbabba");
    assert_eq!(*counting.loads.borrow(), 1);
    let other = EncoderInputs {
        max_tokens: 9,
        ..row_table::encoder()
    };
    remembered.load(&other).unwrap();
    assert_eq!(*counting.loads.borrow(), 2);
}
