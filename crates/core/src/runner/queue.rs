//! The ready queue: longest critical path first, students after their teachers.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};

use super::plan::{Plan, TrialState};

/// Trials that have not started. A call takes time proportional to the logarithm of the number of trials, and to the number of row groups that
/// do not fit into memory.
pub(super) struct ReadyQueue {
    /// By trial: its priority, higher first.
    priorities: Vec<u64>,
    /// By trial: its row group, that is its heap in `ready`.
    row_groups: Vec<usize>,
    /// Trials without unfinished dependencies, by row group; ties go to the earlier trial in the plan.
    ready: Vec<BinaryHeap<Entry>>,
    /// The first trial of every heap that is not empty, with its row group.
    tops: BTreeSet<(Entry, usize)>,
    /// The number of trials in all heaps.
    ready_count: usize,
    /// The number of unfinished teachers of each waiting trial.
    waiting: HashMap<usize, usize>,
    /// The trials waiting for each teacher.
    dependents: HashMap<usize, Vec<usize>>,
    /// Finished trials.
    done: HashSet<usize>,
}

/// A trial's priority and its number; of equal priorities, the smaller number is the larger entry.
type Entry = (u64, Reverse<usize>);

/// The result of asking for the next trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Start this trial; it has left the queue.
    Run(usize),
    /// Trials are ready, this one first, but none fits into memory.
    NoMemory(usize),
    /// No trial is ready.
    Empty,
}

impl ReadyQueue {
    /// The runnable trials of a plan. `secs` are estimated durations; trials of one row group need equal memory.
    pub(super) fn new(plan: &Plan, secs: &[f64], row_groups: &[usize]) -> Self {
        let mut queue = Self {
            priorities: priorities(plan, secs),
            row_groups: row_groups.to_vec(),
            ready: vec![BinaryHeap::new(); row_groups.iter().max().map_or(0, |most| most + 1)],
            tops: BTreeSet::new(),
            ready_count: 0,
            waiting: HashMap::new(),
            dependents: HashMap::new(),
            done: HashSet::new(),
        };
        for (index, trial) in plan.trials.iter().enumerate() {
            if !trial.can_run() {
                continue;
            }
            let undone = |&&teacher: &&usize| plan.trials[teacher].state != TrialState::Reuse;
            let teachers: Vec<usize> = trial.depends_on.iter().filter(undone).copied().collect();
            if teachers.is_empty() {
                queue.push(index);
                continue;
            }
            queue.waiting.insert(index, teachers.len());
            for teacher in teachers {
                queue.dependents.entry(teacher).or_default().push(index);
            }
        }
        queue
    }

    /// The number of trials in the queue.
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.ready_count
    }

    /// Removes and returns the first trial whose row group fits into memory.
    pub(super) fn next(&mut self, fits: impl Fn(usize) -> bool) -> Next {
        let mut tops = self.tops.iter().rev();
        match tops.find(|(_, row_group)| fits(*row_group)).copied() {
            Some(top @ ((_, Reverse(trial)), row_group)) => {
                self.tops.remove(&top);
                let heap = &mut self.ready[row_group];
                heap.pop();
                self.ready_count -= 1;
                self.tops.extend(heap.peek().map(|next| (*next, row_group)));
                Next::Run(trial)
            }
            None => match self.tops.last() {
                Some(&((_, Reverse(first)), _)) => Next::NoMemory(first),
                None => Next::Empty,
            },
        }
    }

    /// Adds a trial without unfinished dependencies.
    pub(super) fn push(&mut self, trial: usize) {
        let row_group = self.row_groups[trial];
        let heap = &mut self.ready[row_group];
        if let Some(top) = heap.peek() {
            self.tops.remove(&(*top, row_group));
        }
        heap.push((self.priorities[trial], Reverse(trial)));
        self.ready_count += 1;
        self.tops.extend(heap.peek().map(|top| (*top, row_group)));
    }

    /// Marks a trial as finished; students without further unfinished teachers become ready.
    pub(super) fn done(&mut self, teacher: usize) {
        if !self.done.insert(teacher) {
            return;
        }
        for student in self.dependents.remove(&teacher).unwrap_or_default() {
            let Some(lacking) = self.waiting.get_mut(&student) else {
                continue;
            };
            *lacking -= 1;
            if *lacking == 0 {
                self.waiting.remove(&student);
                self.push(student);
            }
        }
    }

    /// Removes the students of a failed trial and returns them.
    pub(super) fn cancel_dependents(&mut self, teacher: usize) -> Vec<usize> {
        let mut students = self.dependents.remove(&teacher).unwrap_or_default();
        students.retain(|student| self.waiting.remove(student).is_some());
        students
    }

    /// Empties the queue; returns how many trials it held.
    pub(super) fn clear(&mut self) -> usize {
        let left = self.len();
        self.ready.iter_mut().for_each(BinaryHeap::clear);
        self.tops.clear();
        self.ready_count = 0;
        self.waiting.clear();
        left
    }
}

