//! The second pass over a row: its name, its method, the encoder that this names.

use std::sync::Arc;

use super::check::Check;
use super::error::Problem;
use super::experiment::{Bow, Data, Distill, Ensemble, Method, Probe, Row, RowRef, Trials};
use super::published::Published;
use super::raw::RawRow;
use super::raw_methods::{RawDistill, RawMethod};
use crate::settings::LossName;

impl Check<'_> {
    /// The row, under the name of its arm.
    pub(super) fn row(&mut self, raw: RawRow, data: Data, trials: Trials) -> Option<Row> {
        let published = self.published(&raw, "0");
        let method = self.method(&raw, "0")?;
        let point = std::mem::take(&mut self.wanted.point);
        let (id, label) = match point.short(&raw.id) {
            short if short.is_empty() => (raw.id.clone(), raw.label.unwrap_or(raw.id.clone())),
            short => {
                let label = raw.label.as_ref().unwrap_or(&raw.id);
                (format!("{}[{short}]", raw.id), format!("{label} [{short}]"))
            }
        };
        Some(Row {
            id,
            label,
            arm_of: raw.id,
            point,
            data: Arc::new(data),
            trials: Arc::new(trials),
            keep_weights: raw.keep_weights,
            method,
            // What was printed of the row as the spec has it says nothing of its other arms.
            published: published.filter(|_| self.wanted.usual),
        })
    }

    fn published(&mut self, row: &RawRow, step: &str) -> Option<Published> {
        let faults = match row.published.as_ref()?.check() {
            Ok(published) => return Some(published),
            Err(faults) => faults,
        };
        for (key, problem) in faults {
            let dot = if key.is_empty() { "" } else { "." };
            let path = format!("row.{}.published{dot}{key}", row.id);
            self.fault(&["row", step, "published", key], path, problem);
        }
        None
    }

    fn method(&mut self, row: &RawRow, step: &str) -> Option<Method> {
        let RawMethod {
            random,
            majority,
            bow,
            probe,
            finetune,
            ensemble,
            distill,
        } = row.method.clone();
        if let Some(raw) = random {
            return Some(Method::Random { draws: raw.draws });
        }
        if majority.is_some() {
            return Some(Method::Majority);
        }
        if let Some(raw) = bow {
            let (ngram_max, min_df, stop_words) = (raw.ngram_max, raw.min_df, raw.stop_words);
            return Some(Method::Bow(Bow {
                ngram_max,
                min_df,
                stop_words,
                c: raw.c,
                balanced: raw.balanced,
            }));
        }
        if let Some(raw) = probe {
            let encoder = self.encoder(&raw.encoder, row, step, "probe");
            return Some(Method::Probe(Probe {
                encoder,
                pooling: raw.pooling,
                c: raw.c,
                balanced: raw.balanced,
            }));
        }
        if let Some(raw) = finetune {
            let encoder = self.encoder(&raw.encoder, row, step, "finetune");
            return Some(Method::Finetune(Box::new(raw.training(encoder))));
        }
        if let Some(raw) = ensemble {
            let of = self.row_ref(&raw.of);
            return Some(Method::Ensemble(Ensemble { of, size: raw.size }));
        }
        Some(self.distill(&distill?, row, step))
    }

    fn distill(&mut self, raw: &RawDistill, row: &RawRow, step: &str) -> Method {
        let encoder = self.encoder(&raw.encoder, row, step, "distill");
        if raw.loss == LossName::Bce
            && raw
                .temperature
                .is_some_and(|value| (value - 1.0).abs() > 0.0)
        {
            let problem = Problem::Conflict(
                "`bce` compares probabilities and has no temperature; take `kl` or `mse`, or leave it out".to_owned(),
            );
            let path = ["row", step, "method", "distill", "temperature"];
            let key = format!("row.{}.method.distill.temperature", row.id);
            self.fault(&path, key, problem);
        }
        Method::Distill(Box::new(Distill {
            teacher: self.row_ref(&raw.teacher),
            loss: raw.loss,
            alpha: raw.alpha,
            temperature: raw.temperature,
            labelled: raw.labelled,
            transfer_size: raw.transfer_size,
            training: raw.training(encoder),
        }))
    }

    /// `row` of this experiment, or `experiment/row`; the point of an arm may have a `/` in it.
    fn row_ref(&self, written: &str) -> RowRef {
        let row = written.split('[').next().unwrap_or(written);
        let (experiment, row) = match row.find('/') {
            Some(slash) => (&written[..slash], &written[slash + 1..]),
            None => (self.name.as_str(), written),
        };
        RowRef {
            experiment: experiment.to_owned(),
            row: row.to_owned(),
        }
    }

    /// A catalogue name, `hf:…`, or a folder (anything with a `/`), which counts from the spec's folder.
    fn encoder(&mut self, written: &str, row: &RawRow, step: &str, method: &str) -> String {
        let path = ["row", step, "method", method, "encoder"];
        let key = format!("row.{}.method.{method}.encoder", row.id);
        if let Some(repository) = written.strip_prefix("hf:") {
            if !is_repository(repository) {
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
            self.fault(
                &path,
                key,
                Problem::Conflict(format!("there is no folder `{}`", folder.display())),
            );
        }
        let text = folder.to_string_lossy().into_owned();
        if text.contains('/') {
            text
        } else {
            format!("./{text}")
        }
    }
}

/// Whether a text can name a repository of the hub: one or two words, and a revision after an `@`.
fn is_repository(text: &str) -> bool {
    let (repository, revision) = text.split_once('@').unwrap_or((text, "main"));
    let is_word = |word: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        !word.is_empty() && !word.starts_with('.') && word.bytes().all(plain)
    };
    repository.split('/').count() <= 2
        && repository
            .split('/')
            .chain(revision.split('/'))
            .all(is_word)
}
