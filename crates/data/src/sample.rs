//! Samples of labelled texts: balanced, stratified and random.

use fsl_common::classes::{Classes, Label};
use fsl_common::settings::{SampleSize, Sampling};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::DataError;
use super::error::ShortClass;
use super::shares::shares;

/// The stream of [`sample`].
const ALL_TEXTS: u64 = 2;

/// The indices, ascending, of a sample of labelled texts that is drawn by `seed`.
///
/// Each class is put in a random order of its own, which depends on the seed, the class and the class's texts only; a sample takes
/// the first texts of each. Balanced, and whenever the size is told by class, the classes take turns in their order, so that what
/// is left over goes to the first classes; stratified, each has its share of the pool, to less than one text. A random sample is
/// that of [`sample`] and ignores the classes. A smaller sample by the same seed is a part of every larger one of its kind: a
/// learning curve adds texts and never changes them.
///
/// # Errors
/// Fewer texts than the sample wants, only one of two classes for a balanced one, or fewer texts of a class than its part of the
/// sample.
pub fn sample_labelled(
    labels: &[Label],
    classes: &Classes,
    size: SampleSize,
    sampling: Sampling,
    seed: u64,
) -> Result<Vec<usize>, DataError> {
    let texts = size.texts(classes.count());
    let sampling = match size {
        SampleSize::Shots(_) => Sampling::Balanced,
        SampleSize::Texts(_) => sampling,
    };
    if sampling == Sampling::Random {
        return sample(labels.len(), texts, seed);
    }
    let counts = counts(labels, classes.count());
    let wanted = match sampling {
        Sampling::Balanced => {
            check_two(&counts, classes)?;
            check_balanced(&counts, classes, size)?;
            turns(texts, classes.count())
        }
        _ if labels.len() < texts => return Err(too_few(texts, labels.len())),
        _ => shares(&counts, texts),
    };
    let mut sample = Vec::with_capacity(texts);
    for (class, wanted) in (0..).zip(wanted) {
        let of_class = (0..labels.len()).filter(|&index| labels[index] == class);
        sample.extend_from_slice(&shuffled(of_class, seed, stream(class))[..wanted]);
    }
    sample.sort_unstable();
    Ok(sample)
}

/// The generator's stream for a class: its label, and from 2 on the next number, as 2 is [`sample`]'s.
fn stream(class: Label) -> u64 {
    let class = u64::from(class);
    if class < ALL_TEXTS { class } else { class + 1 }
}

/// How many texts of each class there are.
fn counts(labels: &[Label], classes: usize) -> Vec<usize> {
    let mut counts = vec![0; classes];
    for &label in labels {
        counts[usize::from(label)] += 1;
    }
    counts
}

/// Texts by class in a balanced sample.
fn turns(texts: usize, classes: usize) -> Vec<usize> {
    let of_class = |class| texts / classes + usize::from(class < texts % classes);
    (0..classes).map(of_class).collect()
}

/// Refuses a pool in which one of two classes has no texts.
fn check_two(counts: &[usize], classes: &Classes) -> Result<(), DataError> {
    let only = match counts {
        [0, 0] => return Ok(()),
        [0, _] => 1,
        [_, 0] => 0,
        _ => return Ok(()),
    };
    Err(DataError::OneClass {
        class: classes.name(only).to_owned(),
        got: counts.iter().sum(),
    })
}

/// Refuses a pool that lacks texts for a balanced sample.
fn check_balanced(counts: &[usize], classes: &Classes, size: SampleSize) -> Result<(), DataError> {
    let texts = size.texts(counts.len());
    let pool: usize = counts.iter().sum();
    if pool < texts && counts.len() == 2 && matches!(size, SampleSize::Texts(_)) {
        return Err(too_few(texts, pool));
    }
    let wanted = turns(texts, counts.len()).into_iter().zip(counts);
    let short: Vec<ShortClass> = wanted
        .zip(classes.names())
        .filter(|((wanted, got), _)| wanted > got)
        .map(|((wanted, &got), name)| ShortClass {
            name: name.clone(),
            wanted,
            got,
        })
        .collect();
    if short.is_empty() {
        return Ok(());
    }
    let even = counts.iter().min().copied().unwrap_or(0);
    let most = match size {
        SampleSize::Shots(_) => even,
        SampleSize::Texts(_) if classes.are_zero_one() => 2 * even,
        // Class c has its last text in the sample of K · count + c texts.
        SampleSize::Texts(_) => {
            let sizes = counts.iter().enumerate();
            let sizes = sizes.map(|(class, count)| count * counts.len() + class);
            sizes.min().unwrap_or(0)
        }
    };
    Err(DataError::TooFewInClasses {
        size,
        sampling: Sampling::Balanced,
        short,
        most,
    })
}

fn too_few(wanted: usize, got: usize) -> DataError {
    DataError::TooFewTexts { wanted, got }
}

