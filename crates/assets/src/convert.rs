//! Datasets whose files were published in another form than CSV files with the columns `text` and `label`.
//!
//! The rule: every line of a published file is a text with its label, see [`Layout`]. Labels get their names. Where there is only one
//! file, its texts are shuffled as Python's `random.Random(seed).shuffle` does, and the first ones are the test set. Both files are
//! written with a header, lines end in `\n`, and quotes stand only where CSV needs them.

use rand_mt::Mt;

use super::entry::{ConvertSource, Layout, ShuffledCut};

/// A text and its label.
type Labelled = [String; 2];

/// The bytes of training and test file; the error says which line cannot be read.
pub(super) fn convert(
    source: &ConvertSource,
    train: &[u8],
    test: Option<&[u8]>,
) -> Result<[Vec<u8>; 2], String> {
    let mut train = texts(source, train)?;
    let test = match (test, source.cut) {
        (Some(test), _) => texts(source, test)?,
        (None, Some(cut)) => cut_off(&mut train, cut)?,
        (None, None) => return Err("there is no test file".to_owned()),
    };
    Ok([written(&train)?, written(&test)?])
}

/// Shuffles, and takes the test texts off the front.
fn cut_off(texts: &mut Vec<Labelled>, cut: ShuffledCut) -> Result<Vec<Labelled>, String> {
    if texts.len() <= cut.test {
        return Err(format!(
            "{} texts, expected more than {}",
            texts.len(),
            cut.test
        ));
    }
    python_shuffle(texts, cut.seed);
    let train = texts.split_off(cut.test);
    Ok(std::mem::replace(texts, train))
}

/// What `random.Random(seed).shuffle(items)` does in Python 3 with a seed below 2³² (CPython, `Lib/random.py`).
fn python_shuffle<T>(items: &mut [T], seed: u32) {
    let mut random = Mt::new_with_key([seed]);
    for last in (1..items.len()).rev() {
        let bound = last as u32 + 1;
        let bits = u32::BITS - bound.leading_zeros();
        let other = loop {
            let draw = random.next_u32() >> (u32::BITS - bits);
            if draw < bound {
                break draw;
            }
        };
        items.swap(last, other as usize);
    }
}

/// The texts of a file with the names of their labels.
fn texts(source: &ConvertSource, bytes: &[u8]) -> Result<Vec<Labelled>, String> {
    let text = if source.latin_1 {
        bytes.iter().copied().map(char::from).collect()
    } else {
        String::from_utf8(bytes.to_vec()).map_err(|error| error.to_string())?
    };
    let records = records(source.layout, &text)?;
    let rows = records.iter().enumerate().skip(source.header.into());
    rows.map(|(index, fields)| {
        labelled(source, fields).ok_or_else(|| format!("record {}: too few fields", index + 1))
    })
    .collect()
}

fn labelled(source: &ConvertSource, fields: &[String]) -> Option<Labelled> {
    let columns = source.text.iter().map(|&column| fields.get(column));
    let columns: Vec<&str> = columns
        .map(|field| field.map(String::as_str))
        .collect::<Option<_>>()?;
    let text = columns.join(" ");
    let text = text.replace(|character| source.blank.contains(character), " ");
    let label = fields.get(source.label)?;
    Some([text, source.labels.get(label).unwrap_or(label).clone()])
}

