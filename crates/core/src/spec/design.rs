//! Trials of a row: the random streams that it draws from, their levels, and how many trials follow.

use super::experiment::{Crossed, Row};
use fsl_common::classes::Classes;
use fsl_common::seed::Stream;

impl Row {
    /// The random streams that the row's trials draw from: the method's own, and the drawing of training texts where the
    /// spec asks for a part of them and the method learns from any.
    pub fn streams(&self) -> Vec<Stream> {
        let needs = self.method.requirements();
        let samples = needs.samples(self.trials.train_size.is_some());
        let sample = samples.then_some(Stream::Sample).into_iter();
        sample.chain(needs.streams.iter().copied()).collect()
    }

    /// Labelled texts that a trial draws; `None` = all.
    pub fn train_size(&self, classes: &Classes) -> Option<u32> {
        let size = self.trials.train_size?.texts(classes.count());
        Some(u32::try_from(size).unwrap_or(u32::MAX))
    }

    /// How many trials the row has: one where nothing that it draws from varies, and none where it is the mean of others. Trials
    /// that differ only in crossed streams that it does not draw from are one.
    pub fn trial_count(&self) -> u32 {
        if !self.method.requirements().has_trials() {
            return 0;
        }
        if self.has_own_draws() {
            self.trials.count
        } else {
            Crossed::combinations(&self.design())
        }
    }

    /// Whether the row draws from a stream that differs in every trial, or another program made each of them.
    fn has_own_draws(&self) -> bool {
        if self.method.requirements().is_numbered() {
            return true;
        }
        let mut streams = self.streams().into_iter();
        streams.any(|stream| self.trials.vary.contains(&stream) && self.levels(stream).is_none())
    }

    /// How many levels a crossed stream has; `None` where the spec does not cross it.
    pub fn levels(&self, stream: Stream) -> Option<u32> {
        let mut cross = self.trials.cross.iter();
        let found = cross.find(|crossed| crossed.stream == stream);
        found.map(|crossed| crossed.levels)
    }

    /// The crossed streams whose levels make up a trial's number, the last one changing fastest: those that the row draws from,
    /// or all of the spec's where every combination is a trial of its own anyway.
    fn design(&self) -> Vec<Crossed> {
        if self.trials.cross.is_empty() {
            return Vec::new();
        }
        let streams = self.streams();
        let counts = |crossed: &Crossed| {
            streams.contains(&crossed.stream) && self.trials.vary.contains(&crossed.stream)
        };
        let all = self.has_own_draws();
        let cross = self.trials.cross.iter().copied();
        cross.filter(|crossed| all || counts(crossed)).collect()
    }

    /// The level, from 0, of a stream in trial `number` of the row; `None` where the number does not tell.
    fn level(&self, stream: Stream, number: u32) -> Option<u32> {
        let mut rest = number;
        for crossed in self.design().iter().rev() {
            if crossed.stream == stream {
                return Some(rest % crossed.levels);
            }
            rest /= crossed.levels;
        }
        None
    }

    /// The trial, of a spec that crosses nothing, whose seed `stream` has in trial `number` (from 0) of the row: the stream's level where
    /// it is crossed, the number itself where it varies besides, and 0 where it is fixed.
    pub fn seed_number(&self, stream: Stream, number: u32) -> u32 {
        if self.trials.vary.contains(&stream) {
            self.level(stream, number).unwrap_or(number)
        } else {
            0
        }
    }

    /// Whether both rows cross the same streams at the same levels.
    pub(super) fn is_crossed_as(&self, other: &Self) -> bool {
        !self.trials.cross.is_empty() && self.trials.cross == other.trials.cross
    }

