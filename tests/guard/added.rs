//! Metrics, and warnings about data, that were added after the guard's golden files were made. Outputs are compared without them: their keys and columns are
//! taken away, by name, so that the golden files stay as they are. What is left is compared: in JSON every key and value in its
//! order, in CSV every field, in tables for people every other cell; how JSON is indented and CSV is quoted is not.

use serde_json::Value;

use super::golden::Outputs;

/// A metric's name for programs, and its heading.
const ADDED: [(&str, &str); 1] = [("mcc", "MCC")];
/// The metrics that tables had before.
const BEFORE: usize = 3;

/// The outputs as they were before.
pub(super) fn without_added(outputs: &Outputs) -> Outputs {
    let kept = outputs.iter().map(|(name, bytes)| {
        let file = name.rsplit('/').next().unwrap_or_default();
        let text = || std::str::from_utf8(bytes).unwrap();
        let bytes = match file.rsplit_once('.') {
            Some((stem, "json")) if stem.starts_with("table") => without_keys(text()),
            Some((stem, "csv")) if stem.starts_with("table") => without_csv_columns(text()),
            Some((stem, "md")) if stem.starts_with("table") => without_columns(text(), "|"),
            Some((stem, "tex")) if stem.starts_with("table") => without_columns(text(), " & "),
            Some((stem, "txt")) if stem.starts_with("terminal") => without_cells(text()),
            _ => bytes.clone(),
        };
        (name.clone(), bytes)
    });
    kept.collect()
}

fn without_keys(json: &str) -> Vec<u8> {
    let mut value: Value = serde_json::from_str(json).unwrap();
    for (id, _) in ADDED {
        assert!(removed(&mut value, id) > 0, "no key `{id}` in {json}");
    }
    removed(&mut value, "warnings");
    (serde_json::to_string_pretty(&value).unwrap() + "\n").into_bytes()
}

/// Removes the key at every depth; says how often it was there.
fn removed(value: &mut Value, id: &str) -> usize {
    match value {
        Value::Object(fields) => {
            let here = usize::from(fields.shift_remove(id).is_some());
            let deeper = fields.values_mut().map(|value| removed(value, id));
            here + deeper.sum::<usize>()
        }
        Value::Array(values) => values.iter_mut().map(|value| removed(value, id)).sum(),
        _ => 0,
    }
}

fn without_csv_columns(text: &str) -> Vec<u8> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let is_added = |name: &str| {
        let mut ids = ADDED.iter();
        ids.any(|(id, _)| name.starts_with(&format!("{id}_")))
    };
    let added: Vec<bool> = lines[0].iter().map(is_added).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in &lines {
        let kept = line.iter().zip(&added).filter(|(_, added)| !**added);
        writer.write_record(kept.map(|(field, _)| field)).unwrap();
    }
    writer.into_inner().unwrap()
}

/// The lines of a table, of which the first one names the columns.
fn without_columns(text: &str, separator: &str) -> Vec<u8> {
    const END: &str = " \\\\";
    let cells = |line: &str| -> Vec<String> {
        let line = line.strip_suffix(END).unwrap_or(line);
        line.split(separator).map(str::to_owned).collect()
    };
    let is_added = |cell: &String| ADDED.iter().any(|(_, heading)| cell.trim() == *heading);
    let mut added: Vec<bool> = Vec::new();
    let lines = text.lines().map(|line| {
        let cells = cells(line);
        if cells.iter().any(|cell| cell.trim() == "F1") {
            added = cells.iter().map(is_added).collect();
        }
        let kept = cells.into_iter().enumerate();
        let kept = kept.filter(|(place, _)| !added.get(*place).copied().unwrap_or(false));
        let kept: Vec<String> = kept.map(|(_, cell)| cell).collect();
        let end = if line.ends_with(END) { END } else { "" };
        kept.join(separator) + end
    });
    lines.collect::<Vec<_>>().join("\n").into_bytes()
}

/// Rows of the terminal's table, words apart by one space: `64.41 ± 4.65` for each metric.
fn without_cells(text: &str) -> Vec<u8> {
    let row = |line: &str| {
        let mut words: Vec<&str> = line.split(' ').collect();
        let signs = words.iter().enumerate().filter(|(_, word)| **word == "±");
        let signs: Vec<usize> = signs.map(|(place, _)| place).collect();
        assert_eq!(signs.len(), BEFORE + ADDED.len(), "{line}");
        for sign in signs.into_iter().skip(BEFORE).rev() {
            words.drain(sign - 1..=sign + 1);
        }
        words.join(" ")
    };
    text.lines()
        .map(row)
        .collect::<Vec<_>>()
        .join("\n")
        .into_bytes()
}

/// A page whose tables lack the columns.
pub(super) fn without_columns_of_page(html: &str) -> String {
    html.split_inclusive("</table>")
        .map(without_columns_of_table)
        .collect()
}

/// The cells after a row's first one are `td`.
fn without_columns_of_table(table: &str) -> String {
    let Some((head, body)) = table.split_once("<tbody>") else {
        return table.to_owned();
    };
    let headings = head.split("<th scope=\"col\"").skip(1);
    let is_added = |heading: &str| {
        let mut added = ADDED.iter();
        added.any(|(_, name)| heading.contains(&format!(">{name}<")))
    };
    let added: Vec<bool> = headings.map(is_added).collect();
    let row = |row: &str| {
        let cells = row.split("<td").enumerate();
        let kept = cells.filter(|(place, _)| !added.get(*place).copied().unwrap_or(false));
        kept.map(|(_, cell)| cell).collect::<Vec<_>>().join("<td")
    };
    let rows: String = body.split_inclusive("</tr>").map(row).collect();
    format!("{head}<tbody>{rows}")
}
