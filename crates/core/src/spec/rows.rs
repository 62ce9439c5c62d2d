//! The second pass over a row: its name, its method, the encoder that this names.

use std::sync::Arc;

use super::context::Check;
use super::error::Problem;
use super::experiment::{Data, Row, Trials};
use super::published::{Published, RawPublished};
use super::raw::RawRow;
use fsl_common::settings::{HubSource, LongTexts};
use fsl_methods::MethodSettings;

impl Check<'_> {
    /// The row, under the name of its arm.
    pub(super) fn row(&mut self, raw: RawRow, data: Data, trials: Trials) -> Row {
        let mut method = self.method(&raw, "0", &trials, data.long_texts);
        method.set_has_transfer(data.transfer.is_some());
        let point = std::mem::take(&mut self.arm.point);
        let short = point.short(&raw.id);
        let published = self.published(&raw, &short);
        let (id, label) = match short {
            short if short.is_empty() => (raw.id.clone(), raw.label.unwrap_or(raw.id.clone())),
            short => {
                let label = raw.label.as_ref().unwrap_or(&raw.id);
                (format!("{}[{short}]", raw.id), format!("{label} [{short}]"))
            }
        };
        let row = Row {
            id,
            label,
            arm_of: raw.id,
            point,
            data: Arc::new(data),
            trials: Arc::new(trials),
            keep_weights: raw.keep_weights,
            method,
            published,
        };
        self.prediction_files_are_here(&row);
        row
    }

    /// What was printed of the arm that is called `short` in brackets. Cells of the row as the spec has it say nothing of its other arms.
    fn published(&mut self, row: &RawRow, short: &str) -> Option<Published> {
        let own = self.cells(row.published.as_ref(), row, &["published"]);
        let mut found = own.filter(|_| self.arm.is_baseline);
        for (index, at) in row.published_at.iter().enumerate() {
            let path = ["published-at", &index.to_string(), "cells"];
            let cells = self.cells(Some(&at.cells), row, &path);
            if at.arm != short {
                continue;
            }
            if found.is_some() {
                let path = ["row", "0", "published-at", path[1], "arm"];
                let problem = format!("`{short}` has published cells already");
                let key = format!("row.{}.published-at[{}].arm", row.id, index + 1);
                self.fault(&path, key, Problem::Conflict(problem));
            }
            found = cells;
        }
        found
    }

    /// The cells at a path within the row.
    fn cells(
        &mut self,
        raw: Option<&RawPublished>,
        row: &RawRow,
        path: &[&str],
    ) -> Option<Published> {
        let faults = match raw?.check() {
            Ok(published) => return Some(published),
            Err(faults) => faults,
        };
        for (key, problem) in faults {
            let steps = [&["row", "0"], path, &[key]].concat();
            let key = match path {
                [list, index, last] => {
                    let number = index.parse::<usize>().unwrap_or_default() + 1;
                    format!("{list}[{number}].{last}.{key}")
                }
                _ => format!("published.{key}"),
            };
            let key = format!("row.{}.{}", row.id, key.trim_end_matches('.'));
            self.fault(&steps, key, problem);
        }
        None
    }

    /// The method, with the names in it looked up.
    fn method(
        &mut self,
        row: &RawRow,
        step: &str,
        trials: &Trials,
        long_texts: LongTexts,
    ) -> MethodSettings {
        let mut method = row.method.clone();
        let name = method.name();
        if let Some(encoder) = method.encoder_mut() {
            *encoder = self.encoder(encoder, row, step, name);
        }
        if let Some(base) = method.base_mut()
            && base.experiment.is_empty()
        {
            base.experiment.clone_from(&self.name);
        }
        method.complete_inner_rows(&self.name);
        self.locate_files(&mut method, &row.id, trials);
        let needs = method.requirements();
        let trained = long_texts.refused_for_training();
        let layered = long_texts.refused_for_layers();
        let refused = trained.filter(|_| needs.trains_encoder());
        if let Some(why) = refused.or(layered.filter(|_| needs.farthest_layer.is_some())) {
            let key = format!("row.{}.method.{name}", row.id);
            let problem = format!("does not go with `data.long-texts`: {why}");
            self.fault(
                &["row", step, "method", name],
                key,
                Problem::Conflict(problem),
            );
        }
        if let Some((key, problem)) = method.conflict() {
            let path = ["row", step, "method", name, key];
            let key = format!("row.{}.method.{name}.{key}", row.id);
            self.fault(&path, key, Problem::Conflict(problem.to_owned()));
        }
        method
    }

    /// A catalogue name, `hf:…`, or a folder (anything with a `/`), which counts from the spec's folder.
    fn encoder(&mut self, written: &str, row: &RawRow, step: &str, method: &str) -> String {
        let path = ["row", step, "method", method, "encoder"];
        let key = format!("row.{}.method.{method}.encoder", row.id);
        if let Some(repository) = written.strip_prefix("hf:") {
            if HubSource::parse(repository).is_err() {
                let problem = Problem::NotAllowed {
                    got: format!("`{written}`"),
                    allowed: "`hf:org/name`, or `hf:org/name@revision` to pin it".to_owned(),
                };
                self.fault(&path, key, problem);
            }
            return written.to_owned();
        }
        if !written.contains('/') {
            let known = self.names.encoders.clone();
            self.known_name("encoder", written, known, &path, &key);
            return written.to_owned();
        }
        let folder = self.folder.join(written);
        if !folder.is_dir() {
            let hint = HubSource::spelling(written)
                .map(|repository| format!("; a repository of the hub is written `{repository}`"));
            let problem = format!("there is no folder `{}`", folder.display());
            let problem = problem + &hint.unwrap_or_default();
            self.fault(&path, key, Problem::Conflict(problem));
        }
        let text = folder.to_string_lossy().into_owned();
        if text.contains('/') {
            text
        } else {
            format!("./{text}")
        }
    }
}
