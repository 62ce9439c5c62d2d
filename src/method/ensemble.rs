//! The mean of several trials' probabilities: the published `FSL_mean` rows, and what students learn.

/// The mean over members, text by text. Members are added in the order given: the same order gives the same bits. `None`
/// where there is no member, or members speak of different numbers of texts.
pub fn mean_probabilities(members: &[Vec<f64>]) -> Option<Vec<f64>> {
    let (first, others) = members.split_first()?;
    let mut sums = first.clone();
    for member in others {
        if member.len() != sums.len() {
            return None;
        }
        for (sum, probability) in sums.iter_mut().zip(member) {
            *sum += probability;
        }
    }
    let count = members.len() as f64;
    Some(sums.into_iter().map(|sum| sum / count).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_taken_text_by_text() {
        let members = [vec![0.0, 1.0, 0.25], vec![1.0, 1.0, 0.5]];
        assert_eq!(mean_probabilities(&members), Some(vec![0.5, 1.0, 0.375]));
        assert_eq!(mean_probabilities(&members[..1]), Some(members[0].clone()));
        assert_eq!(mean_probabilities(&[]), None);
        assert_eq!(mean_probabilities(&[vec![0.5], vec![]]), None);
    }
}
