//! Lessons of methods that can do without a teacher: what their settings say of one, and what they learn then.

use super::{
    Base, BaseRole, MethodContext, MethodError, Requirements, RowRef, SoftTargetsInputs,
    TransferSet,
};
use crate::classic::Targets;
use fsl_common::classes::Label;

/// The keys of a spec that say what a teacher teaches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lesson<'a> {
    pub(super) teacher: Option<&'a RowRef>,
    pub(super) labelled: bool,
    pub(super) transfer_size: Option<u32>,
}

impl<'a> Lesson<'a> {
    /// What a method needs that needs `own` without a teacher.
    pub(super) fn requirements(self, own: Requirements<'a>) -> Requirements<'a> {
        let Some(row) = self.teacher else { return own };
        Requirements {
            base: Some(Base {
                key: "teacher",
                row,
                role: BaseRole::Teacher,
            }),
            ..taught(own, self.labelled, self.transfer_size)
        }
    }

    /// A key that does not go with the others, and why.
    pub(super) fn conflict(self) -> Option<(&'static str, &'static str)> {
        let key = match self.teacher {
            None if self.labelled => "labelled",
            None if self.transfer_size.is_some() => "transfer-size",
            _ => return None,
        };
        Some((key, "it goes only with `teacher`"))
    }
}

/// What a method needs that learns `lesson`, and without one needs `own`.
pub(super) fn requirements<'a>(
    lesson: Option<&SoftTargetsInputs>,
    own: Requirements<'a>,
) -> Requirements<'a> {
    match lesson {
        Some(lesson) => taught(own, lesson.labelled, lesson.transfer_size),
        None => own,
    }
}

fn taught(own: Requirements, labelled: bool, size: Option<u32>) -> Requirements {
    Requirements {
        labelled_texts: labelled,
        transfer: Some(TransferSet {
            size,
            asked_by: Some("teacher"),
        }),
        ..own
    }
}

/// The context of a method that learns `lesson`: its pool is the texts with a teacher's probabilities, and it has labelled texts only where
/// they are learnt from as well. Without a lesson it is as it was.
pub(super) fn context<'a>(
    context: &MethodContext<'a>,
    lesson: Option<&SoftTargetsInputs>,
) -> Result<MethodContext<'a>, MethodError> {
    let mut own = *context;
    if let Some(lesson) = lesson {
        let soft_targets = context.soft_targets.ok_or(MethodError::NoSoftTargets)?;
        own.pool = soft_targets.texts;
        if !lesson.labelled {
            (own.train_texts, own.train_labels) = (&[], &[]);
        }
    } else {
        own.soft_targets = None;
    }
    Ok(own)
}

/// What a regression learns: rows of a teacher's texts, each of weight 1, and behind them rows with `labels` and `weights`.
pub(super) fn targets(context: &MethodContext, labels: &[Label], weights: &[f64]) -> Targets {
    let mut targets = Targets::new(context.classes.count());
    if let Some(soft_targets) = context.soft_targets {
        targets.add_probabilities(soft_targets.probabilities);
    }
    targets.add_labels(labels, weights);
    targets
}
