//! TOML files other than experiments, checked as these are: every fault at once, with line and key.

use std::path::Path;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::error::{Diagnostic, Location, Problem, SpecError};
use super::load::{read, text_of};
use super::schema::schema_of;
use super::schema_check;
use super::tree::{self, Node};

/// A TOML file that has passed the schema of its type.
#[derive(Debug)]
pub struct Document<T> {
    /// What the file says.
    pub value: T,
    root: Node,
}

impl<T: JsonSchema + DeserializeOwned> Document<T> {
    /// Reads the file and compares it with the schema of `T`.
    ///
    /// # Errors
    /// [`SpecError::Unreadable`]; [`SpecError::Faulty`] with every fault.
    pub fn load(file: &Path) -> Result<Self, SpecError> {
        let text = text_of(file, read(file)?).map_err(SpecError::Faulty)?;
        Self::parse(file, &text).map_err(SpecError::Faulty)
    }

    fn parse(file: &Path, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let root = tree::parse(file, text)?;
        let faults = schema_check::faults(file, &root, &schema_of::<T>());
        if !faults.is_empty() {
            return Err(faults);
        }
        let value = T::deserialize(root.to_json()).map_err(|error| {
            // The schema is made from the type, so this happens only where it says less.
            vec![Diagnostic {
                file: file.to_owned(),
                place: Location::Line(1),
                key: String::new(),
                problem: Problem::Syntax(error.to_string()),
            }]
        })?;
        Ok(Self { value, root })
    }

    /// A fault of the top-level `key` that the schema cannot see.
    pub fn fault(&self, file: &Path, key: &str, problem: Problem) -> Diagnostic {
        Diagnostic {
            file: file.to_owned(),
            place: self.root.deepest(&[key]).place.clone(),
            key: key.to_owned(),
            problem,
        }
    }
}
