//! `--format`: the names of the registered formats.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use fsl_report::{FORMATS, Format};

/// The format where none is named.
pub(in crate::cli) fn default_format() -> &'static str {
    FORMATS.first().map_or("", |format| format.name)
}

/// Reads a format of tables of experiments.
pub(in crate::cli) fn table_format() -> impl TypedValueParser<Value = &'static Format> {
    one_of(|_| true)
}

/// Reads a format that every command has.
pub(in crate::cli) fn any_format() -> impl TypedValueParser<Value = &'static Format> {
    one_of(|format| !format.tables_only)
}

fn one_of(is_offered: fn(&Format) -> bool) -> impl TypedValueParser<Value = &'static Format> {
    let offered = FORMATS.iter().filter(|format| is_offered(format));
    let values = offered.map(|format| PossibleValue::new(format.name).help(format.help));
    PossibleValuesParser::new(values)
        .try_map(|name| Format::named(&name).ok_or("there is no such format"))
}
