//! The trials that wait for their turn: those first that the most work hangs on, students after their teachers.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::plan::{Plan, TrialState};

/// The trials that have not been started. Every call takes time in the number of kinds, not of trials.
pub(super) struct Line {
    /// By trial: higher goes first.
    ranks: Vec<u64>,
    /// By trial: which of the heaps it waits in.
    kinds: Vec<usize>,
    /// Trials that could start now, by kind; among equal ranks the first of the plan goes first.
    ready: Vec<BinaryHeap<(u64, Reverse<usize>)>>,
    /// Trials that wait for teachers, and for how many.
    waiting: HashMap<usize, usize>,
    /// Those that wait for a teacher.
    students: HashMap<usize, Vec<usize>>,
    /// Trials that were done before a student asked for them.
    done: HashSet<usize>,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// This trial's; it has left the line.
    Of(usize),
    /// Nobody's: some could start, this one first, but there is no room for any of them.
    NoRoom(usize),
    /// Nobody's: none could start now.
    Nobody,
}

impl Line {
    /// The plan's trials that can run. `secs` is how long each trial is taken to last, `kinds` which need equal room.
    pub(super) fn new(plan: &Plan, secs: &[f64], kinds: &[usize]) -> Self {
        let mut line = Self {
            ranks: ranks(plan, secs),
            kinds: kinds.to_vec(),
            ready: vec![BinaryHeap::new(); kinds.iter().max().map_or(0, |most| most + 1)],
            waiting: HashMap::new(),
            students: HashMap::new(),
            done: HashSet::new(),
        };
        for (index, trial) in plan.trials.iter().enumerate() {
            if !trial.can_run() {
                continue;
            }
            let undone = |&&teacher: &&usize| plan.trials[teacher].state != TrialState::Reuse;
            let teachers: Vec<usize> = trial.after.iter().filter(undone).copied().collect();
            if teachers.is_empty() {
                line.put(index);
                continue;
            }
            line.waiting.insert(index, teachers.len());
            for teacher in teachers {
                line.students.entry(teacher).or_default().push(index);
            }
        }
        line
    }

    /// How many trials wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.ready.iter().map(BinaryHeap::len).sum::<usize>()
    }

    /// Takes the first trial out of the line whose kind there is room for.
    pub(super) fn next(&mut self, has_room: impl Fn(usize) -> bool) -> Turn {
        let tops = self.ready.iter().enumerate();
        let tops = tops.filter_map(|(kind, heap)| Some((*heap.peek()?, kind)));
        let mut tops: Vec<((u64, Reverse<usize>), usize)> = tops.collect();
        tops.sort_unstable_by_key(|&top| Reverse(top));
        let Some(&((_, Reverse(first)), _)) = tops.first() else {
            return Turn::Nobody;
        };
        match tops.into_iter().find(|&(_, kind)| has_room(kind)) {
            Some(((_, Reverse(trial)), kind)) => {
                self.ready[kind].pop();
                Turn::Of(trial)
            }
            None => Turn::NoRoom(first),
        }
    }

    /// Puts a trial in line that waits for nobody.
    pub(super) fn put(&mut self, trial: usize) {
        self.ready[self.kinds[trial]].push((self.ranks[trial], Reverse(trial)));
    }

    /// A trial is done: students that waited for it only could start.
    pub(super) fn done(&mut self, teacher: usize) {
        if !self.done.insert(teacher) {
            return;
        }
        for student in self.students.remove(&teacher).unwrap_or_default() {
            let Some(lacking) = self.waiting.get_mut(&student) else {
                continue;
            };
            *lacking -= 1;
            if *lacking == 0 {
                self.waiting.remove(&student);
                self.put(student);
            }
        }
    }

    /// Takes the students of a trial that failed out of the line.
    pub(super) fn give_up(&mut self, teacher: usize) -> Vec<usize> {
        let mut students = self.students.remove(&teacher).unwrap_or_default();
        students.retain(|student| self.waiting.remove(student).is_some());
        students
    }

    /// Empties the line; returns how many waited.
    pub(super) fn clear(&mut self) -> usize {
        let left = self.len();
        self.ready.iter_mut().for_each(BinaryHeap::clear);
        self.waiting.clear();
        left
    }
}

