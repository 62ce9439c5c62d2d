//! Two views of a text, its words and its vector, whose students teach each other on unlabelled texts.
//!
//! With scores `z` of the teacher on the pool (of two classes the log-odds, of more the probabilities):
//!
//! 1. Words: ridge regression (α = 1) on TF-IDF of one and two words, learnt on the pool, to the teacher's targets with weight 1 and to the
//!    labelled texts with weight 10. Of two classes the target is `tanh(¾ (z − median) / sd)`, over the pool, and ±1; of more the probabilities, and 0
//!    or 1.
//! 2. Vectors: ridge regression (α = 3) on the features, of two classes to the out-of-fold scores of (1) in the place of `z`, of more to the
//!    teacher's probabilities.
//! 3. The sum of both students' scores, each divided by the standard deviation of its out-of-fold scores on the pool; unless they are left
//!    out, the teacher's scores, divided likewise, are added.
//!
//! In a next round these sums of two classes take the teacher's place; of more, the mean of both students' scores teaches, as it is near
//! probabilities, and it is the first teacher's that are added.
//!
//! Out of fold: for each half of the pool, by a student that learnt on the other half.

use super::MethodError;
use super::label_names::Labelled;
use super::layered_features::Rows;
use super::scores::Scores;
use super::teacher::Teacher;
use crate::classic::{Features, Ridge, RidgeParams, StopWords, Tfidf, TfidfParams};
use fsl_common::classes::Label;

/// How many texts of the pool a labelled text counts.
const LABELLED_WEIGHT: f64 = 10.0;
const WORDS_ALPHA: f64 = 1.0;
const VECTORS_ALPHA: f64 = 3.0;

/// One view of all texts that students learn from.
struct View<'a> {
    /// Of the labelled texts, then of the pool.
    features: Features,
    alpha: f64,
    /// The targets of the labelled texts.
    labelled: &'a [Vec<f64>],
}

/// A student that learnt on all of the pool, and the pool's scores out of fold.
struct Student {
    ridge: Ridge,
    out_of_fold: Scores,
}

impl View<'_> {
    /// A student that learns from the labelled texts and these texts of the pool.
    fn student(&self, pool: &[usize], targets: &Scores) -> Result<Ridge, MethodError> {
        let count = self.labelled.len();
        let of_pool = pool.iter().map(|text| count + text);
        let rows: Vec<usize> = (0..count).chain(of_pool).collect();
        let mut all = self.labelled.to_vec();
        all.extend(pool.iter().map(|&text| targets.rows[text].clone()));
        let mut weights = vec![LABELLED_WEIGHT; count];
        weights.resize(all.len(), 1.0);
        let params = RidgeParams {
            alpha: self.alpha,
            ..RidgeParams::default()
        };
        Ok(params.fit(&self.features.select(&rows), &all, &weights)?)
    }

    /// The students of both halves, and the one of the whole pool.
    fn fit(&self, targets: &Scores) -> Result<Student, MethodError> {
        let texts: Vec<usize> = (0..targets.rows.len()).collect();
        let mut out_of_fold = targets.clone();
        for half in 0..2 {
            let (out, kept): (Vec<usize>, Vec<usize>) =
                texts.iter().partition(|&&text| text % 2 == half);
            let student = self.student(&kept, targets)?;
            let rows: Vec<usize> = out.iter().map(|text| self.labelled.len() + text).collect();
            let scores = student.predict(&self.features.select(&rows));
            for (text, scores) in out.iter().zip(scores) {
                out_of_fold.rows[*text] = scores;
            }
        }
        Ok(Student {
            ridge: self.student(&texts, targets)?,
            out_of_fold,
        })
    }
}

/// Both students of one round, with what their scores, and where they are added their teacher's, are divided by.
struct Round {
    words: (Ridge, f64),
    vectors: (Ridge, f64),
    teacher: Option<f64>,
}

/// Both views' students, ready to score texts.
pub(super) struct Views {
    teacher: Teacher,
    /// Whether its scores are added to the students'.
    with_teacher: bool,
    tfidf: Tfidf,
    rounds: Vec<Round>,
    /// The teacher's scores of the pool.
    teacher_scores: Scores,
    /// The sums of the pool, out of fold.
    pub(super) pool: Scores,
    /// What students of the next round learn of the pool.
    taught: Scores,
}

