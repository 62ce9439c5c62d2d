//! Lines of CSV.

use std::io::Write;

use crate::ReportError;

/// Writes a header and lines of as many fields.
///
/// # Errors
/// Whatever `out` says.
pub(crate) fn write_lines<L: AsRef<[String]>>(
    out: impl Write,
    header: &[impl AsRef<[u8]>],
    lines: impl IntoIterator<Item = L>,
) -> Result<(), ReportError> {
    let mut writer = ::csv::Writer::from_writer(out);
    writer.write_record(header)?;
    for line in lines {
        writer.write_record(line.as_ref())?;
    }
    writer.flush().map_err(ReportError::Write)
}

/// The shortest text that reads back as the same number.
pub(crate) fn digits(number: f64) -> String {
    format!("{number:?}")
}
