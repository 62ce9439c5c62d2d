//! Balanced samples.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::DataError;

/// The indices, ascending, of a sample of `size` texts that is balanced between the classes and drawn by `seed`.
///
/// Each class is put in a random order of its own, which depends on the seed and the class's texts only; then the classes
/// take turns, class 0 first, so that an odd size has one more of class 0. A smaller sample by the same seed is a part of
/// every larger one: a learning curve adds texts and never changes them.
///
/// `labels` holds 0 or 1 for each text.
///
/// # Errors
/// Fewer texts than `size`, only one class among them, or fewer texts of a class than its part of the sample.
pub fn sample_balanced(labels: &[u8], size: usize, seed: u64) -> Result<Vec<usize>, DataError> {
    let classes = [0, 1].map(|class| {
        let of_class = (0..labels.len()).filter(|&index| labels[index] == class);
        shuffled(of_class, seed, u64::from(class))
    });
    for (class, others) in [(0, &classes[1]), (1, &classes[0])] {
        if others.is_empty() && !labels.is_empty() {
            return Err(DataError::OneClass {
                class,
                got: labels.len(),
            });
        }
    }
    if labels.len() < size {
        return Err(DataError::TooFewTexts {
            wanted: size,
            got: labels.len(),
        });
    }
    let mut sample = Vec::with_capacity(size);
    for (class, texts, wanted) in [
        (0, &classes[0], size.div_ceil(2)),
        (1, &classes[1], size / 2),
    ] {
        let got = texts.len();
        let part = texts.get(..wanted).ok_or(DataError::TooFewInClass {
            size,
            class,
            wanted,
            got,
        })?;
        sample.extend_from_slice(part);
    }
    sample.sort_unstable();
    Ok(sample)
}

/// The indices, ascending, of `size` of `texts` texts, drawn by `seed`. As with [`sample_balanced`], a smaller sample is a part of
/// every larger one.
///
/// # Errors
/// Fewer texts than `size`.
pub fn sample(texts: usize, size: usize, seed: u64) -> Result<Vec<usize>, DataError> {
    if texts < size {
        return Err(DataError::TooFewTexts {
            wanted: size,
            got: texts,
        });
    }
    // Streams 0 and 1 are those of the classes.
    let mut sample = shuffled(0..texts, seed, 2);
    sample.truncate(size);
    sample.sort_unstable();
    Ok(sample)
}

/// The class of all labels, if they have the same one.
pub fn single_class(labels: &[u8]) -> Option<u8> {
    let first = *labels.first()?;
    labels.iter().all(|&label| label == first).then_some(first)
}

/// Indices in random order: each gets a random number of 64 bits, and they are sorted by it. This rests on the output of the
/// generator's `stream` alone, so that no change of a shuffling algorithm ever changes a sample.
fn shuffled(indices: impl Iterator<Item = usize>, seed: u64, stream: u64) -> Vec<usize> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    let mut keyed: Vec<(u64, usize)> = indices.map(|index| (random.next_u64(), index)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, index)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_without_classes_are_nested_distinct_and_seeded() {
        let (small, large) = (sample(50, 10, 3).unwrap(), sample(50, 30, 3).unwrap());
        assert!(small.iter().all(|index| large.contains(index)));
        assert!(small.is_sorted_by(|left, right| left < right) && small.len() == 10);
        assert_ne!(small, sample(50, 10, 4).unwrap());
        assert_eq!(sample(5, 5, 1).unwrap(), [0, 1, 2, 3, 4]);
        assert!(matches!(
            sample(5, 6, 1),
            Err(DataError::TooFewTexts { wanted: 6, got: 5 })
        ));
    }

    /// Class 1 where `index` is a multiple of 3: 70 texts of class 0, 35 of class 1.
    fn labels() -> Vec<u8> {
        (0..105).map(|index| u8::from(index % 3 == 0)).collect()
    }

    /// Witness: ChaCha8 in Python, `tests/golden/sample/generate.py`.
    #[test]
    fn samples_are_those_of_the_golden_file() {
        let file = std::fs::read_to_string(fsl_test_support::golden("sample/cases.csv")).unwrap();
        let mut cases = 0;
        for case in file.lines().skip(1) {
            let mut fields = case.split(',');
            let mut number = || fields.next().unwrap().parse::<u64>().unwrap();
            let (seed, size) = (number(), number() as usize);
            let expected: Vec<usize> = fields
                .next()
                .unwrap()
                .split(' ')
                .map(|index| index.parse().unwrap())
                .collect();
            assert_eq!(
                sample_balanced(&labels(), size, seed).unwrap(),
                expected,
                "{case}"
            );
            cases += 1;
        }
        assert_eq!(cases, 12);
    }

    #[test]
    fn samples_are_balanced_and_part_of_larger_ones() {
        for seed in 0..20 {
            let largest = sample_balanced(&labels(), 70, seed).unwrap();
            for size in 0..70 {
                let sample = sample_balanced(&labels(), size, seed).unwrap();
                let of_class_1 = sample.iter().filter(|index| *index % 3 == 0).count();
                assert_eq!((sample.len(), of_class_1), (size, size / 2));
                assert!(sample.is_sorted_by(|a, b| a < b));
                assert!(sample.iter().all(|index| largest.contains(index)));
            }
        }
        assert_ne!(
            sample_balanced(&labels(), 10, 1).unwrap(),
            sample_balanced(&labels(), 10, 2).unwrap()
        );
    }

    /// The picks of a class do not depend on how many texts the other has.
    #[test]
    fn a_class_is_drawn_by_itself() {
        let more: Vec<u8> = labels().into_iter().chain([0; 50]).collect();
        let of_class_1 = |labels: &[u8]| -> Vec<usize> {
            let sample = sample_balanced(labels, 30, 5).unwrap();
            sample
                .into_iter()
                .filter(|&index| labels[index] == 1)
                .collect()
        };
        assert_eq!(of_class_1(&labels()), of_class_1(&more));
    }

    #[test]
    fn what_cannot_be_drawn_is_named() {
        let fault = |labels: &[u8], size| {
            let error = sample_balanced(labels, size, 1).unwrap_err();
            format!("{error}\nhint: {}", error.hint().unwrap())
        };
        assert_eq!(
            fault(&labels(), 106),
            "a sample of 106 texts needs at least as many, got 105\nhint: use at most 105, or add texts"
        );
        assert_eq!(
            fault(&labels(), 100),
            "a balanced sample of 100 texts needs 50 with label `1`, got 35\n\
             hint: use at most 70, or add texts with label `1`"
        );
        assert_eq!(
            fault(&[1; 9], 4),
            "all 9 texts have label `1`; both labels are needed\nhint: add texts with label `0`"
        );
    }

    /// Each of 4 texts of a class is drawn in about half of the samples: 500 ± 4 standard deviations of 15.8.
    #[test]
    fn every_text_is_drawn_equally_often() {
        let mut drawn = [0_u32; 8];
        for seed in 0..1000 {
            for index in sample_balanced(&[0, 1, 0, 1, 0, 1, 0, 1], 4, seed).unwrap() {
                drawn[index] += 1;
            }
        }
        assert!(
            drawn.iter().all(|count| (437..=563).contains(count)),
            "{drawn:?}"
        );
    }
}
