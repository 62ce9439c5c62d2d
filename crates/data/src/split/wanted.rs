//! How many texts of each class a set draws.

use fsl_common::classes::Classes;
use fsl_common::settings::Sampling;

use super::error::SplitError;
use super::sets::{Set, Size};
use crate::shares::shares;

/// The texts that a set draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Everything that is left.
    Rest,
    /// So many texts of each class.
    OfClasses(Vec<u64>),
    /// So many texts, whatever their classes.
    OfAll(u64),
}

/// What `set` draws if it is to have this size out of `all` texts by class.
///
/// # Errors
/// More or fewer numbers of texts than classes.
pub(super) fn wanted(
    set: Set,
    size: &Size,
    all: &[u64],
    classes: &Classes,
) -> Result<Wanted, SplitError> {
    let counts = match size {
        Size::Rest => return Ok(Wanted::Rest),
        Size::Texts(texts, Some(Sampling::Random)) => return Ok(Wanted::OfAll(*texts)),
        Size::Texts(texts, Some(Sampling::Stratified)) => stratified(*texts, all),
        Size::Texts(texts, _) => turns(*texts, all.len() as u64),
        Size::Shots(shots) => vec![*shots; all.len()],
        Size::Counts(counts) if counts.len() == all.len() => counts.clone(),
        Size::Counts(counts) => {
            return Err(SplitError::Counts {
                set,
                got: counts.len(),
                classes: classes.names().to_vec(),
            });
        }
    };
    Ok(Wanted::OfClasses(counts))
}

/// As many texts of each class; what is left over goes to the first classes.
fn turns(texts: u64, classes: u64) -> Vec<u64> {
    let of_class = |class| texts / classes + u64::from(class < texts % classes);
    (0..classes).map(of_class).collect()
}

/// Each class by its share of all texts, to less than one text. Shares of more texts than there are repeat from there on.
fn stratified(texts: u64, all: &[u64]) -> Vec<u64> {
    let pool: u64 = all.iter().sum();
    if pool == 0 {
        // Whatever is asked for, it is too much.
        return turns(texts, all.len() as u64);
    }
    let counts: Vec<usize> = all.iter().map(|&count| count as usize).collect();
    let shares = shares(&counts, (texts % pool) as usize);
    let whole = texts / pool;
    let shares = shares.into_iter().zip(all);
    shares
        .map(|(part, count)| whole * count + part as u64)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of texts by class in a set of this size, out of `all` texts by class.
    fn counts(text: &str, all: &[u64]) -> Vec<u64> {
        let names = (0..all.len()).map(|class| class.to_string()).collect();
        let classes = Classes::new(names, None).unwrap();
        let size: Size = text.parse().unwrap();
        match wanted(Set::Train, &size, all, &classes).unwrap() {
            Wanted::OfClasses(counts) => counts,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn shares_are_whole_texts_that_add_up() {
        assert_eq!(counts("9:balanced", &[1, 1]), [5, 4]);
        assert_eq!(counts("700:300", &[1, 1]), [700, 300]);
        // 10,000 of the published 614,559 texts, of which 84,545 are hateful: 1375.7 of them.
        assert_eq!(counts("10000:stratified", &[530_014, 84_545]), [8624, 1376]);
        assert_eq!(counts("2:stratified", &[3, 1]), [1, 1]);
        assert_eq!(counts("1:stratified", &[5, 0]), [1, 0]);
        assert_eq!(counts("14", &[9, 9, 9, 9]), [4, 4, 3, 3]);
        assert_eq!(counts("2:balanced", &[9, 9, 9]), [1, 1, 0]);
        assert_eq!(counts("8:shots", &[9, 1, 9]), [8, 8, 8]);
        assert_eq!(counts("3:0:2", &[9, 9, 9]), [3, 0, 2]);
        // Exact shares 6.25, 2.5, 1.25 of 10.
        assert_eq!(counts("8:stratified", &[50, 20, 10]), [5, 2, 1]);
        // Twice the whole pool and 8 more.
        assert_eq!(counts("168:stratified", &[50, 20, 10]), [105, 42, 21]);
        assert_eq!(
            counts("1000000000:stratified", &[3, 1]),
            [750_000_000, 250_000_000]
        );
        assert_eq!(counts("5:stratified", &[0, 0]), [3, 2]);
    }

    /// The rule of two classes, which files that were split before rest on: a half is rounded up for the second.
    #[test]
    fn stratified_sets_of_two_classes_are_rounded_to_the_nearest_text() {
        for pool in [[7, 5], [1, 1], [40, 3], [3, 40], [1, 12], [0, 4], [4, 0]] {
            let whole = pool[0] + pool[1];
            for texts in 1..3 * whole {
                let ones = (2 * texts * pool[1] + whole) / (2 * whole);
                assert_eq!(
                    stratified(texts, &pool),
                    [texts - ones, ones],
                    "{texts} of {pool:?}"
                );
            }
        }
    }

    #[test]
    fn there_is_a_number_of_texts_for_each_class() {
        let classes = Classes::new(vec!["ham".to_owned(), "spam".to_owned()], None).unwrap();
        let size: Size = "1:2:3".parse().unwrap();
        let error = wanted(Set::Test, &size, &[9, 9], &classes).unwrap_err();
        assert_eq!(
            error.to_string(),
            "3 numbers of texts for the test set, must be 2, one for each of the classes `ham`, `spam`"
        );
    }
}