/// Each trial's time and that of the longest chain of students after it, in microseconds: the most that the run can still
/// last once it starts. Teachers stand before their students in a plan.
fn ranks(plan: &Plan, secs: &[f64]) -> Vec<u64> {
    let mut after = vec![0_u64; secs.len()];
    let mut ranks = vec![0_u64; secs.len()];
    for index in (0..secs.len()).rev() {
        let trial = &plan.trials[index];
        if !trial.can_run() {
            continue;
        }
        ranks[index] = after[index].saturating_add((secs[index] * 1e6) as u64);
        for &teacher in &trial.after {
            after[teacher] = after[teacher].max(ranks[index]);
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::testing::{planned, trial};

    /// Everything that can start now, in order.
    fn started(line: &mut Line) -> Vec<usize> {
        std::iter::from_fn(|| match line.next(|_| true) {
            Turn::Of(trial) => Some(trial),
            _ => None,
        })
        .collect()
    }

    #[test]
    fn the_longest_goes_first_and_equals_in_the_order_of_the_plan() {
        let plan = planned([&[][..], &[], &[], &[]].map(trial));
        let mut line = Line::new(&plan, &[1.0, 3.0, 3.0, 2.0], &[0, 0, 1, 1]);
        assert_eq!(line.len(), 4);
        assert_eq!(started(&mut line), [1, 2, 3, 0]);
        assert_eq!(line.next(|_| true), Turn::Nobody);
    }

    /// Trial 0 is short, but the long student 3 waits for it: 1 + 5 is more than 4.
    #[test]
    fn teachers_whose_students_take_long_go_first() {
        let plan = planned([&[][..], &[], &[], &[0]].map(trial));
        let mut line = Line::new(&plan, &[1.0, 4.0, 2.0, 5.0], &[0, 0, 0, 1]);
        assert_eq!(started(&mut line), [0, 1, 2]);
        line.done(1);
        assert_eq!(line.next(|_| true), Turn::Nobody);
        line.done(0);
        line.done(0);
        assert_eq!(started(&mut line), [3]);
        assert_eq!(line.len(), 0);
    }

    #[test]
    fn a_student_starts_after_its_last_teacher_and_is_given_up_with_any() {
        let plan = planned([&[][..], &[], &[0, 1], &[2]].map(trial));
        let mut line = Line::new(&plan, &[1.0; 4], &[0; 4]);
        assert_eq!(started(&mut line), [0, 1]);
        line.done(0);
        assert_eq!(line.next(|_| true), Turn::Nobody);
        assert_eq!(line.give_up(1), [2]);
        assert_eq!(line.give_up(1), [0; 0]);
        assert_eq!(line.give_up(2), [3]);
        assert_eq!(line.len(), 0);
    }

    #[test]
    fn teachers_that_are_reused_are_not_waited_for() {
        let mut plan = planned([&[][..], &[], &[0, 1]].map(trial));
        plan.trials[0].state = TrialState::Reuse;
        let mut line = Line::new(&plan, &[1.0; 3], &[0; 3]);
        assert_eq!(started(&mut line), [1]);
        line.done(1);
        assert_eq!(started(&mut line), [2]);
    }

    #[test]
    fn a_smaller_one_goes_before_what_has_no_room() {
        let plan = planned([&[][..], &[], &[]].map(trial));
        let mut line = Line::new(&plan, &[3.0, 2.0, 1.0], &[0, 1, 0]);
        assert_eq!(line.next(|kind| kind == 1), Turn::Of(1));
        assert_eq!(line.next(|kind| kind == 1), Turn::NoRoom(0));
        assert_eq!(line.clear(), 2);
        assert_eq!(line.next(|_| true), Turn::Nobody);
    }
}
