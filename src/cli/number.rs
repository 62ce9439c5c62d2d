//! Numbers on the command line: the errors say what is allowed.

/// Reads a whole number from `least` to `most`.
pub(super) fn between<T: TryFrom<u64>>(
    least: u64,
    most: u64,
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| whole(text, least, most, &format!("from {least} to {most}"))
}

/// Reads a whole number of at least `least`.
pub(super) fn at_least<T: TryFrom<u64>>(least: u64) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| whole(text, least, u64::MAX, &format!("of at least {least}"))
}

fn whole<T: TryFrom<u64>>(text: &str, least: u64, most: u64, range: &str) -> Result<T, String> {
    let number = text.parse::<u64>().ok();
    let number = number.filter(|number| (least..=most).contains(number));
    number
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| format!("must be a whole number {range}"))
}

/// Reads a seed: a whole number from 0 that a spec can hold, too.
///
/// # Errors
/// What it must be.
pub(super) fn seed(text: &str) -> Result<u64, String> {
    between(0, i64::MAX.unsigned_abs())(text)
}

/// Reads a number; its range is checked with the other settings.
///
/// # Errors
/// What it must be.
pub(super) fn real(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>();
    number.map_err(|_| "must be a number, such as 0.5 or 2e-5".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_is_said() {
        assert_eq!(between::<u32>(3, 512)("64"), Ok(64));
        assert_eq!(seed("9223372036854775807"), Ok(i64::MAX.unsigned_abs()));
        for text in ["2", "513", "-1", "1.5", "many", "", "99999999999999999999"] {
            let error = between::<u32>(3, 512)(text).unwrap_err();
            assert_eq!(error, "must be a whole number from 3 to 512", "{text}");
        }
        let error = at_least::<u32>(1)("4294967296").unwrap_err();
        assert_eq!(error, "must be a whole number of at least 1");
        assert!(seed("18446744073709551615").is_err());
        assert_eq!(real("-1e-5"), Ok(-1e-5));
        assert!(real("much").is_err());
    }
}
