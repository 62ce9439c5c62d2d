//! Views of a text, such as its words and its vector, whose students teach each other on unlabelled texts.
//!
//! With scores `z` of the teacher on the pool (of two classes the log-odds, of more the probabilities), students learn one after the
//! other, by ridge regression, from the labelled texts with weight 10 and the pool with weight 1:
//!
//! 1. What they see, by their [view](ViewName): TF-IDF of one and two words or of two to five characters, learnt on the pool (α = 1), or
//!    the features of the frozen encoder (α = 3).
//! 2. What they learn: of two classes `tanh(¾ (z − median) / sd)`, over the pool, and ±1, where for all but the first student the scores
//!    of the one before, out of fold, take the place of `z`. Of more classes, the teacher's probabilities, and 0 or 1.
//! 3. Their sum: of all students' scores, each divided by the standard deviation of its out-of-fold scores on the pool; unless they are
//!    left out, the teacher's scores, divided likewise, are added.
//!
//! In a next round these sums of two classes take the teacher's place; of more, the mean of all students' scores teaches, as it is near
//! probabilities, and it is the first teacher's that are added.
//!
//! Out of fold: for each half of the pool, by a student that learnt on the other half.

use std::borrow::Borrow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MethodError;
use super::label_names::Labelled;
use super::layered_features::Rows;
use super::scores::Scores;
use super::teacher::Teacher;
use crate::classic::{Features, Ridge, RidgeParams, Tfidf, TfidfParams, Unit};
use fsl_common::classes::Label;

/// How many texts of the pool a labelled text counts.
const LABELLED_WEIGHT: f64 = 10.0;

/// What a student sees of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ViewName {
    /// TF-IDF of one and two words.
    Words,
    /// TF-IDF of two to five characters of a word, for languages with many forms of a word and for spellings that vary.
    Characters,
    /// The frozen encoder's features.
    Vectors,
}

impl ViewName {
    /// The views that are looked at unless a spec says otherwise.
    pub const USUAL: [Self; 2] = [Self::Words, Self::Vectors];

    /// Strength of the penalty of the student's regression.
    fn alpha(self) -> f64 {
        match self {
            Self::Words | Self::Characters => 1.0,
            Self::Vectors => 3.0,
        }
    }

    /// Learns from the pool what it takes to look at texts.
    fn fit(self, pool: &[String]) -> Result<FittedView, MethodError> {
        let (unit, ngram_range) = match self {
            Self::Words => (Unit::Words, (1, 2)),
            Self::Characters => (Unit::Characters, (2, 5)),
            Self::Vectors => return Ok(FittedView::Vectors),
        };
        let params = TfidfParams {
            unit,
            ngram_range,
            min_df: 2,
            sublinear: true,
            ..TfidfParams::default()
        };
        Ok(FittedView::Tfidf(params.fit(pool)?))
    }
}

/// A view that is ready for texts.
enum FittedView {
    Tfidf(Tfidf),
    Vectors,
}

impl FittedView {
    /// The features of texts, of which `rows` are the encoder's.
    fn features(
        &self,
        texts: &[impl AsRef<str>],
        rows: &[impl Borrow<Vec<f32>>],
    ) -> Result<Features, MethodError> {
        match self {
            Self::Tfidf(tfidf) => Ok(tfidf.transform(texts)),
            Self::Vectors => Ok(Features::dense(rows)?),
        }
    }
}

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

/// The students of one round in the order of the views, with what their scores, and where they are added their teacher's, are
/// divided by.
struct Round {
    students: Vec<(Ridge, f64)>,
    teacher: Option<f64>,
}

/// How students are taught.
pub(super) struct Lessons<'a> {
    /// What they see, one after the other.
    pub(super) views: &'a [ViewName],
    pub(super) rounds: u32,
    /// Whether the teacher's scores are added to the students'.
    pub(super) with_teacher: bool,
}

