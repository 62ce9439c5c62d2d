//! Lines of CSV.

use std::io::Write;

use crate::ReportError;
use fsl_common::spreadsheet;

/// Writes a header and lines of as many fields.
///
/// # Errors
/// Whatever `out` says.
pub(crate) fn write_lines<L: AsRef<[String]>>(
    out: impl Write,
    header: &[impl AsRef<str>],
    lines: impl IntoIterator<Item = L>,
) -> Result<(), ReportError> {
    let mut writer = ::csv::Writer::from_writer(out);
    write_line(&mut writer, header)?;
    for line in lines {
        write_line(&mut writer, line.as_ref())?;
    }
    writer.flush().map_err(ReportError::Write)
}

/// Writes a line, of whose fields no spreadsheet makes a formula.
///
/// # Errors
/// Whatever the CSV writer says.
pub(crate) fn write_line(
    writer: &mut ::csv::Writer<impl Write>,
    fields: impl IntoIterator<Item = impl AsRef<str>>,
) -> ::csv::Result<()> {
    for field in fields {
        writer.write_field(spreadsheet::escaped(field.as_ref()).as_bytes())?;
    }
    writer.write_record(None::<&[u8]>)
}

/// The shortest text that reads back as the same number.
pub(crate) fn digits(number: f64) -> String {
    format!("{number:?}")
}
