//! The trials that wait for their turn: those first that the most work hangs on, students after their teachers.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::plan::{Plan, TrialState};

/// The trials that have not been started. Every call takes time in the number of row groups, not of trials.
pub(super) struct ReadyQueue {
    /// By trial: higher goes first.
    ranks: Vec<u64>,
    /// By trial: which of the heaps it waits in.
    row_groups: Vec<usize>,
    /// Trials that could start now, by row group; among equal ranks the first of the plan goes first.
    ready: Vec<BinaryHeap<(u64, Reverse<usize>)>>,
    /// Trials that wait for teachers, and for how many.
    waiting: HashMap<usize, usize>,
    /// Those that wait for a teacher.
    dependents: HashMap<usize, Vec<usize>>,
    /// Trials that were done before a student asked for them.
    done: HashSet<usize>,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// This trial's; it has left the line.
    Run(usize),
    /// Nobody's: some could start, this one first, but there is no room for any of them.
    NoMemory(usize),
    /// Nobody's: none could start now.
    Empty,
}

impl ReadyQueue {
    /// The plan's trials that can run. `secs` is how long each trial is taken to last, `row_groups` which need equal room.
    pub(super) fn new(plan: &Plan, secs: &[f64], row_groups: &[usize]) -> Self {
        let mut queue = Self {
            ranks: ranks(plan, secs),
            row_groups: row_groups.to_vec(),
            ready: vec![BinaryHeap::new(); row_groups.iter().max().map_or(0, |most| most + 1)],
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

    /// How many trials wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.ready.iter().map(BinaryHeap::len).sum::<usize>()
    }

    /// Takes the first trial out of the line whose row group there is room for.
    pub(super) fn next(&mut self, fits: impl Fn(usize) -> bool) -> Next {
        let tops = self.ready.iter().enumerate();
        let tops = tops.filter_map(|(row_group, heap)| Some((*heap.peek()?, row_group)));
        let mut tops: Vec<((u64, Reverse<usize>), usize)> = tops.collect();
        tops.sort_unstable_by_key(|&top| Reverse(top));
        let Some(&((_, Reverse(first)), _)) = tops.first() else {
            return Next::Empty;
        };
        match tops.into_iter().find(|&(_, row_group)| fits(row_group)) {
            Some(((_, Reverse(trial)), row_group)) => {
                self.ready[row_group].pop();
                Next::Run(trial)
            }
            None => Next::NoMemory(first),
        }
    }

    /// Puts a trial in line that waits for nobody.
    pub(super) fn push(&mut self, trial: usize) {
        self.ready[self.row_groups[trial]].push((self.ranks[trial], Reverse(trial)));
    }

    /// A trial is done: students that waited for it only could start.
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

    /// Takes the students of a trial that failed out of the line.
    pub(super) fn cancel_dependents(&mut self, teacher: usize) -> Vec<usize> {
        let mut students = self.dependents.remove(&teacher).unwrap_or_default();
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
        for &teacher in &trial.depends_on {
            after[teacher] = after[teacher].max(ranks[index]);
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::test_plans::{planned, trial};

    /// Everything that can start now, in order.
    fn started(queue: &mut ReadyQueue) -> Vec<usize> {
        std::iter::from_fn(|| match queue.next(|_| true) {
            Next::Run(trial) => Some(trial),
            _ => None,
        })
        .collect()
    }

    #[test]
    fn the_longest_goes_first_and_equals_in_the_order_of_the_plan() {
        let plan = planned([&[][..], &[], &[], &[]].map(trial));
        let mut queue = ReadyQueue::new(&plan, &[1.0, 3.0, 3.0, 2.0], &[0, 0, 1, 1]);
        assert_eq!(queue.len(), 4);
        assert_eq!(started(&mut queue), [1, 2, 3, 0]);
        assert_eq!(queue.next(|_| true), Next::Empty);
    }

    /// Trial 0 is short, but the long student 3 waits for it: 1 + 5 is more than 4.
    #[test]
    fn teachers_whose_students_take_long_go_first() {
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
    fn a_student_starts_after_its_last_teacher_and_is_given_up_with_any() {
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
    fn teachers_that_are_reused_are_not_waited_for() {
        let mut plan = planned([&[][..], &[], &[0, 1]].map(trial));
        plan.trials[0].state = TrialState::Reuse;
        let mut queue = ReadyQueue::new(&plan, &[1.0; 3], &[0; 3]);
        assert_eq!(started(&mut queue), [1]);
        queue.done(1);
        assert_eq!(started(&mut queue), [2]);
    }

    #[test]
    fn a_smaller_one_goes_before_what_has_no_room() {
        let plan = planned([&[][..], &[], &[]].map(trial));
        let mut queue = ReadyQueue::new(&plan, &[3.0, 2.0, 1.0], &[0, 1, 0]);
        assert_eq!(queue.next(|row_group| row_group == 1), Next::Run(1));
        assert_eq!(queue.next(|row_group| row_group == 1), Next::NoMemory(0));
        assert_eq!(queue.clear(), 2);
        assert_eq!(queue.next(|_| true), Next::Empty);
    }
}
