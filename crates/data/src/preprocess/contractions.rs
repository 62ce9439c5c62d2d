//! English contractions and what the reference writes for them.

use std::sync::LazyLock;

/// The contractions in the order in which they are replaced. The order matters: a replacement takes the text from the
/// longer forms that come after it (`can’t` leaves `cannot’ve` for `can’t’ve`), and others find what one leaves behind
/// (`i’d’ve` becomes `i would’ve`, then `i would have`).
const WORDS: &str = "\
    ain’t aren’t can’t can’t’ve ’cause could’ve couldn’t couldn’t’ve didn’t doesn’t don’t hadn’t hadn’t’ve hasn’t \
    haven’t he’d he’d’ve he’ll he’ll’ve he’s how’d how’d’y how’ll how’s i’d i’d’ve i’ll i’ll’ve i’m i’ve isn’t it’d \
    it’d’ve it’ll it’ll’ve it’s let’s ma’am mayn’t might’ve mightn’t mightn’t’ve must’ve mustn’t mustn’t’ve needn’t \
    needn’t’ve o’clock oughtn’t oughtn’t’ve shan’t sha’n’t shan’t’ve she’d she’d’ve she’ll she’ll’ve she’s should’ve \
    shouldn’t shouldn’t’ve so’ve so’s that’d that’d’ve that’s there’d there’d’ve there’s they’d they’d’ve they’ll \
    they’ll’ve they’re they’ve to’ve wasn’t we’d we’d’ve we’ll we’ll’ve we’re we’ve weren’t what’ll what’ll’ve what’re \
    what’s what’ve when’s when’ve where’d where’s where’ve who’ll who’ll’ve who’s who’ve why’s why’ve will’ve won’t \
    won’t’ve would’ve wouldn’t wouldn’t’ve y’all y’all’d y’all’d’ve y’all’re y’all’ve you’d you’d’ve you’ll you’ll’ve \
    you’re you’ve";

/// What the ending of a contraction stands for; the first ending that fits counts.
const ENDINGS: [(&str, &str); 10] = [
    ("n’t’ve", "not have"),
    ("’d’ve", "would have"),
    ("’ll’ve", "will have"),
    ("n’t", "not"),
    ("’d", "would"),
    ("’ll", "will"),
    ("’s", "is"),
    ("’ve", "have"),
    ("’re", "are"),
    ("’m", "am"),
];

/// Contractions that do not follow their ending. `he’s` gains a space and `who’ll` loses a letter in the reference, so
/// they do here.
const EXCEPTIONS: [(&str, &str); 23] = [
    ("ain’t", "are not"),
    ("can’t", "cannot"),
    ("can’t’ve", "cannot have"),
    ("’cause", "because"),
    ("he’s", " he is"),
    ("how’d", "how did"),
    ("how’d’y", "how do you"),
    ("let’s", "let us"),
    ("ma’am", "madam"),
    ("o’clock", "of the clock"),
    ("shan’t", "shall not"),
    ("sha’n’t", "shall not"),
    ("shan’t’ve", "shall not have"),
    ("that’d", "that had"),
    ("where’d", "where did"),
    ("who’ll", "ho will"),
    ("won’t", "will not"),
    ("won’t’ve", "will not have"),
    ("y’all", "you all"),
    ("y’all’d", "you all would"),
    ("y’all’d’ve", "you all would have"),
    ("y’all’re", "you all are"),
    ("y’all’ve", "you all have"),
];

static TABLE: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
    WORDS
        .split_whitespace()
        .map(|word| (word, expansion(word)))
        .collect()
});

fn expansion(word: &str) -> String {
    if let Some((_, expansion)) = EXCEPTIONS.iter().find(|(exception, _)| *exception == word) {
        return (*expansion).to_owned();
    }
    let by_ending = ENDINGS
        .iter()
        .find_map(|(ending, meaning)| Some(format!("{} {meaning}", word.strip_suffix(ending)?)));
    by_ending.unwrap_or_else(|| word.to_owned())
}

/// Spells out every contraction in `text`, which is in lower case and has curly apostrophes (U+2019) only. A contraction
/// counts wherever its letters stand, inside a longer word too.
pub(super) fn expand(mut text: String) -> String {
    for (contraction, expansion) in TABLE.iter() {
        // Few texts hold any, and no replacement writes an apostrophe.
        if !text.contains('’') {
            break;
        }
        if text.contains(contraction) {
            text = text.replace(contraction, expansion);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contraction_has_an_expansion_without_apostrophe() {
        assert_eq!(TABLE.len(), 117);
        for (contraction, expansion) in TABLE.iter() {
            assert!(
                contraction.contains('’') && !expansion.contains('’'),
                "{contraction} → {expansion}"
            );
        }
    }

    #[test]
    fn an_earlier_contraction_takes_the_text_from_a_longer_one() {
        assert_eq!(
            expand("can’t’ve i’d’ve she’s who’ll".to_owned()),
            "cannot’ve i would have s he is ho will"
        );
    }
}
