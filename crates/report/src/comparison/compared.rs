//! Comparisons of rows: verdicts, what they rest on, and what could not be compared.

use fsl_metrics::{Decision, Evidence};

/// The comparisons of one call.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The smallest difference of F1 that matters, a fraction.
    pub margin: f64,
    /// The comparisons that could be made.
    pub comparisons: Vec<Comparison>,
    /// Those that could not, because results are missing.
    pub missing: Vec<Missing>,
}

/// A row of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedRow {
    /// `experiment/row`.
    pub name: String,
    /// The row's name for people. May hold anything.
    pub label: String,
    /// Members, of a mean of several models.
    pub members: Option<usize>,
    /// How many of its trials, or members, collapsed.
    pub collapsed: usize,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The row that is judged, and the one that it is judged against.
    pub rows: [ComparedRow; 2],
    /// How the trials of both belong together, in a sentence.
    pub pairing: String,
    /// What the verdict rests on.
    pub evidence: Evidence,
    /// The verdict.
    pub decision: Decision,
}

/// A comparison that lacks results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The row that would be judged, and the one that it would be judged against.
    pub rows: [String; 2],
    /// What is missing, such as "trials 3 and 7 of `e/fsl`".
    pub lacking: Vec<String>,
    /// The command that makes it.
    pub command: String,
}
