//! Results of a computation over all texts of a file, such as a model's, as columns of it.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use super::clean::writer;
use super::header::{Header, Rows, unreadable};
use super::scan::{Sink, Source, scan};
use super::{Delimiter, Input, Progress, StreamError};
use crate::DataError;

/// What [`annotate`] reads and writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// What separates fields, in the input and in the output. An automatic one is settled by the first column of texts.
    pub delimiter: Delimiter,
    /// The columns of texts, at least one, of which the first that the file has is read.
    pub text_columns: Vec<String>,
    /// The columns of results; each is replaced where it exists, and comes after the others where it does not.
    pub columns: Vec<String>,
}

/// Asked with the index of the column of texts that is read, among those of the annotation, and texts in the order of the file;
/// answers with a row of fields per text, one per column of results.
pub type Results<'a> = &'a mut dyn FnMut(usize, &[String]) -> Result<Vec<Vec<String>>, StreamError>;

/// Reads CSV from `input`, asks `results` for the texts of some hundred or thousand rows at a time, and writes all columns
/// and the results to `out`, otherwise as [`preprocess`](super::preprocess()) does.
///
/// # Errors
/// As [`preprocess`](super::preprocess()); those of `results`.
pub fn annotate(
    input: &Input,
    annotation: &Annotation,
    out: &mut dyn Write,
    on_progress: &mut dyn FnMut(Progress),
    results: Results,
) -> Result<Progress, StreamError> {
    let out = Sink::new(out);
    let source = Source {
        input,
        delimiter: annotation.delimiter,
        column: annotation.text_columns.first().map_or("", String::as_str),
    };
    let progress = scan(
        &source,
        |header, delimiter| {
            let layout = Layout::from_header(header, annotation, delimiter)?;
            let more = layout
                .added
                .iter()
                .map(|&result| &*annotation.columns[result]);
            out.write(&layout.rows(std::iter::once(header.names().chain(more)))?)?;
            Ok(Arc::new(layout))
        },
        |layout, _, rows| Part::read(layout, rows),
        |part: Part| {
            let results = results(part.layout.source, &part.texts)?;
            out.write(&part.with(&results)?)?;
            Ok(part.texts.len() as u64)
        },
        on_progress,
    )?;
    out.flush()?;
    Ok(progress)
}

/// Which columns are read and which are written.
struct Layout {
    /// What errors call the file.
    path: PathBuf,
    delimiter: u8,
    /// The column of texts.
    text: usize,
    /// Which of the annotation's columns of texts that is.
    source: usize,
    /// For each column, the result that takes its place.
    replaced: Vec<Option<usize>>,
    /// The results that are columns more.
    added: Vec<usize>,
}

impl Layout {
    fn from_header(
        header: &Header,
        annotation: &Annotation,
        delimiter: u8,
    ) -> Result<Self, DataError> {
        let mut replaced = vec![None; header.names().count()];
        let mut added = Vec::new();
        for (result, name) in annotation.columns.iter().enumerate() {
            match header.find(name)? {
                Some(column) => replaced[column] = Some(result),
                None => added.push(result),
            }
        }
        for (source, name) in annotation.text_columns.iter().enumerate() {
            if let Some(text) = header.find(name)? {
                return Ok(Self {
                    path: header.path().to_owned(),
                    delimiter,
                    text,
                    source,
                    replaced,
                    added,
                });
            }
        }
        Err(DataError::MissingColumn {
            path: header.path().to_owned(),
            column: annotation.text_columns.join("` or `"),
            present: header.names().map(str::to_owned).collect(),
        })
    }

    /// Rows as CSV.
    fn rows<'a>(
        &self,
        rows: impl Iterator<Item = impl Iterator<Item = &'a str>>,
    ) -> Result<Vec<u8>, DataError> {
        let failed = |error| unreadable(&self.path, error);
        let mut writer = writer(self.delimiter);
        for row in rows {
            writer.write_record(row).map_err(failed)?;
        }
        let written = writer.into_inner();
        written.map_err(|error| failed(error.into_error().into()))
    }
}

/// The rows of a block.
struct Part {
    layout: Arc<Layout>,
    rows: Vec<csv::StringRecord>,
    texts: Vec<String>,
}

impl Part {
    fn read(layout: &Arc<Layout>, mut from: Rows) -> Result<Self, DataError> {
        let (mut rows, mut texts) = (Vec::new(), Vec::new());
        while from.advance()? {
            let text = from.check_fields().and_then(|()| from.text(layout.text));
            texts.push(text.map_err(|fault| from.at(fault))?.to_owned());
            rows.push(from.fields().clone());
        }
        Ok(Self {
            layout: Arc::clone(layout),
            rows,
            texts,
        })
    }

    /// The rows with the results in their places, as CSV.
    fn with(&self, results: &[Vec<String>]) -> Result<Vec<u8>, DataError> {
        let layout = &self.layout;
        let rows = self.rows.iter().zip(results).map(|(row, results)| {
            let places = row.iter().zip(&layout.replaced);
            let fields =
                places.map(|(field, result)| result.map_or(field, |result| &*results[result]));
            fields.chain(layout.added.iter().map(|&result| &*results[result]))
        });
        layout.rows(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file with its texts' lengths in columns `n` and `more`.
    fn measured(file: &str, text_columns: &[&str]) -> Result<String, StreamError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fsl_common::fsio::write_atomic(&path, file.as_bytes()).unwrap();
        let annotation = Annotation {
            delimiter: Delimiter::Is(b','),
            text_columns: text_columns.iter().map(|&name| name.to_owned()).collect(),
            columns: vec!["n".to_owned(), "more".to_owned()],
        };
        let mut out = Vec::new();
        annotate(
            &Input::File(path),
            &annotation,
            &mut out,
            &mut |_| (),
            &mut |source, texts| {
                let row = |text: &String| vec![text.len().to_string(), format!("{source},{text}")];
                Ok(texts.iter().map(row).collect())
            },
        )?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn results_replace_their_columns_or_come_last() {
        assert_eq!(
            measured("n,b,a\n9,x,yy\n\n8,z,\n", &["a", "b"]).unwrap(),
            "n,b,a,more\n2,x,yy,\"0,yy\"\n0,z,,\"0,\"\n"
        );
        assert_eq!(
            measured("b\nx\n", &["a", "b"]).unwrap(),
            "b,n,more\nx,1,\"1,x\"\n"
        );
    }

    #[test]
    fn what_is_wrong_with_the_file_is_said() {
        let fault = |file: &str| measured(file, &["a", "b"]).unwrap_err().to_string();
        assert!(fault("c\nx\n").ends_with("a.csv`: no column `a` or `b`; the columns are `c`"));
        assert!(fault("a\n").ends_with("a.csv`: a header but no rows"));
        assert!(fault("a,c\nx,y\nz\n").ends_with("a.csv`, line 3: 1 field, the header has 2"));
        assert!(
            fault("a,n,n\nx,y,z\n")
                .ends_with("a.csv`: 2 columns are called `n`, must be exactly one")
        );
    }
}