impl Views {
    /// Fits students in so many rounds, on labelled texts (the first rows of `labelled`) and on the texts of the pool with their features.
    pub(super) fn fit(
        (rounds, with_teacher): (u32, bool),
        teacher: Teacher,
        (texts, labels): (&[String], &[Label]),
        labelled: &Labelled,
        (pool, pool_rows): (&[String], &Rows),
    ) -> Result<Self, MethodError> {
        let tfidf = TfidfParams {
            ngram_range: (1, 2),
            min_df: 2,
            stop_words: StopWords::None,
            sublinear: true,
        }
        .fit(pool)?;
        let targets = targets(labels, teacher.classes);
        let all: Vec<&String> = texts.iter().chain(pool).collect();
        let words = View {
            features: tfidf.transform(&all),
            alpha: WORDS_ALPHA,
            labelled: &targets,
        };
        let rows: Vec<&Vec<f32>> = labelled.rows[..texts.len()]
            .iter()
            .chain(pool_rows)
            .collect();
        let vectors = View {
            features: Features::dense(&rows)?,
            alpha: VECTORS_ALPHA,
            labelled: &targets,
        };
        let teacher_scores = teacher.score(pool_rows)?;
        let mut views = Self {
            with_teacher,
            tfidf,
            rounds: Vec::new(),
            taught: teacher_scores.clone(),
            pool: teacher_scores.clone(),
            teacher_scores,
            teacher,
        };
        for _ in 0..rounds {
            views.teach(&words, &vectors)?;
        }
        Ok(views)
    }

    /// One round: what the pool's scores teach the words' student, and that one the vectors' student.
    fn teach(&mut self, words: &View, vectors: &View) -> Result<(), MethodError> {
        let of_two = self.teacher.classes == 2;
        let targets = |scores: &Scores| {
            if of_two {
                scores.squashed()
            } else {
                scores.clone()
            }
        };
        let first = words.fit(&targets(&self.taught))?;
        let taught = if of_two {
            &first.out_of_fold
        } else {
            &self.taught
        };
        let second = vectors.fit(&targets(taught))?;
        let mut sum = Scores::zeros_like(&first.out_of_fold);
        let mut add = |scores: &Scores| {
            let deviation = scores.deviation();
            sum.add(1.0 / deviation, scores);
            deviation
        };
        let round = Round {
            words: (first.ridge, add(&first.out_of_fold)),
            vectors: (second.ridge, add(&second.out_of_fold)),
            teacher: self.with_teacher.then(|| {
                add(if of_two {
                    &self.taught
                } else {
                    &self.teacher_scores
                })
            }),
        };
        self.rounds.push(round);
        self.taught = if of_two {
            sum.clone()
        } else {
            let mut mean = Scores::zeros_like(&sum);
            mean.add(0.5, &first.out_of_fold);
            mean.add(0.5, &second.out_of_fold);
            mean
        };
        self.pool = sum;
        Ok(())
    }

    /// The sums of these texts with their features.
    pub(super) fn score(&self, texts: &[String], rows: &Rows) -> Result<Scores, MethodError> {
        let words = self.tfidf.transform(texts);
        let vectors = Features::dense(rows)?;
        let of_two = self.teacher.classes == 2;
        let teacher_scores = self.teacher.score(rows)?;
        let mut scores = teacher_scores.clone();
        for round in &self.rounds {
            let mut sum = Scores::zeros_like(&scores);
            for ((ridge, deviation), features) in
                [(&round.words, &words), (&round.vectors, &vectors)]
            {
                let rows = ridge.predict(features);
                sum.add(1.0 / deviation, &Scores { rows });
            }
            if let Some(deviation) = round.teacher {
                sum.add(
                    1.0 / deviation,
                    if of_two { &scores } else { &teacher_scores },
                );
            }
            scores = sum;
        }
        Ok(scores)
    }
}

/// What students learn of labelled texts: −1 or 1 of two classes, 0 or 1 for each of more.
fn targets(labels: &[Label], classes: usize) -> Vec<Vec<f64>> {
    let target = |&label: &Label| {
        if classes == 2 {
            return vec![if label == 1 { 1.0 } else { -1.0 }];
        }
        let mut row = vec![0.0; classes];
        row[usize::from(label)] = 1.0;
        row
    };
    labels.iter().map(target).collect()
}
