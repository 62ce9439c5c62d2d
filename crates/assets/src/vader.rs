//! Datasets made from human-rated corpora (Hutto & Gilbert 2014): texts with a mean rating from −4 to 4.
//!
//! The rule, in this order:
//! 1. A line is `id TAB mean rating TAB text`. The text is trimmed.
//! 2. A text rated exactly 0 is dropped: it is neither positive nor negative. Every other one has label 1 where the rating is
//!    above 0, else 0.
//! 3. Of texts that are equal, character by character, the first stays, with its label.
//! 4. One shuffle (ChaCha8, seeded by the catalogue) orders the rest. The first `train-per-class` texts of each label, in
//!    that order, are the training set; of the others, the first `test` are the test set, whose balance is the corpus's; what
//!    remains is the transfer set, its labels left out.

use std::collections::HashSet;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::entry::Build;
use fsl_common::random::shuffle;

/// The three files of a dataset, as the bytes of CSV files.
#[derive(Debug)]
pub(super) struct Built {
    /// Columns `text,category`.
    pub(super) train: Vec<u8>,
    /// Columns `text,category`.
    pub(super) test: Vec<u8>,
    /// Column `text`.
    pub(super) transfer: Vec<u8>,
}

/// A text and whether it is positive.
type Labelled = (String, bool);

/// Makes the three files from the bytes of a corpus; the error says which line cannot be read, or that there are too few
/// texts.
pub(super) fn build(ratings: &[u8], build: &Build) -> Result<Built, String> {
    let mut texts = distinct(parse(ratings)?);
    let mut rng = ChaCha8Rng::seed_from_u64(build.seed);
    shuffle(&mut texts, &mut rng);
    let mut left = [build.train_per_class; 2];
    let (mut train, mut rest) = (Vec::new(), Vec::new());
    for text in texts {
        let left = &mut left[usize::from(text.1)];
        if *left > 0 {
            *left -= 1;
            train.push(text);
        } else {
            rest.push(text);
        }
    }
    if left != [0, 0] || rest.len() < build.test {
        return Err(format!(
            "too few texts: {} for training, {} others",
            train.len(),
            rest.len()
        ));
    }
    let transfer = rest.split_off(build.test);
    let csv = |texts: &[Labelled], labelled| {
        write_csv(texts, labelled).map_err(|error| error.to_string())
    };
    Ok(Built {
        train: csv(&train, true)?,
        test: csv(&rest, true)?,
        transfer: csv(&transfer, false)?,
    })
}

/// Steps 1 and 2.
fn parse(ratings: &[u8]) -> Result<Vec<Labelled>, String> {
    let mut texts = Vec::new();
    for (index, line) in ratings.split(|byte| *byte == b'\n').enumerate() {
        let number = index + 1;
        let line = std::str::from_utf8(line).map_err(|_| format!("line {number}: not UTF-8"))?;
        if line.trim().is_empty() {
            continue;
        }
        let bad = || format!("line {number}: not `id TAB rating TAB text`");
        let mut fields = line.splitn(3, '\t');
        let (_, rating, text) = (
            fields.next().ok_or_else(bad)?,
            fields.next().ok_or_else(bad)?,
            fields.next().ok_or_else(bad)?,
        );
        let rating: f64 = rating.trim().parse().map_err(|_| bad())?;
        if !rating.is_finite() {
            return Err(bad());
        }
        if rating != 0.0 {
            texts.push((text.trim().to_owned(), rating > 0.0));
        }
    }
    Ok(texts)
}

/// Step 3.
fn distinct(texts: Vec<Labelled>) -> Vec<Labelled> {
    let mut seen = HashSet::new();
    texts
        .into_iter()
        .filter(|(text, _)| seen.insert(text.clone()))
        .collect()
}

fn write_csv(texts: &[Labelled], labelled: bool) -> csv::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(if labelled {
        &["text", "category"][..]
    } else {
        &["text"][..]
    })?;
    for (text, positive) in texts {
        csv.write_field(text)?;
        if labelled {
            csv.write_field(if *positive { "1" } else { "0" })?;
        }
        csv.write_record(None::<&[u8]>)?;
    }
    csv.into_inner().map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(train_per_class: usize, test: usize) -> Build {
        Build {
            member: Vec::new(),
            seed: 7,
            train_per_class,
            test,
        }
    }

    fn rows(csv: &[u8]) -> Vec<csv::StringRecord> {
        csv::Reader::from_reader(csv)
            .into_records()
            .map(Result::unwrap)
            .collect()
    }

    fn corpus(size: usize) -> Vec<u8> {
        let line = |id: usize| {
            format!(
                "{id}\t{}\ttext {id}\r\n",
                if id.is_multiple_of(3) { -0.5 } else { 1.25 }
            )
        };
        (0..size).map(line).collect::<String>().into_bytes()
    }

    #[test]
    fn the_sets_are_disjoint_whole_and_balanced_where_promised() {
        let built = build(&corpus(60), &recipe(5, 20)).unwrap();
        let (train, test, transfer) =
            (rows(&built.train), rows(&built.test), rows(&built.transfer));
        assert_eq!((train.len(), test.len(), transfer.len()), (10, 20, 30));
        assert_eq!(train.iter().filter(|row| &row[1] == "1").count(), 5);
        assert!(transfer.iter().all(|row| row.len() == 1));
        for row in train.iter().chain(&test) {
            let id: usize = row[0].strip_prefix("text ").unwrap().parse().unwrap();
            assert_eq!(&row[1], if id.is_multiple_of(3) { "0" } else { "1" });
        }
        let all: HashSet<String> = train
            .iter()
            .chain(&test)
            .chain(&transfer)
            .map(|row| row[0].to_owned())
            .collect();
        assert_eq!(all.len(), 60);
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
        let first = build(&corpus(60), &recipe(5, 20)).unwrap();
        assert_eq!(
            first.train,
            build(&corpus(60), &recipe(5, 20)).unwrap().train
        );
        let other = Build {
            seed: 8,
            ..recipe(5, 20)
        };
        assert_ne!(first.train, build(&corpus(60), &other).unwrap().train);
    }

    #[test]
    fn zero_and_repeated_texts_are_left_out() {
        let ratings =
            "1\t0\tnone\n2\t-0.0\tnone\n3\t1\t café “a”\n4\t-2\tcafé “a”\n\n5\t-1\tb\tc\n";
        let texts = distinct(parse(ratings.as_bytes()).unwrap());
        assert_eq!(
            texts,
            [("café “a”".to_owned(), true), ("b\tc".to_owned(), false)]
        );
    }

    #[test]
    fn lines_that_are_no_ratings_and_corpora_that_are_too_small_are_refused() {
        assert_eq!(
            parse(b"1\t2\tfine\n1\tx\ttext").unwrap_err(),
            "line 2: not `id TAB rating TAB text`"
        );
        assert_eq!(
            parse(b"1\t2\tfine\n2\t1\tcaf\xe9").unwrap_err(),
            "line 2: not UTF-8"
        );
        assert_eq!(
            parse(b"1\t2").unwrap_err(),
            "line 1: not `id TAB rating TAB text`"
        );
        let error = build(&corpus(9), &recipe(5, 1)).unwrap_err();
        assert_eq!(error, "too few texts: 8 for training, 1 others");
    }
}