/// The fields of every line.
fn records(layout: Layout, text: &str) -> Result<Vec<Vec<String>>, String> {
    let delimiter = match layout {
        Layout::Csv => b',',
        Layout::Tsv => b'\t',
        Layout::LabelFirst | Layout::LabelLast => {
            let split = |line: &str| {
                match layout {
                    Layout::LabelFirst => line.split_once(' '),
                    _ => line.rsplit_once(';'),
                }
                .map(|(first, second)| vec![first.to_owned(), second.to_owned()])
                .unwrap_or_default()
            };
            return Ok(text.split_terminator('\n').map(split).collect());
        }
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let fields = |record: csv::Result<csv::StringRecord>| {
        let record = record.map_err(|error| error.to_string())?;
        Ok(record.iter().map(str::to_owned).collect())
    };
    reader.records().map(fields).collect()
}

fn written(texts: &[Labelled]) -> Result<Vec<u8>, String> {
    let words = |error: csv::Error| error.to_string();
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["text", "label"]).map_err(words)?;
    for text in texts {
        csv.write_record(text).map_err(words)?;
    }
    csv.into_inner().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(keys: &str) -> ConvertSource {
        let text = format!(
            "base = \"http://localhost/\"\ntrain = {{ file = \"a\", git-blob = \"b\" }}\n{keys}"
        );
        toml::from_str(&text).unwrap()
    }

    fn converted(keys: &str, train: &str, test: Option<&str>) -> [String; 2] {
        convert(&source(keys), train.as_bytes(), test.map(str::as_bytes))
            .unwrap()
            .map(|bytes| String::from_utf8(bytes).unwrap())
    }

    /// Witness: Python 3.11, `items = list(range(10)); random.Random(SEED).shuffle(items)`.
    #[test]
    fn the_shuffle_is_python_s() {
        for (seed, expected) in [
            (0, [7, 8, 1, 5, 3, 4, 2, 0, 9, 6]),
            (2021, [2, 7, 9, 3, 0, 5, 1, 4, 8, 6]),
        ] {
            let mut items: Vec<u32> = (0..10).collect();
            python_shuffle(&mut items, seed);
            assert_eq!(items, expected, "{seed}");
        }
    }

    #[test]
    fn every_layout_becomes_text_and_label() {
        let [train, test] = converted(
            "layout = \"label-first\"\ntext = [1]\nlabel = 0\nlatin-1 = true\nlabels = { 0 = \"bad\" }",
            "0 so , so\n1 good\n",
            Some("0 caf\u{e9}\n"),
        );
        assert_eq!(train, "text,label\n\"so , so\",bad\ngood,1\n");
        // Each byte of UTF-8 is read as a character of its own.
        assert_eq!(test, "text,label\ncaf\u{c3}\u{a9},bad\n");
        let [train, _] = converted(
            "layout = \"label-last\"\ntext = [0]\nlabel = 1\nheader = true",
            "text;label\na;b;joy\n",
            Some(""),
        );
        assert_eq!(train, "text,label\na;b,joy\n");
        let [train, _] = converted(
            "layout = \"csv\"\ntext = [1, 2]\nlabel = 0\nblank = \"\\\\\"",
            "\"3\",\"Title, one\",\"in\\\\two\"\n",
            Some(""),
        );
        assert_eq!(train, "text,label\n\"Title, one in  two\",3\n");
        let [train, _] = converted(
            "layout = \"tsv\"\ntext = [0]\nlabel = 1\nheader = true",
            "s\tl\n\"\"\"Yes\"\" she said\"\t1\n",
            Some(""),
        );
        assert_eq!(train, "text,label\n\"\"\"Yes\"\" she said\",1\n");
    }

    #[test]
    fn one_file_is_cut_and_lines_without_a_label_are_refused() {
        let keys = "layout = \"label-first\"\ntext = [1]\nlabel = 0\ncut = { seed = 0, test = 2 }";
        let lines = (0..5).fold(String::new(), |lines, line| {
            lines + &format!("1 text {line}\n")
        });
        let [train, test] = converted(keys, &lines, None);
        assert_eq!((train.lines().count(), test.lines().count()), (4, 3));
        let problem = |text: &str| convert(&source(keys), text.as_bytes(), None).unwrap_err();
        assert_eq!(problem("1 a\n1 b\n"), "2 texts, expected more than 2");
        assert_eq!(problem("1 a\nb\n"), "record 2: too few fields");
    }
}