/// The indices, ascending, of `size` of `texts` texts, drawn by `seed`. As with [`sample_labelled`], a smaller sample is a part of
/// every larger one.
///
/// # Errors
/// Fewer texts than `size`.
pub fn sample(texts: usize, size: usize, seed: u64) -> Result<Vec<usize>, DataError> {
    if texts < size {
        return Err(too_few(size, texts));
    }
    let mut sample = shuffled(0..texts, seed, ALL_TEXTS);
    sample.truncate(size);
    sample.sort_unstable();
    Ok(sample)
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

    fn sample_balanced(labels: &[Label], size: usize, seed: u64) -> Result<Vec<usize>, DataError> {
        let size = SampleSize::Texts(size);
        sample_labelled(labels, &Classes::zero_one(), size, Sampling::Balanced, seed)
    }

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
    fn labels() -> Vec<Label> {
        (0..105).map(|index| Label::from(index % 3 == 0)).collect()
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

    /// The classes `a`, `b`, ….
    fn letters(count: u8) -> Classes {
        let name = |class: u8| char::from(b'a' + class).to_string();
        Classes::new((0..count).map(name).collect(), None).unwrap()
    }

    /// Witness: `tests/golden/sample/generate.py`.
    #[test]
    fn samples_of_many_classes_are_those_of_the_golden_file() {
        let file = std::fs::read_to_string(fsl_test_support::golden("sample/classes.csv")).unwrap();
        let mut cases = 0;
        for case in file.lines().skip(1) {
            let fields: Vec<&str> = case.split(',').collect();
            let cycle: &[Label] = match fields[0] {
                "3" => &[0, 0, 0, 1, 1, 2],
                _ => &[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5],
            };
            let labels: Vec<Label> = (0..120)
                .map(|index| cycle[7 * index % cycle.len()])
                .collect();
            let sampling = match fields[1] {
                "balanced" => Sampling::Balanced,
                "stratified" => Sampling::Stratified,
                _ => Sampling::Random,
            };
            let (seed, size) = (fields[2].parse().unwrap(), fields[3].parse().unwrap());
            let classes = letters(fields[0].parse().unwrap());
            let size = SampleSize::Texts(size);
            let drawn = sample_labelled(&labels, &classes, size, sampling, seed).unwrap();
            let drawn: Vec<String> = drawn.iter().map(ToString::to_string).collect();
            assert_eq!(drawn.join(" "), fields[4], "{case}");
            cases += 1;
        }
        assert_eq!(cases, 72);
    }

    #[test]
    fn shots_are_balanced_samples_whatever_the_sampling() {
        let labels: Vec<Label> = (0..60).map(|index| index % 3).collect();
        let draw =
            |size, sampling| sample_labelled(&labels, &letters(3), size, sampling, 9).unwrap();
        let balanced = draw(SampleSize::Texts(24), Sampling::Balanced);
        for sampling in [Sampling::Balanced, Sampling::Stratified, Sampling::Random] {
            assert_eq!(draw(SampleSize::Shots(8), sampling), balanced);
        }
    }

    #[test]
    fn every_class_that_is_short_is_named() {
        let labels = [0, 0, 0, 0, 0, 0, 1, 1, 2];
        let fault = |size, sampling| {
            let error = sample_labelled(&labels, &letters(3), size, sampling, 1).unwrap_err();
            format!("{error}\nhint: {}", error.hint().unwrap())
        };
        assert_eq!(
            fault(SampleSize::Shots(3), Sampling::Balanced),
            "a sample of 3 texts per class needs 3 with label `b`, got 2; 3 with label `c`, got 1\n\
             hint: use at most 1 per class, or add texts with labels `b`, `c`"
        );
        assert_eq!(
            fault(SampleSize::Texts(9), Sampling::Balanced),
            "a balanced sample of 9 texts needs 3 with label `b`, got 2; 3 with label `c`, got 1\n\
             hint: use at most 5, or add texts with labels `b`, `c`"
        );
        let most = SampleSize::Texts(5);
        assert!(sample_labelled(&labels, &letters(3), most, Sampling::Balanced, 1).is_ok());
        assert_eq!(
            fault(SampleSize::Texts(10), Sampling::Stratified),
            "a sample of 10 texts needs at least as many, got 9\nhint: use at most 9, or add texts"
        );
        let spam = Classes::new(vec!["ham".to_owned(), "spam".to_owned()], None).unwrap();
        let size = SampleSize::Texts(8);
        let sampled = sample_labelled(
            &[0, 0, 0, 0, 0, 1, 1, 1],
            &spam,
            size,
            Sampling::Balanced,
            1,
        );
        let error = sampled.unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.hint().unwrap().as_str()),
            (
                "a balanced sample of 8 texts needs 4 with label `spam`, got 3",
                "use at most 7, or add texts with label `spam`"
            )
        );
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
        let more: Vec<Label> = labels().into_iter().chain([0; 50]).collect();
        let of_class_1 = |labels: &[Label]| -> Vec<usize> {
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
        let fault = |labels: &[Label], size| {
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
