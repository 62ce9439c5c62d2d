//! Shares of classes in samples of every size, so that a smaller sample is a part of every larger one.

/// How many texts of each class are in a sample of `size` out of a pool of `counts` texts by class.
///
/// A sample grows text by text, and each text is of the class that is most urgent, by the rule of R. Tijdeman, "The chairman
/// assignment problem", Discrete Mathematics 32 (1980): of the K classes whose share is ahead of their texts by 1/(2K − 2) or
/// more, the one that would first be ahead by more than 1 − 1/(2K − 2); of equals the last. So at every size each class is within
/// 1 − 1/(2K − 2), less than one text, of its exact share; the method of the largest remainders keeps within one text too, but a
/// larger sample may have fewer texts of a class.
pub(super) fn shares(counts: &[usize], size: usize) -> Vec<usize> {
    let wide = |number: usize| number as i128;
    let pool: i128 = counts.iter().copied().map(wide).sum();
    let parts = 2 * wide(counts.len().max(2)) - 2;
    let mut shares = vec![0; counts.len()];
    for texts in 1..=size {
        // How far the share of a class is ahead of its texts, in units of 1/(pool · parts).
        let ahead =
            |class: usize| parts * (wide(counts[class] * texts) - pool * wide(shares[class]));
        let slack = |class: usize| (parts - 1) * pool - ahead(class);
        let due = (0..counts.len()).filter(|&class| ahead(class) >= pool);
        // The class whose slack lasts for the fewest texts; it shrinks by the class's count per text.
        let next = due.reduce(|best, class| {
            let (best_lasts, lasts) = (
                slack(best) * wide(counts[class]),
                slack(class) * wide(counts[best]),
            );
            if lasts <= best_lasts { class } else { best }
        });
        match next {
            Some(class) => shares[class] += 1,
            None => break,
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every prefix is within one text of the exact share, grows by one text of one class, and ends with the whole pool.
    #[test]
    fn every_size_is_within_one_text_of_the_exact_shares_and_part_of_the_next() {
        let mut many = vec![1; 76];
        many.push(1_000);
        for counts in [
            vec![70, 35],
            vec![5, 0],
            vec![1, 1, 1, 1, 20],
            vec![60, 40, 20],
            vec![0, 7, 3, 0, 3],
            (1..40).collect(),
            many,
        ] {
            let pool: usize = counts.iter().sum();
            let mut before = vec![0; counts.len()];
            for size in 0..=pool.min(400) {
                let now = shares(&counts, size);
                assert_eq!(now.iter().sum::<usize>(), size, "{counts:?}");
                for (class, &count) in counts.iter().enumerate() {
                    let exact = count as f64 * size as f64 / pool as f64;
                    assert!((now[class] as f64 - exact).abs() < 1.0, "{counts:?} {size}");
                    assert!(now[class] >= before[class]);
                }
                before = now;
            }
            assert_eq!(shares(&counts, pool), counts);
        }
    }

    #[test]
    fn of_two_classes_a_half_is_rounded_up_for_the_second() {
        for (counts, size, expected) in [
            ([530_014, 84_545], 10_000, [8_624, 1_376]),
            ([3, 1], 2, [1, 1]),
            ([1, 1], 1, [0, 1]),
            ([2, 2], 3, [1, 2]),
        ] {
            assert_eq!(shares(&counts, size), expected);
        }
    }
}
