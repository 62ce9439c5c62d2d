//! Columns of labels: each text's label as it is written, and the line that it is from.

use std::collections::HashMap;
use std::path::Path;

use super::distinct::{DistinctLabel, DistinctLabels, label_text};
use super::{DataError, LineFault};

/// The labels of a file's texts, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelColumn {
    /// The distinct labels and where they are from.
    pub(super) distinct: DistinctLabels,
    /// For each text the place of its label among the distinct ones.
    of_texts: Vec<u32>,
    /// For each text the line, from 1, on which its row starts.
    lines: Vec<u64>,
}

impl LabelColumn {
    /// Takes labels out of the fields of a column, each with the line that it is from. Spaces around a label do not matter, and a
    /// whole number written as `1.0` is `1`. `path` and `column` are what errors call the file and the column.
    ///
    /// # Errors
    /// An empty label.
    pub fn new<'a>(
        path: &Path,
        column: &str,
        fields: impl IntoIterator<Item = (u64, &'a str)>,
    ) -> Result<Self, DataError> {
        let mut labels = Self {
            distinct: DistinctLabels::new(path, column),
            of_texts: Vec::new(),
            lines: Vec::new(),
        };
        let mut places: HashMap<&str, u32> = HashMap::new();
        for (line, field) in fields {
            let name = label_text(field);
            if name.is_empty() {
                let column = column.to_owned();
                let (path, fault) = (path.to_owned(), LineFault::EmptyLabel { column });
                return Err(DataError::Line { path, line, fault });
            }
            // A file of 2³² different labels does not fit into memory.
            let next = labels.distinct.by_line.len() as u32;
            let place = *places.entry(name).or_insert(next);
            if place == next {
                labels.distinct.by_line.push(DistinctLabel {
                    name: name.to_owned(),
                    count: 0,
                    first_line: line,
                });
            }
            labels.distinct.by_line[place as usize].count += 1;
            labels.of_texts.push(place);
            labels.lines.push(line);
        }
        Ok(labels)
    }

    /// What errors call the file.
    pub fn path(&self) -> &Path {
        &self.distinct.path
    }

    /// The name of the column.
    pub fn column(&self) -> &str {
        &self.distinct.column
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.of_texts.len()
    }

    /// Whether there are no texts.
    pub fn is_empty(&self) -> bool {
        self.of_texts.is_empty()
    }

    /// Each text's label, and the line on which its row starts.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, u64)> {
        let texts = self.of_texts.iter().zip(&self.lines);
        texts.map(|(&place, &line)| (self.distinct.by_line[place as usize].name.as_str(), line))
    }

    /// The distinct labels in the order of classes: numbers by size if all are whole or decimal numbers, otherwise by code points.
    pub fn distinct(&self) -> Vec<DistinctLabel> {
        self.distinct.sorted()
    }

    /// What `of_label` has for each text's label, by the places of the distinct labels.
    pub(super) fn select<T: Copy>(&self, of_label: &[T]) -> Vec<T> {
        let texts = self.of_texts.iter();
        texts.map(|&place| of_label[place as usize]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_counted_with_the_line_of_the_first() {
        let fields = [(2, "spam"), (3, " ham "), (6, "spam"), (7, "1.0"), (8, "1")];
        let labels = LabelColumn::new(Path::new("a.csv"), "kind", fields).unwrap();
        let of_texts: Vec<_> = labels.iter().collect();
        assert_eq!(
            of_texts,
            [("spam", 2), ("ham", 3), ("spam", 6), ("1", 7), ("1", 8)]
        );
        let distinct: Vec<_> = labels
            .distinct()
            .into_iter()
            .map(|label| (label.name, label.count, label.first_line))
            .collect();
        assert_eq!(
            distinct,
            [
                ("1".to_owned(), 2, 7),
                ("ham".to_owned(), 1, 3),
                ("spam".to_owned(), 2, 2)
            ]
        );
    }

    #[test]
    fn an_empty_label_is_named_with_its_line() {
        let fields = [(2, "a"), (4, " ")];
        let error = LabelColumn::new(Path::new("a.csv"), "kind", fields).unwrap_err();
        assert_eq!(
            (error.to_string(), error.hint().unwrap()),
            (
                "`a.csv`, line 4: column `kind`: an empty label".to_owned(),
                "give every text a label, or remove the row".to_owned()
            )
        );
    }
}
