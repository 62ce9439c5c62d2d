//! Signatures: how a row's numbers were made, in one line.

use std::collections::BTreeSet;

use super::stored_view::StoredView;
use fsl_core::runner::{PlannedRow, PlannedTrial};
use fsl_core::spec::{DataSource, Experiment, Row};
use fsl_report::{F1Source, Signature, SignatureKind, Style};

/// How the row's numbers are made; `None` where nothing of it is stored.
pub(crate) fn signature(
    planned: &PlannedRow,
    view: StoredView,
    experiment: &Experiment,
    style: &Style,
) -> Option<Signature> {
    let trials = view.trials(planned).into_iter();
    let stored: Vec<&PlannedTrial> = trials.filter(|trial| view.store.has(&trial.key)).collect();
    let first = stored.first()?;
    let declared = &experiment.rows[planned.row];
    let is_mean = !planned.members.is_empty();
    let kind = match (is_mean, stored.len()) {
        (true, _) => SignatureKind::Members,
        (false, 1) => SignatureKind::Single,
        (false, _) => SignatureKind::Over(style.center),
    };
    let varied = if stored.len() > 1 {
        varied(declared, first, is_mean)
    } else {
        Vec::new()
    };
    Some(Signature {
        n: stored.len(),
        kind,
        ddof: if matches!(kind, SignatureKind::Over(_)) {
            style.ddof
        } else {
            1
        },
        rounded: style.f1 == F1Source::Rounded,
        varied,
        test: (
            test_name(declared),
            first.inputs.data.test.chars().take(10).collect(),
        ),
        precision: precisions(&stored),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// The streams that differ between the trials of a row, or the members of a mean, with their levels where they are crossed.
fn varied(declared: &Row, trial: &PlannedTrial, is_mean: bool) -> Vec<String> {
    let varied = declared.trials.vary.iter();
    varied
        .filter(|stream| is_mean || declared.streams().contains(stream))
        .filter(|stream| trial.inputs.seeds.contains_key(*stream))
        .map(|&stream| match declared.levels(stream) {
            Some(levels) => format!("{stream}({levels})"),
            None => stream.to_string(),
        })
        .collect()
}

/// The kinds of number that encoders were computed in, such as `bf16+f32`; `none` without an encoder.
fn precisions(trials: &[&PlannedTrial]) -> String {
    let kinds: BTreeSet<&str> = trials
        .iter()
        .filter_map(|trial| Some(trial.inputs.method.encoder()?.precision.as_str()))
        .collect();
    if kinds.is_empty() {
        return "none".to_owned();
    }
    kinds.into_iter().collect::<Vec<_>>().join("+")
}

/// The data set's name, or that of the file of test texts.
fn test_name(row: &Row) -> String {
    match &row.data.source {
        DataSource::Catalog(name) => name.clone(),
        DataSource::Files { test, .. } => test
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fsl_common::seed::Stream;
    use fsl_common::settings::Precision;

    /// `report` knows neither, so that it lists their names.
    #[test]
    fn signatures_of_every_stream_and_precision_read_back() {
        let signature = Signature {
            n: 2,
            kind: SignatureKind::Members,
            ddof: 1,
            rounded: false,
            varied: Stream::ALL.map(|stream| stream.to_string()).into(),
            test: ("test.csv".to_owned(), "0123456789".to_owned()),
            precision: [Precision::Bf16, Precision::F32, Precision::Int8]
                .map(Precision::as_str)
                .join("+"),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        assert_eq!(signature.to_string().parse(), Ok(signature));
    }
}
