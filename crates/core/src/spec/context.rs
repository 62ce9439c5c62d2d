//! The context of a check: one row at one point of the sweep, the names that it may refer to, and the faults found so far.

use std::path::{Path, PathBuf};

use super::error::{Diagnostic, Location, Problem};
use super::sweep::Point;
use super::tree::Node;
use fsl_common::spelling::nearest;

/// The names that specs may refer to besides their own: what the catalogue holds.
#[derive(Debug, Clone, Default)]
pub struct CatalogIndex {
    /// Encoders of the catalogue.
    pub encoders: Vec<String>,
    /// Datasets of the catalogue.
    pub datasets: Vec<CatalogDataset>,
}

/// A dataset of the catalogue, as far as specs are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogDataset {
    /// Its name.
    pub name: String,
    /// Its column of texts.
    pub text: String,
    /// Its column of labels.
    pub label: String,
    /// Its classes, in order.
    pub classes: Vec<String>,
    /// How many texts its transfer set has, if it has one.
    pub transfer_texts: Option<u32>,
    /// How many labelled texts there are to learn from.
    pub train_texts: u32,
}

#[cfg(any(test, feature = "fuzzing"))]
impl CatalogIndex {
    /// An encoder `mini` and a dataset `tweets` of 100 labelled and 50 transfer texts.
    pub(crate) fn example() -> Self {
        Self {
            encoders: vec!["mini".to_owned()],
            datasets: vec![CatalogDataset {
                name: "tweets".to_owned(),
                text: "text".to_owned(),
                label: "label".to_owned(),
                classes: vec!["0".to_owned(), "1".to_owned()],
                transfer_texts: Some(50),
                train_texts: 100,
            }],
        }
    }
}

/// One row at one point, and what is known of it.
pub(super) struct ArmContext<'a> {
    /// The spec with the point's values and no other row.
    pub(super) tree: &'a Node,
    /// The point.
    pub(super) point: Point,
    /// Whether its values are those of the spec without the sweep.
    pub(super) is_baseline: bool,
    /// Whether how many texts are drawn is swept.
    pub(super) sweeps_samples: bool,
}

/// The check of one row, which collects every fault.
pub(super) struct Check<'a> {
    pub(super) file: &'a Path,
    pub(super) folder: PathBuf,
    pub(super) arm: ArmContext<'a>,
    pub(super) names: &'a CatalogIndex,
    pub(super) name: String,
    pub(super) faults: Vec<Diagnostic>,
}

impl Check<'_> {
    pub(super) fn place(&self, path: &[&str]) -> Location {
        self.arm.tree.deepest(path).place.clone()
    }

    pub(super) fn fault(&mut self, path: &[&str], key: String, problem: Problem) {
        let place = self.place(path);
        self.faults.push(Diagnostic {
            file: self.file.to_owned(),
            place,
            key,
            problem,
        });
    }

    /// Whether a key of `trials` is given, in the file, on the command line or by the sweep.
    pub(super) fn is_written(&self, key: &str) -> bool {
        let trials = self.arm.tree.get("trials");
        trials.is_some_and(|trials| trials.get(key).is_some())
    }

    pub(super) fn known_name(
        &mut self,
        kind: &'static str,
        got: &str,
        known: Vec<String>,
        path: &[&str],
        key: &str,
    ) {
        if !known.iter().any(|name| name == got) {
            let suggestion = nearest(got, known.iter().map(String::as_str));
            let problem = Problem::UnknownName {
                kind,
                got: got.to_owned(),
                suggestion,
                known,
            };
            self.fault(path, key.to_owned(), problem);
        }
    }
}