/// Each trial's critical path in microseconds: its own time plus the longest chain of students after it. A plan lists teachers
/// before students.
fn priorities(plan: &Plan, secs: &[f64]) -> Vec<u64> {
    let mut after = vec![0_u64; secs.len()];
    let mut priorities = vec![0_u64; secs.len()];
    for index in (0..secs.len()).rev() {
        let trial = &plan.trials[index];
        if !trial.can_run() {
            continue;
        }
        priorities[index] = after[index].saturating_add((secs[index] * 1e6) as u64);
        for &teacher in &trial.depends_on {
            after[teacher] = after[teacher].max(priorities[index]);
        }
    }
    priorities
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::test_plans::{planned, trial};

    /// All ready trials, in order.
    fn started(queue: &mut ReadyQueue) -> Vec<usize> {
        std::iter::from_fn(|| match queue.next(|_| true) {
            Next::Run(trial) => Some(trial),
            _ => None,
        })
        .collect()
    }

    #[test]
    fn the_longest_goes_first_and_ties_keep_the_plan_order() {
        let plan = planned([&[][..], &[], &[], &[]].map(trial));
        let mut queue = ReadyQueue::new(&plan, &[1.0, 3.0, 3.0, 2.0], &[0, 0, 1, 1]);
        assert_eq!(queue.len(), 4);
        assert_eq!(started(&mut queue), [1, 2, 3, 0]);
        assert_eq!(queue.next(|_| true), Next::Empty);
    }

    /// Trial 0 is short, but the long student 3 waits for it: 1 + 5 is more than 4.
    #[test]
    fn teachers_of_long_students_go_first() {
        let plan = planned([&[][..], &[], &[], &[0]].map(trial));
        let mut queue = ReadyQueue::new(&plan, &[1.0, 4.0, 2.0, 5.0], &[0, 0, 0, 1]);
        assert_eq!(started(&mut queue), [0, 1, 2]);
        queue.done(1);
        assert_eq!(queue.next(|_| true), Next::Empty);
        queue.done(0);
        queue.done(0);
        assert_eq!(started(&mut queue), [3]);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn a_student_starts_after_its_last_teacher_and_is_cancelled_with_any() {
        let plan = planned([&[][..], &[], &[0, 1], &[2]].map(trial));
        let mut queue = ReadyQueue::new(&plan, &[1.0; 4], &[0; 4]);
        assert_eq!(started(&mut queue), [0, 1]);
        queue.done(0);
        assert_eq!(queue.next(|_| true), Next::Empty);
        assert_eq!(queue.cancel_dependents(1), [2]);
        assert_eq!(queue.cancel_dependents(1), [0; 0]);
        assert_eq!(queue.cancel_dependents(2), [3]);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn reused_teachers_are_not_waited_for() {
        let mut plan = planned([&[][..], &[], &[0, 1]].map(trial));
        plan.trials[0].state = TrialState::Reuse;
        let mut queue = ReadyQueue::new(&plan, &[1.0; 3], &[0; 3]);
        assert_eq!(started(&mut queue), [1]);
        queue.done(1);
        assert_eq!(started(&mut queue), [2]);
    }

    #[test]
    fn a_smaller_trial_overtakes_one_that_does_not_fit() {
        let plan = planned([&[][..], &[], &[]].map(trial));
        let mut queue = ReadyQueue::new(&plan, &[3.0, 2.0, 1.0], &[0, 1, 0]);
        assert_eq!(queue.next(|row_group| row_group == 1), Next::Run(1));
        assert_eq!(queue.next(|row_group| row_group == 1), Next::NoMemory(0));
        assert_eq!(queue.clear(), 2);
        assert_eq!(queue.next(|_| true), Next::Empty);
    }
}
