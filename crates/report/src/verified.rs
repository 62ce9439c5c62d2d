//! The result of `verify`: stored trials that were run again, compared with what is stored.

use serde::Serialize;

use super::document::{Block, Document, Note, Prose};
use super::output::{Layout, Output};
use super::text::percent;

/// How alike a stored result and a new one are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// Every probability is the same number.
    Identical,
    /// No probability differs by more than the tolerance.
    WithinTolerance,
    /// Some do.
    Different,
    /// The trial failed this time.
    Failed,
}

impl Agreement {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::WithinTolerance => "within tolerance",
            Self::Different => "different",
            Self::Failed => "failed",
        }
    }
}

/// One fact of machine or program that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is, such as `libtorch`.
    pub what: &'static str,
    /// As it was.
    pub then: String,
    /// As it is.
    pub now: String,
}

/// A trial that was run again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verified {
    /// `experiment/row trial 3`.
    pub trial: String,
    /// The verdict.
    pub result: Agreement,
    /// The largest difference of a probability.
    pub largest_difference: Option<f64>,
    /// Texts whose predicted label differs.
    pub labels_changed: Option<usize>,
    /// Texts.
    pub texts: usize,
    /// F1 then and now, fractions.
    pub f1: Option<(f64, f64)>,
    /// Seconds then and now.
    pub secs: Option<(f64, f64)>,
    /// What is different about machine and program.
    pub changes: Vec<Change>,
    /// Why it failed, or what differs where it is not the predictions for the test texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Verified {
    /// Compares probabilities of label 1, text by text. Another number of texts is different, whatever it holds.
    pub fn compare(trial: String, then: &[f64], now: &[f64], tolerance: f64) -> Self {
        let pairs = || then.iter().zip(now);
        let largest = pairs()
            .map(|(then, now)| (then - now).abs())
            .fold(0.0, f64::max);
        let positive = |probability: f64| probability > 0.5;
        let same_bits = |(then, now): (&f64, &f64)| then.to_bits() == now.to_bits();
        let result = if then.len() != now.len() {
            Agreement::Different
        } else if pairs().all(same_bits) {
            Agreement::Identical
        } else if largest <= tolerance {
            Agreement::WithinTolerance
        } else {
            Agreement::Different
        };
        Self {
            trial,
            result,
            largest_difference: Some(largest),
            labels_changed: Some(
                pairs()
                    .filter(|&(&then, &now)| positive(then) != positive(now))
                    .count(),
            ),
            texts: then.len(),
            f1: None,
            secs: None,
            changes: Vec::new(),
            problem: None,
        }
    }

    /// Adds what it says of the transfer texts of its students, where that agrees less than what it says of the test texts.
    pub fn add_transfer(&mut self, then: &[f64], now: &[f64], tolerance: f64) {
        let other = Self::compare(String::new(), then, now, tolerance);
        if other.result > self.result {
            self.result = other.result;
            self.problem =
                Some("its predictions for the transfer texts of its students".to_owned());
            self.largest_difference = other.largest_difference;
            self.labels_changed = other.labels_changed;
            self.texts = other.texts;
        }
    }

    /// A trial that ended without a result this time.
    pub fn failed(trial: String, problem: String) -> Self {
        Self {
            trial,
            result: Agreement::Failed,
            largest_difference: None,
            labels_changed: None,
            texts: 0,
            f1: None,
            secs: None,
            changes: Vec::new(),
            problem: Some(problem),
        }
    }

    /// Whether the stored result can be had again.
    pub fn holds(&self) -> bool {
        matches!(
            self.result,
            Agreement::Identical | Agreement::WithinTolerance
        )
    }
}

/// Trials that were run again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verification {
    /// How far a probability may be from the stored one.
    pub tolerance: f64,
    /// The trials.
    pub trials: Vec<Verified>,
}

impl Output for Verification {
    /// A line per trial, then what has changed around them.
    fn document(&self, _: Layout) -> Document {
        let mut lines: Vec<Note> = self.trials.iter().map(|one| note(line(one))).collect();
        let mut changes: Vec<&Change> = Vec::new();
        for change in self.trials.iter().flat_map(|one| &one.changes) {
            if !changes.contains(&change) {
                changes.push(change);
            }
        }
        lines.extend(changes.into_iter().map(|change| note(changed(change))));
        let held = self.trials.iter().filter(|one| one.holds()).count();
        let summary = format!(
            "{held} of {} trials match the stored results (tolerance {} on probabilities)",
            self.trials.len(),
            self.tolerance
        );
        Document {
            label: "verification".to_owned(),
            sections: vec![vec![Block::Notes(lines), Block::Paragraph(summary.into())]],
        }
    }

    fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

fn note(text: Prose) -> Note {
    Note::Line {
        text,
        command: None,
    }
}

fn line(one: &Verified) -> Prose {
    let mut words = format!(": {}", one.result.name());
    if let Some(problem) = &one.problem {
        words += &format!(" ({problem})");
    }
    if let (false, Some(largest), Some(labels)) = (
        one.result == Agreement::Identical,
        one.largest_difference,
        one.labels_changed,
    ) {
        words += &format!(
            "; probabilities differ by up to {largest:.2e}, {labels} of {} labels",
            one.texts
        );
    }
    if let Some((then, now)) = one.f1 {
        words += &format!("; F1 {} then, {} now", percent(then), percent(now));
    }
    Prose::name(&one.trial).then(words)
}

fn changed(Change { what, then, now }: &Change) -> Prose {
    format!("{what}: {then} then, {now} now").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::shown;

    fn word(then: &[f64], now: &[f64]) -> &'static str {
        Verified::compare("t".into(), then, now, 1e-3).result.name()
    }

    #[test]
    fn three_words() {
        assert_eq!(word(&[0.1, 0.9], &[0.1, 0.9]), "identical");
        assert_eq!(word(&[0.1, 0.9], &[0.1005, 0.9]), "within tolerance");
        assert_eq!(word(&[0.1, 0.9], &[0.12, 0.9]), "different");
        assert_eq!(word(&[0.1, 0.9], &[0.1]), "different");
        // Equal numbers, other bits: not the same file.
        assert_eq!(word(&[0.0], &[-0.0]), "within tolerance");
    }

    /// What a student learnt from is stored beside the result that tables show.
    #[test]
    fn predictions_for_students_count_too() {
        let mut one = Verified::compare("t".into(), &[0.1, 0.9], &[0.1, 0.9], 1e-3);
        one.add_transfer(&[0.2], &[0.2], 1e-3);
        assert_eq!((one.result, &one.problem), (Agreement::Identical, &None));
        one.add_transfer(&[0.2, 0.2, 0.3], &[0.2, 0.2, 0.8], 1e-3);
        assert_eq!((one.result, one.texts), (Agreement::Different, 3));
        assert_eq!(one.labels_changed, Some(1));
        assert!(one.problem.is_some());
    }

    #[test]
    fn what_changed_is_told_once() {
        let mut one = Verified::compare("a/b trial 1".into(), &[0.2, 0.4996], &[0.2, 0.5003], 1e-3);
        one.f1 = Some((0.5, 0.51));
        one.changes = vec![Change {
            what: "libtorch",
            then: "2.10.0".into(),
            now: "2.11.0".into(),
        }];
        let failed = Verified::failed("a/b trial 2".into(), "no memory".into());
        let mut verification = Verification {
            tolerance: 1e-3,
            trials: vec![one.clone(), one, failed],
        };
        insta::assert_snapshot!(shown(&verification, "terminal"), @"
        a/b trial 1: within tolerance; probabilities differ by up to 7.00e-4, 1 of 2 labels; F1 50.00 then, 51.00 now
        a/b trial 1: within tolerance; probabilities differ by up to 7.00e-4, 1 of 2 labels; F1 50.00 then, 51.00 now
        a/b trial 2: failed (no memory)
        libtorch: 2.10.0 then, 2.11.0 now
        2 of 3 trials match the stored results (tolerance 0.001 on probabilities)
        ");
        verification.trials.remove(0);
        insta::assert_snapshot!(shown(&verification, "markdown"), @"
        - a/b trial 1: within tolerance; probabilities differ by up to 7.00e-4, 1 of 2 labels; F1 50.00 then, 51.00 now
        - a/b trial 2: failed (no memory)
        - libtorch: 2.10.0 then, 2.11.0 now

        1 of 2 trials match the stored results (tolerance 0.001 on probabilities)
        ");
    }
}
