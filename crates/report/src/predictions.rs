//! The stored predictions of any rows as one CSV.

use std::io::Write;

use super::ReportError;
use super::csv::{digits, write_lines};
use fsl_common::classes::{Classes, Label};
use fsl_common::probabilities::Probabilities;

/// What one trial predicted of the test texts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrialPredictions<'a> {
    /// The experiment's name.
    pub experiment: &'a str,
    /// The row's identifier.
    pub row: &'a str,
    /// The trial's number within the row, from 0.
    pub trial: u64,
    /// What texts are sorted into.
    pub classes: &'a Classes,
    /// The true label of every test text, in the order of the test file.
    pub labels: &'a [Label],
    /// The probabilities of every test text.
    pub probabilities: &'a Probabilities,
}

/// Writes a line per test text and trial, in the order given. Probabilities have the fewest digits that read back as the same `f64`, so
/// that equal files mean equal predictions.
///
/// Where all classes are `0` and `1`, the columns are `experiment,row,trial,index,label,probability`, the probability of `1`. Otherwise
/// `label` holds the class's name, `predicted` that of the predicted class, `probability` is that of the second of two classes, and more
/// classes have a column `probability_NAME` each; what does not apply is empty.
///
/// # Errors
/// Whatever `out` says.
pub fn write_predictions(out: impl Write, trials: &[TrialPredictions]) -> Result<(), ReportError> {
    let named = trials.iter().any(|trial| !trial.classes.are_zero_one());
    let columns = probability_columns(trials);
    let keys = ["experiment", "row", "trial", "index", "label"].into_iter();
    let predicted = named.then_some("predicted");
    let header: Vec<String> = (keys.chain(predicted).map(str::to_owned))
        .chain(columns.iter().cloned())
        .collect();
    let lines = trials
        .iter()
        .flat_map(|trial| trial_lines(trial, named, &columns));
    write_lines(out, &header, lines)
}

/// The columns of probabilities that any trial needs.
fn probability_columns(trials: &[TrialPredictions]) -> Vec<String> {
    let has_two = |trial: &TrialPredictions| trial.classes.count() == 2;
    let mut columns = Vec::new();
    if trials.is_empty() || trials.iter().any(has_two) {
        columns.push("probability".to_owned());
    }
    for trial in trials.iter().filter(|trial| !has_two(trial)) {
        for name in trial.classes.names() {
            let column = format!("probability_{name}");
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
    }
    columns
}

fn trial_lines<'a>(
    trial: &'a TrialPredictions,
    named: bool,
    columns: &[String],
) -> impl Iterator<Item = Vec<String>> + use<'a> {
    let classes = trial.classes;
    // Where the probabilities of the trial stand among all columns.
    let own: Vec<usize> = probability_columns(std::slice::from_ref(trial))
        .iter()
        .filter_map(|name| columns.iter().position(|column| column == name))
        .collect();
    let width = columns.len();
    let predicted = trial.probabilities.predicted();
    let rows = trial.labels.iter().zip(trial.probabilities.rows());
    rows.zip(predicted)
        .enumerate()
        .map(move |(index, ((&label, values), predicted))| {
            let mut line = vec![
                trial.experiment.to_owned(),
                trial.row.to_owned(),
                trial.trial.to_string(),
                index.to_string(),
                classes.name(label).to_owned(),
            ];
            line.extend(named.then(|| classes.name(predicted).to_owned()));
            let mut cells = vec![String::new(); width];
            for (&place, &value) in own.iter().zip(values) {
                cells[place] = digits(value);
            }
            line.extend(cells);
            line
        })
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn written(trials: &[TrialPredictions]) -> String {
        let mut bytes = vec![];
        write_predictions(&mut bytes, trials).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn trial<'a>(
        classes: &'a Classes,
        labels: &'a [Label],
        probabilities: &'a Probabilities,
    ) -> TrialPredictions<'a> {
        TrialPredictions {
            experiment: "a,b",
            row: "fsl",
            trial: 3,
            classes,
            labels,
            probabilities,
        }
    }

    #[test]
    fn probabilities_read_back_bit_by_bit() {
        let values = vec![0.0, 1.0, 0.1 + 0.2, 1.0 / 3.0, 1e-7, f64::MIN_POSITIVE];
        let probabilities = Probabilities::two_class(values.clone());
        let (labels, classes) = ([0, 1, 0, 0, 0, 0], Classes::zero_one());
        let text = written(&[trial(&classes, &labels, &probabilities)]);
        insta::assert_snapshot!(text, @r#"
        experiment,row,trial,index,label,probability
        "a,b",fsl,3,0,0,0.0
        "a,b",fsl,3,1,1,1.0
        "a,b",fsl,3,2,0,0.30000000000000004
        "a,b",fsl,3,3,0,0.3333333333333333
        "a,b",fsl,3,4,0,1e-7
        "a,b",fsl,3,5,0,2.2250738585072014e-308
        "#);
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let read: Vec<f64> = reader
            .records()
            .map(|record| record.unwrap()[5].parse().unwrap())
            .collect();
        assert_eq!(read, values);
    }

    #[test]
    fn classes_have_names_and_columns_of_their_own() {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let three = Classes::new(names(&["hate", "neither", "so, so"]), None).unwrap();
        let two = Classes::new(names(&["ham", "spam"]), Some("spam")).unwrap();
        let of_three = Probabilities::new(3, vec![0.25, 0.5, 0.25]);
        let of_two = Probabilities::two_class(vec![0.75]);
        let text = written(&[trial(&three, &[2], &of_three), trial(&two, &[0], &of_two)]);
        insta::assert_snapshot!(text, @r#"
        experiment,row,trial,index,label,predicted,probability,probability_hate,probability_neither,"probability_so, so"
        "a,b",fsl,3,0,"so, so",neither,,0.25,0.5,0.25
        "a,b",fsl,3,0,ham,spam,0.75,,,
        "#);
    }

    #[test]
    fn a_full_disk_is_reported() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (classes, probabilities) = (Classes::zero_one(), Probabilities::two_class(vec![0.5]));
        let error = write_predictions(Full, &[trial(&classes, &[0], &probabilities)]).unwrap_err();
        assert_eq!(error.to_string(), "write predictions");
        assert_eq!(
            error.hint().unwrap(),
            "free some space, or choose a file on another disk"
        );
    }
}
