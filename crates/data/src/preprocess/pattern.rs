//! Regular expressions that are part of the program.

use regex::Regex;

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, and a test compiles them all"
)]
pub(super) fn compile(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a valid pattern")
}
