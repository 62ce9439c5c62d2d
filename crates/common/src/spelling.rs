//! "Did you mean …?": the known name that a misspelt one was most likely meant to be.

/// The longest names that are compared letter by letter, in bytes.
const LONGEST: usize = 1000;

/// The name among `known` that is nearest to `name`, if any is near enough to be meant: a slip of the keyboard or two (one more
/// for every four letters of the shorter name), or else a name that is part of the other. Upper and lower case are one.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let name = name.to_lowercase();
    let near = |candidate: &'a str| {
        let lower = candidate.to_lowercase();
        let shorter = name.len().min(lower.len());
        let most = 1 + shorter / 4;
        // The distance takes memory for each pair of letters. It is at least the difference in length, and that of a part.
        let difference = name.chars().count().abs_diff(lower.chars().count());
        let slips = if difference <= most && shorter <= LONGEST {
            strsim::damerau_levenshtein(&name, &lower)
        } else {
            difference.max(most + 1)
        };
        let is_slip = slips <= most;
        let is_part = shorter >= 3 && (lower.contains(&name) || name.contains(&lower));
        (is_slip || is_part).then_some((!is_slip, slips, candidate))
    };
    let nearest = known.into_iter().filter_map(near).min();
    nearest.map(|(_, _, candidate)| candidate.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_parts_of_names_are_near_and_other_words_are_not() {
        let known = ["tweets", "all-MiniLM-L6-v2", "train-size", "f1", "min-df"];
        for (name, expected) in [
            ("tweet", Some("tweets")),
            ("twetes", Some("tweets")),
            ("ALL-minilm-l6-v2", Some("all-MiniLM-L6-v2")),
            ("all-minilm", Some("all-MiniLM-L6-v2")),
            ("size", Some("train-size")),
            ("min_df", Some("min-df")),
            ("f2", Some("f1")),
            ("imagenet", None),
            ("in", None),
        ] {
            assert_eq!(nearest(name, known).as_deref(), expected, "{name}");
        }
    }

    /// A matrix of letters against letters would have 10¹³ fields.
    #[test]
    fn very_long_names_are_compared_at_once() {
        let (long, longer) = ("a".repeat(1_000_000), "a".repeat(10_000_000));
        assert_eq!(nearest(&longer, ["train-size"]), None);
        assert_eq!(nearest(&longer, [long.as_str()]).as_deref(), Some(&*long));
    }

    #[test]
    fn a_slip_is_nearer_than_a_part() {
        assert_eq!(
            nearest("count", ["account", "counts"]).as_deref(),
            Some("counts")
        );
    }
}