    /// The trial of `teacher` that trial `number` of this student learns from: the only one; of a row that is crossed as the student
    /// is, the one at the student's levels, and at the first level where the student's number does not tell; otherwise the one
    /// of the same number.
    pub fn teacher_trial(&self, teacher: &Self, number: u32) -> u32 {
        if teacher.trial_count() == 1 {
            return 0;
        }
        if !self.is_crossed_as(teacher) {
            return number;
        }
        teacher.design().iter().fold(0, |at, crossed| {
            at * crossed.levels + self.level(crossed.stream, number).unwrap_or(0)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::spec::context::CatalogIndex;
    use crate::spec::experiment::Experiment;
    use crate::spec::load::parse;

    const ROWS: &str = r#"
[[row]]
id = "bow"
method.bow = {}
[[row]]
id = "random"
method.random = {}
[[row]]
id = "fsl"
method.finetune = { encoder = "mini" }
[[row]]
id = "student"
method.distill = { teacher = "fsl", encoder = "mini" }
[[row]]
id = "pupil"
method.distill = { teacher = "bow", encoder = "mini", labelled = true }
"#;

    fn experiment(trials: &str, sweep: &str) -> Experiment {
        let text = format!(
            "name = \"s\"\n[data]\ndataset = \"tweets\"\n[trials]\nseed = 42\n{trials}\n{ROWS}\n{sweep}"
        );
        let names = CatalogIndex::example();
        parse(Path::new("s.toml"), &text, &[], &names).unwrap()
    }

    fn row<'a>(experiment: &'a Experiment, id: &str) -> &'a Row {
        let mut rows = experiment.rows.iter();
        rows.find(|row| row.id == id).unwrap()
    }

    /// The ordinary trials whose seeds the streams of a row have, trial by trial.
    fn seeds(row: &Row) -> Vec<Vec<u32>> {
        let streams = row.streams();
        let of = |number| {
            let streams = streams.iter();
            streams
                .map(|&stream| row.seed_number(stream, number))
                .collect()
        };
        (0..row.trial_count()).map(of).collect()
    }

    #[test]
    fn every_level_meets_every_other_once() {
        let found = experiment("train-size = 50\ncross = { init = 3, sample = 2 }", "");
        let fsl = row(&found, "fsl");
        let all: Vec<Vec<u32>> = (0..6).map(|n| vec![n / 3, n % 3, 0, 0]).collect();
        assert_eq!(seeds(fsl), all, "the last stream changes fastest");
        assert_eq!(fsl.trials.count, 6);
        assert_eq!(fsl.trials.vary, [Stream::Sample, Stream::Init]);
    }

    #[test]
    fn rows_that_lack_a_crossed_stream_run_each_different_trial_once() {
        let found = experiment("train-size = 50\ncross = { sample = 2, init = 3 }", "");
        assert_eq!(seeds(row(&found, "bow")), [[0], [1]]);
        assert_eq!(seeds(row(&found, "random")), [[0], [1], [2]]);
        let student = row(&found, "student");
        assert_eq!(seeds(student), [[0, 0, 0], [1, 0, 0], [2, 0, 0]]);
    }

    #[test]
    fn what_varies_besides_differs_in_every_trial() {
        let trials = "count = 6\ntrain-size = 50\nvary = [\"order\", \"sample\"]\ncross = { sample = 2, init = 3 }";
        let found = experiment(trials, "");
        let all: Vec<Vec<u32>> = (0..6).map(|n| vec![n / 3, n % 3, n, 0]).collect();
        assert_eq!(seeds(row(&found, "fsl")), all);
        // Its trials would differ in their order anyway.
        let all: Vec<Vec<u32>> = (0..6).map(|n| vec![n % 3, n, 0]).collect();
        assert_eq!(seeds(row(&found, "student")), all);
        assert_eq!(row(&found, "bow").trial_count(), 2);
    }

    #[test]
    fn nothing_crossed_counts_as_ever() {
        let found = experiment("count = 3\ntrain-size = 50\nvary = [\"sample\"]", "");
        assert_eq!(seeds(row(&found, "bow")), [[0], [1], [2]]);
        assert_eq!(row(&found, "fsl").trial_count(), 3);
        assert_eq!(row(&found, "random").trial_count(), 1);
    }

    #[test]
    fn students_learn_from_teachers_at_their_own_levels() {
        let found = experiment("train-size = 50\ncross = { sample = 2, init = 3 }", "");
        let teacher_trials = |student: &str, teacher: &str| -> Vec<u32> {
            let (student, teacher) = (row(&found, student), row(&found, teacher));
            let count = student.trial_count();
            let numbers = 0..count;
            numbers
                .map(|number| student.teacher_trial(teacher, number))
                .collect()
        };
        assert_eq!(teacher_trials("student", "fsl"), [0, 1, 2]);
        assert_eq!(teacher_trials("pupil", "bow"), [0, 0, 0, 1, 1, 1]);
        assert_eq!(teacher_trials("pupil", "fsl"), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_swept_size_of_all_texts_leaves_the_sample_out() {
        let found = experiment(
            "cross = { sample = 2, init = 3 }",
            "[sweep]\ngrid = { trials.train-size = [50, 100] }",
        );
        assert_eq!(row(&found, "fsl[train-size=50]").trial_count(), 6);
        let whole = row(&found, "fsl[train-size=100]");
        assert_eq!(seeds(whole), [[0, 0, 0, 0], [0, 1, 0, 0], [0, 2, 0, 0]]);
        assert_eq!(row(&found, "bow[train-size=100]").trial_count(), 1);
    }
}
