//! The looks of tables, as specs set them.

use fsl_core::spec::{CenterName, F1Name, TableStyle};
use fsl_metrics::Center;
use fsl_report::{F1Source, Style};

/// The style that a spec sets for its tables.
pub fn table_style(spec: &TableStyle) -> Style {
    Style {
        center: center(spec.center),
        ddof: spec.ddof,
        f1: f1(spec.f1),
        ..Style::default()
    }
}

/// The centre that a spec names.
pub(crate) fn center(name: CenterName) -> Center {
    match name {
        CenterName::Mean => Center::Mean,
        CenterName::Median => Center::Median,
    }
}

fn f1(name: F1Name) -> F1Source {
    match name {
        F1Name::Counts => F1Source::Counts,
        F1Name::Rounded => F1Source::Rounded,
    }
}