/// All views' students, ready to score texts.
pub(super) struct Views {
    teacher: Teacher,
    /// Whether its scores are added to the students'.
    with_teacher: bool,
    fitted: Vec<FittedView>,
    rounds: Vec<Round>,
    /// The teacher's scores of the pool.
    teacher_scores: Scores,
    /// The sums of the pool, out of fold.
    pub(super) pool: Scores,
    /// What students of the next round learn of the pool.
    taught: Scores,
}

impl Views {
    /// Fits students on labelled texts (the first rows of `labelled`) and on the texts of the pool with their features.
    pub(super) fn fit(
        lessons: &Lessons,
        teacher: Teacher,
        (texts, labels): (&[String], &[Label]),
        labelled: &Labelled,
        (pool, pool_rows): (&[String], &Rows),
    ) -> Result<Self, MethodError> {
        let fitted = lessons.views.iter().map(|view| view.fit(pool));
        let fitted = fitted.collect::<Result<Vec<FittedView>, MethodError>>()?;
        let targets = targets(labels, teacher.classes);
        let texts_of_all: Vec<&String> = texts.iter().chain(pool).collect();
        let rows_of_all: Vec<&Vec<f32>> = labelled.rows[..texts.len()]
            .iter()
            .chain(pool_rows)
            .collect();
        let views = lessons.views.iter().zip(&fitted).map(|(view, fitted)| {
            Ok(View {
                features: fitted.features(&texts_of_all, &rows_of_all)?,
                alpha: view.alpha(),
                labelled: &targets,
            })
        });
        let views = views.collect::<Result<Vec<View>, MethodError>>()?;
        let teacher_scores = teacher.score(pool_rows)?;
        let mut students = Self {
            with_teacher: lessons.with_teacher,
            fitted,
            rounds: Vec::new(),
            taught: teacher_scores.clone(),
            pool: teacher_scores.clone(),
            teacher_scores,
            teacher,
        };
        for _ in 0..lessons.rounds {
            students.teach(&views)?;
        }
        Ok(students)
    }

    /// One round: what the pool's scores teach the first view's student, and each one the next.
    fn teach(&mut self, views: &[View]) -> Result<(), MethodError> {
        let of_two = self.teacher.classes == 2;
        let targets = |scores: &Scores| {
            if of_two {
                scores.squashed()
            } else {
                scores.clone()
            }
        };
        let mut students: Vec<Student> = Vec::new();
        for view in views {
            let before = students.last().filter(|_| of_two);
            let taught = before.map_or(&self.taught, |student| &student.out_of_fold);
            students.push(view.fit(&targets(taught))?);
        }
        let mut sum = Scores::zeros_like(&self.taught);
        let mut add = |scores: &Scores| {
            let deviation = scores.deviation();
            sum.add(1.0 / deviation, scores);
            deviation
        };
        let deviations: Vec<f64> = students
            .iter()
            .map(|student| add(&student.out_of_fold))
            .collect();
        let teacher = self.with_teacher.then(|| {
            add(if of_two {
                &self.taught
            } else {
                &self.teacher_scores
            })
        });
        self.taught = if of_two {
            sum.clone()
        } else {
            let mut mean = Scores::zeros_like(&sum);
            for student in &students {
                mean.add(1.0 / students.len() as f64, &student.out_of_fold);
            }
            mean
        };
        self.pool = sum;
        let ridges = students.into_iter().map(|student| student.ridge);
        let students = ridges.zip(deviations).collect();
        self.rounds.push(Round { students, teacher });
        Ok(())
    }

    /// The sums of these texts with their features.
    pub(super) fn score(&self, texts: &[String], rows: &Rows) -> Result<Scores, MethodError> {
        let features = self.fitted.iter().map(|view| view.features(texts, rows));
        let features = features.collect::<Result<Vec<Features>, MethodError>>()?;
        let of_two = self.teacher.classes == 2;
        let teacher_scores = self.teacher.score(rows)?;
        let mut scores = teacher_scores.clone();
        for round in &self.rounds {
            let mut sum = Scores::zeros_like(&scores);
            for ((ridge, deviation), features) in round.students.iter().zip(&features) {
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
