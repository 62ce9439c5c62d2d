//! The second pass over the trials of a row: which streams vary or are crossed, at how many levels, and how many trials follow.

use super::context::Check;
use super::error::Problem;
use super::experiment::{Crossed, Data, Trials};
use super::raw::{RawRow, RawStream, RawTrials};
use fsl_common::seed::Stream;
use fsl_common::settings::Sampling;
use fsl_data::SampleSize;

/// The most trials that a design may have: as many as `trials.count` allows.
const MOST_TRIALS: u32 = 10_000;

impl Check<'_> {
    pub(super) fn trials(&mut self, raw: &RawTrials, row: &RawRow, data: &Data) -> Trials {
        let cross = self.cross(raw, row);
        let mut named = if cross.is_empty() || self.is_written("vary") {
            self.varied(raw, row)
        } else {
            // What is crossed is then all that varies: the default is that of specs that cross nothing.
            Vec::new()
        };
        named.extend(cross.iter().map(|crossed| crossed.stream));
        if self.sweeps_to_all_texts(raw, row, data) {
            named.retain(|&stream| stream != Stream::Sample);
        }
        let count = if cross.is_empty() {
            row.trials.unwrap_or(raw.count)
        } else {
            Crossed::combinations(&cross)
        };
        Trials {
            seed: raw.seed.unsigned_abs(),
            count,
            vary: Stream::ALL
                .into_iter()
                .filter(|stream| named.contains(stream))
                .collect(),
            cross,
            train_size: self.sample_size(raw),
            sampling: raw.sampling,
            threads: raw.threads,
            precision: raw.precision,
        }
    }

    /// How many labelled texts are drawn.
    fn sample_size(&mut self, raw: &RawTrials) -> Option<SampleSize> {
        if raw.shots.is_some() && raw.train_size.is_some() {
            let problem = "`shots` counts texts of each class, `train-size` all; give one of them";
            let problem = Problem::Conflict(problem.to_owned());
            self.fault(&["trials", "shots"], "trials.shots".to_owned(), problem);
        }
        if raw.shots.is_some() && raw.sampling != Sampling::Balanced {
            let problem =
                "`shots` draws as many texts of each class; for other samples give `train-size`";
            let problem = Problem::Conflict(problem.to_owned());
            let key = "trials.sampling".to_owned();
            self.fault(&["trials", "sampling"], key, problem);
        }
        let shots = raw.shots.map(|shots| SampleSize::Shots(shots as usize));
        let texts = raw.train_size.map(|size| SampleSize::Texts(size as usize));
        shots.or(texts)
    }

    /// Whether this is the point of a sweep over sizes that draws all texts there are: nothing about the sample can vary. Of users' own
    /// files only a run knows how many texts there are, and says so.
    fn sweeps_to_all_texts(&self, raw: &RawTrials, row: &RawRow, data: &Data) -> bool {
        let needs = row.method.requirements();
        let (key, drawn, texts) = match needs.transfer {
            // It may draw from both sets.
            Some(transfer) if needs.labelled_texts && transfer.size.is_some() => return false,
            Some(transfer) if !needs.labelled_texts => (
                format!("row.{}.method.{}.transfer-size", row.id, row.method.name()),
                transfer.size,
                data.transfer_texts,
            ),
            _ => (
                "trials.train-size".to_owned(),
                raw.train_size,
                data.train_texts,
            ),
        };
        self.arm.point.get(&key).is_some() && drawn.is_some() && drawn == texts
    }

    /// The streams that `vary` names.
    fn varied(&mut self, raw: &RawTrials, row: &RawRow) -> Vec<Stream> {
        let named: Vec<Stream> = raw.vary.iter().map(|&stream| stream.into()).collect();
        for (index, stream) in named.iter().enumerate() {
            if named[..index].contains(stream) {
                let problem = Problem::Duplicate {
                    got: stream.to_string(),
                    first: "earlier in the list".to_owned(),
                };
                self.fault(
                    &["trials", "vary", &index.to_string()],
                    format!("trials.vary[{}]", index + 1),
                    problem,
                );
            }
        }
        if named.contains(&Stream::Sample) && !self.may_sample(raw, row) {
            let problem = Problem::Conflict(
                "`sample` can only vary where `trials.train-size` or `trials.shots` says how many texts to draw"
                    .to_owned(),
            );
            self.fault(&["trials", "vary"], "trials.vary".to_owned(), problem);
        }
        named
    }

    /// Whether the sample may vary: there is one, or the row is one of those that a sweep over samples leaves alone.
    fn may_sample(&self, raw: &RawTrials, row: &RawRow) -> bool {
        let needs = row.method.requirements();
        // What rows inside it draw is known once all rows are read.
        let has_inner_rows = !row.method.inner_rows().is_empty();
        raw.train_size.is_some()
            || raw.shots.is_some()
            || has_inner_rows
            || needs.samples(false)
            || self.arm.sweeps_samples && !needs.labelled_texts
    }

    /// The crossed streams with their levels, in the order of [`Stream::ALL`].
    fn cross(&mut self, raw: &RawTrials, row: &RawRow) -> Vec<Crossed> {
        let Some(written) = raw.cross else {
            return Vec::new();
        };
        let levels = |stream| match stream {
            Stream::Sample => written.sample,
            Stream::Init => written.init,
            Stream::Order => written.order,
            Stream::Dropout => written.dropout,
        };
        let crossed = |stream| levels(stream).map(|levels| Crossed { stream, levels });
        let cross: Vec<Crossed> = Stream::ALL.into_iter().filter_map(crossed).collect();
        if written.sample.is_some() && !self.may_sample(raw, row) {
            let problem = Problem::Conflict(
                "`sample` can only be crossed where `trials.train-size` or `trials.shots` says how many texts to draw"
                    .to_owned(),
            );
            let key = "trials.cross.sample".to_owned();
            self.fault(&["trials", "cross", "sample"], key, problem);
        }
        match Crossed::combinations(&cross) {
            _ if cross.is_empty() => self.not_crossed(
                "an empty table".to_owned(),
                "a table of streams with their levels, such as `{ sample = 5, init = 5 }`"
                    .to_owned(),
            ),
            trials if trials > MOST_TRIALS => self.not_crossed(
                format!("levels whose product is above {MOST_TRIALS}"),
                format!("levels that make at most {MOST_TRIALS} trials"),
            ),
            trials => self.same_count(trials, raw, row),
        }
        cross
    }

    fn not_crossed(&mut self, got: String, allowed: String) {
        let problem = Problem::NotAllowed { got, allowed };
        self.fault(&["trials", "cross"], "trials.cross".to_owned(), problem);
    }

    /// A number of trials that stands beside the levels must be what follows from these.
    fn same_count(&mut self, trials: u32, raw: &RawTrials, row: &RawRow) {
        let problem = |got: u32| Problem::NotAllowed {
            got: got.to_string(),
            allowed: format!("{trials}, the product of the levels in `trials.cross`, or left out"),
        };
        if self.is_written("count") && raw.count != trials {
            let key = "trials.count".to_owned();
            self.fault(&["trials", "count"], key, problem(raw.count));
        }
        if let Some(own) = row.trials.filter(|&own| own != trials) {
            let key = format!("row.{}.trials", row.id);
            self.fault(&["row", "0", "trials"], key, problem(own));
        }
    }
}

impl From<RawStream> for Stream {
    fn from(raw: RawStream) -> Self {
        match raw {
            RawStream::Sample => Self::Sample,
            RawStream::Init => Self::Init,
            RawStream::Order => Self::Order,
            RawStream::Dropout => Self::Dropout,
        }
    }
}
