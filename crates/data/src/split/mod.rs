//! Sets for experiments, drawn from one large file of labelled texts.
//!
//! The published construction: apply the text rules, drop texts that are there already, drop short ones, draw a test set
//! and a training set with as many texts of each label, and a transfer set from what is left (notebook 1.0 of boostFSLBert,
//! whose random draws NumPy made; the draws here are this program's own).
//!
//! Labels are any texts; the classes follow from them as they do everywhere ([`LabelColumn`](crate::LabelColumn)).
//!
//! The file is read twice. The first time only a fingerprint, the row number and the label of each text are kept, some 80
//! bytes a row however long the texts; the second time the texts of the rows that were drawn.

mod draw;
mod error;
mod files;
mod first_pass;
mod labels;
mod near_duplicates;
mod report;
mod second_pass;
mod sets;
mod settings;
mod wanted;

use std::io;

use super::DataError;
use super::stream::{Input, Progress, Source, StreamError, scan};
pub use error::{ShortOfTexts, SplitError};
use files::Sets;
pub use files::Split;
use first_pass::{Layout, Survey, Surveyed};
pub use near_duplicates::THRESHOLD;
pub use report::{
    Conflicts, Counts, Example, InputFile, Labels, NearDuplicates, Overlap, Parameters, Report,
    SetReport, SkippedRows,
};
use second_pass::{BlockTexts, Text, WantedRows};
pub use sets::{BadSize, Set, Size};
pub use settings::Settings;

/// Draws the sets out of `input`, which is a file: it is read twice.
///
/// `on_progress` gets the pass, 0 or 1, and how far it has come.
///
/// # Errors
/// Those of [`Settings::check`]; an input that cannot be read, is no CSV file or changes meanwhile; a row without a usable
/// label, unless such rows are skipped; labels that are hardly classes, or none of those of the settings; too few texts for a set.
pub fn split(
    input: &Input,
    settings: &Settings,
    on_progress: &mut dyn FnMut(u8, Progress),
) -> Result<Split, SplitError> {
    settings.check()?;
    let source = Source {
        input,
        delimiter: settings.delimiter,
        column: &settings.text_column,
    };
    let (surveyed, has_learnt) = look(&source, settings, &mut |progress| {
        on_progress(0, progress);
    })?;
    let Surveyed {
        candidates,
        blocks,
        counts,
        classes,
    } = surveyed;
    let drawn = draw::draw(&candidates, &classes, settings)?;
    let wanted = drawn.iter().flat_map(|(_, texts)| texts);
    let wanted = WantedRows::new(wanted.map(|&text| &candidates[text]).collect(), &blocks);
    let texts = collect(&source, settings, &wanted, &mut |progress| {
        on_progress(1, progress);
    })?;
    let sets = Sets {
        settings,
        has_learnt,
        classes: &classes,
        candidates: &candidates,
        texts: &texts,
        wanted: &wanted,
    };
    sets.split(input, counts, &drawn)
}

/// The first pass; returns too whether there is a column `text_pp` beside the texts.
fn look(
    source: &Source,
    settings: &Settings,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<(Surveyed, bool), StreamError> {
    let mut survey = Survey::new(source.input.name(), settings);
    let mut has_learnt = false;
    scan(
        source,
        |header, _| {
            let layout = Layout::from_header(header, settings)?;
            has_learnt = layout.has_learnt(settings);
            Ok(layout)
        },
        |layout, _, rows| first_pass::look(layout, settings, rows),
        |part| Ok(survey.take(part)?),
        on_progress,
    )?;
    Ok((survey.finish(settings)?, has_learnt))
}

/// The second pass.
fn collect(
    source: &Source,
    settings: &Settings,
    wanted: &WantedRows,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Vec<Text>, StreamError> {
    let mut texts = Vec::with_capacity(wanted.len());
    scan(
        source,
        |header, _| Ok(Layout::from_header(header, settings)?),
        |layout, _, rows| wanted.read(layout, settings, rows),
        |found: Option<BlockTexts>| {
            let found = found.ok_or_else(|| changed(source.input))?;
            texts.extend(found.texts);
            Ok(found.rows)
        },
        on_progress,
    )?;
    if texts.len() < wanted.len() {
        return Err(changed(source.input));
    }
    Ok(texts)
}

fn changed(input: &Input) -> StreamError {
    let path = input.name().to_owned();
    let source = io::Error::other("it changed while it was read");
    DataError::Read { path, source }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Delimiter;
    use fsl_common::fsio;

    #[test]
    fn a_file_that_changes_between_the_passes_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.csv");
        let input = Input::File(path.clone());
        let settings = Settings {
            delimiter: Delimiter::Is(b','),
            text_column: "text".to_owned(),
            label_column: "label".to_owned(),
            classes: None,
            rules: None,
            min_chars: 1,
            keep_duplicates: false,
            skip_bad_rows: false,
            seed: 0,
            train: Some(Size::Rest),
            test: None,
            transfer: None,
            transfer_labels: false,
        };
        let source = Source {
            input: &input,
            delimiter: settings.delimiter,
            column: "text",
        };
        let go_on = &mut |_| ();
        fsio::write_atomic(&path, b"text,label\na,0\nb,1\nc,1\n").unwrap();
        let (surveyed, _) = look(&source, &settings, go_on).unwrap();
        let candidates = surveyed.candidates.iter().collect();
        let wanted = WantedRows::new(candidates, &surveyed.blocks);
        let read = collect(&source, &settings, &wanted, go_on).unwrap();
        let texts: Vec<&str> = read.iter().map(|text| text.text.as_str()).collect();
        assert_eq!(texts, ["a", "b", "c"]);
        for changed in [
            "text,label\na,0\nx,1\nc,1\n",
            "text,label\na,0\nb,1\n",
            "text,label\n\na,0\n,\nb,1\nc,1\n",
        ] {
            fsio::write_atomic(&path, changed.as_bytes()).unwrap();
            let error = collect(&source, &settings, &wanted, go_on).unwrap_err();
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            assert_eq!(
                cause.as_deref(),
                Some("it changed while it was read"),
                "{changed}"
            );
        }
    }
}
