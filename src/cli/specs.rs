//! Loading the specs that a command names.

use super::args::{CenterArg, SpecArgs, StyleArgs, TableFormat};
use super::console;
use super::error::CliError;
use crate::assets::Assets;
use crate::metric::Center;
use crate::report::{Format, Style};
use crate::spec::{self, CenterName, Experiment, Names, Override, TableStyle};

/// Reads and checks the specs.
pub(super) fn load(args: &SpecArgs, assets: &Assets) -> Result<Vec<Experiment>, CliError> {
    let overrides = args.set.iter().map(|text| Override::parse(text)).collect::<Result<Vec<_>, _>>()?;
    Ok(spec::load(&args.specs, &overrides, &names(assets))?)
}

fn names(assets: &Assets) -> Names {
    let catalog = assets.catalog();
    Names {
        encoders: catalog.encoders().map(|(name, _)| name.to_owned()).collect(),
        datasets: catalog.datasets().map(|(name, _)| name.to_owned()).collect(),
    }
}

/// How tables look: as the command line says, otherwise as the spec does.
pub(super) fn style(args: &StyleArgs, spec: TableStyle) -> Style {
    let from_spec = match spec.center {
        CenterName::Mean => Center::Mean,
        CenterName::Median => Center::Median,
    };
    let center = args.center.map_or(from_spec, |center| match center {
        CenterArg::Mean => Center::Mean,
        CenterArg::Median => Center::Median,
    });
    Style {
        center,
        ddof: args.ddof.unwrap_or(spec.ddof),
        width: console::output_width(),
        color: console::output_colored(),
        ..Style::default()
    }
}

/// The form of the table.
pub(super) fn format(args: &StyleArgs) -> Format {
    match args.format {
        TableFormat::Terminal => Format::Terminal,
        TableFormat::Markdown => Format::Markdown,
        TableFormat::Csv => Format::Csv,
        TableFormat::Json => Format::Json,
    }
}
