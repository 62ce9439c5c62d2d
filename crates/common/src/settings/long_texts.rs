//! What becomes of texts that have more tokens than an encoder is given.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most windows of a text. What lies behind them is not read.
pub const MOST_WINDOWS: usize = 64;

/// What is read of a text that has more tokens than `max-tokens`. Its *places* are `max-tokens` less the special tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LongTexts {
    /// The first tokens, or the last ones where the tokenizer cuts on the left.
    #[default]
    Truncate,
    /// The first quarter of the places from the beginning of the text, the others from its end (Sun et al. 2019).
    HeadTail,
    /// All of it, in windows one after the other: the mean of their vectors, weighted by their tokens. For frozen encoders.
    MeanOfWindows,
}

impl LongTexts {
    /// Whether it is the default.
    pub fn is_truncate(&self) -> bool {
        *self == Self::Truncate
    }

    /// Its name in specs and options.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Truncate => "truncate",
            Self::HeadTail => "head-tail",
            Self::MeanOfWindows => "mean-of-windows",
        }
    }

    /// Why a fine-tuned encoder cannot read texts so, and what to do instead.
    pub fn refused_for_training(self) -> Option<&'static str> {
        match self {
            Self::Truncate | Self::HeadTail => None,
            Self::MeanOfWindows => Some(
                "`mean-of-windows` is for frozen encoders (`probe`, `centroid`, `embed`): an encoder that is trained reads one window of a text; use `head-tail` or `truncate`",
            ),
        }
    }

    /// Why the layers of an encoder cannot be read so, and what to do instead.
    pub fn refused_for_layers(self) -> Option<&'static str> {
        match self {
            Self::Truncate | Self::HeadTail => None,
            Self::MeanOfWindows => Some(
                "`features` reads the layers of one window of a text; use `head-tail` or `truncate`, or leave out `features`",
            ),
        }
    }

    /// How many of `places` are for a text's start under `head-tail`, the others being for its end: 128 of 510, and of other numbers
    /// `places · 128 / 510` rounded to the nearest whole number.
    ///
    /// Sun et al. 2019 (arXiv 1905.05583), section 5.3.1.
    pub fn head(places: usize) -> usize {
        // Never half-way between two: 128 · places is even, 255 · (2k + 1) is odd.
        (places * 256 + 510) / 1020
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_the_places_is_for_the_begin() {
        let heads = [0, 1, 2, 3, 14, 30, 62, 126, 254, 510].map(LongTexts::head);
        // By hand: 0.25, 0.50196, 0.753, 3.51, 7.53, 15.56, 31.6, 63.7, 128.
        assert_eq!(heads, [0, 0, 1, 1, 4, 8, 16, 32, 64, 128]);
        for places in 0..2000 {
            let exact = places as f64 * 128.0 / 510.0;
            assert_eq!(LongTexts::head(places), exact.round() as usize, "{places}");
        }
    }

    #[test]
    fn names_are_those_of_specs() {
        for one in [
            LongTexts::Truncate,
            LongTexts::HeadTail,
            LongTexts::MeanOfWindows,
        ] {
            let name = serde_json::to_value(one).unwrap();
            assert_eq!(name, one.as_str());
            assert_eq!(one.is_truncate(), one == LongTexts::default());
        }
    }
}
