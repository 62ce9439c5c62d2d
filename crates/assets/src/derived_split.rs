//! Datasets cut from others: the labelled test set of one becomes the test set and the transfer set of another.
//!
//! The rule: the rows of the test file are shuffled class by class (class 0 first; ChaCha8, seeded by the catalogue), and half
//! of the new test set is taken from the front of each class. These rows, in the order of the file, are the test set; the others,
//! in the order of the file and without their labels, are the transfer set. The training file stays as it is, byte for byte.

use std::fs;
use std::path::Path;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::dataset::DatasetFiles;
use super::entry::DerivedSplit;
use super::source_error::SourceError;
use fsl_common::random::shuffle;

/// The bytes of training, test and transfer file.
pub(super) fn cut(base: &DatasetFiles, source: &DerivedSplit) -> Result<[Vec<u8>; 3], SourceError> {
    let train = fs::read(&base.train).map_err(SourceError::disk(&base.train))?;
    let test = fs::read(&base.test).map_err(SourceError::disk(&base.test))?;
    let refused = |problem| SourceError::Archive {
        archive: name_of(&base.test),
        problem,
    };
    let [test, transfer] = halves(&test, &base.label, source).map_err(refused)?;
    Ok([train, test, transfer])
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn halves(test: &[u8], label: &str, source: &DerivedSplit) -> Result<[Vec<u8>; 2], String> {
    let words = |error: csv::Error| error.to_string();
    let mut reader = csv::Reader::from_reader(test);
    let header = reader.headers().map_err(words)?.clone();
    let label = header
        .iter()
        .position(|name| name == label)
        .ok_or_else(|| format!("it has no column `{label}`"))?;
    let rows = reader
        .records()
        .collect::<Result<Vec<_>, _>>()
        .map_err(words)?;
    let chosen = chosen(&rows, label, source)?;
    let (mut kept, mut rest) = (writer(), writer());
    kept.write_record(&header).map_err(words)?;
    rest.write_record(without(&header, label)).map_err(words)?;
    for (row, chosen) in rows.iter().zip(chosen) {
        if chosen {
            kept.write_record(row).map_err(words)?;
        } else {
            rest.write_record(without(row, label)).map_err(words)?;
        }
    }
    let bytes =
        |writer: csv::Writer<Vec<u8>>| writer.into_inner().map_err(|error| error.to_string());
    Ok([bytes(kept)?, bytes(rest)?])
}

/// Which rows stay in the test set.
fn chosen(
    rows: &[csv::StringRecord],
    label: usize,
    source: &DerivedSplit,
) -> Result<Vec<bool>, String> {
    let mut rng = ChaCha8Rng::seed_from_u64(source.seed);
    let mut chosen = vec![false; rows.len()];
    for class in ["0", "1"] {
        let is_class = |&row: &usize| rows[row].get(label) == Some(class);
        let mut members: Vec<usize> = (0..rows.len()).filter(is_class).collect();
        if members.len() < source.test / 2 {
            return Err(format!(
                "{} texts of class {class}, expected {}",
                members.len(),
                source.test / 2
            ));
        }
        shuffle(&mut members, &mut rng);
        for &row in &members[..source.test / 2] {
            chosen[row] = true;
        }
    }
    Ok(chosen)
}

fn writer() -> csv::Writer<Vec<u8>> {
    csv::Writer::from_writer(Vec::new())
}

fn without(row: &csv::StringRecord, column: usize) -> impl Iterator<Item = &str> {
    row.iter()
        .enumerate()
        .filter(move |&(index, _)| index != column)
        .map(|(_, field)| field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(test: usize) -> DerivedSplit {
        DerivedSplit {
            of: "whole".to_owned(),
            seed: 3,
            test,
        }
    }

    fn whole() -> String {
        (0..20).fold("text,label\n".to_owned(), |csv, row| {
            csv + &format!("\"text, {row}\",{}\n", row % 2)
        })
    }

    #[test]
    fn the_halves_are_disjoint_whole_balanced_and_the_second_has_no_labels() {
        let [test, transfer] = halves(whole().as_bytes(), "label", &source(8)).unwrap();
        let (test, transfer) = (
            String::from_utf8(test).unwrap(),
            String::from_utf8(transfer).unwrap(),
        );
        assert!(test.starts_with("text,label\n") && transfer.starts_with("text\n"));
        let tested: Vec<&str> = test.lines().skip(1).collect();
        assert_eq!(tested.len(), 8);
        assert_eq!(tested.iter().filter(|line| line.ends_with(",1")).count(), 4);
        let mut all: Vec<String> = tested
            .iter()
            .map(|line| line[..line.len() - 2].to_owned())
            .collect();
        all.extend(transfer.lines().skip(1).map(str::to_owned));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 20);
    }

    #[test]
    fn another_seed_cuts_elsewhere_and_too_few_texts_are_refused() {
        let cut = |seed| {
            halves(
                whole().as_bytes(),
                "label",
                &DerivedSplit { seed, ..source(8) },
            )
            .unwrap()
        };
        assert_eq!(cut(1), cut(1));
        assert_ne!(cut(1), cut(2));
        assert_eq!(
            halves(whole().as_bytes(), "label", &source(22)).unwrap_err(),
            "10 texts of class 0, expected 11"
        );
        assert_eq!(
            halves(b"text\na\n", "label", &source(2)).unwrap_err(),
            "it has no column `label`"
        );
    }
}
