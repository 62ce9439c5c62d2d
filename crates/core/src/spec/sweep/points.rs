//! The points of a spec's sweeps.

use std::collections::HashSet;
use std::path::Path;
use std::rc::Rc;

use super::key::Key;
use super::read::{Sweep, Sweeps};
use super::reader::{Choice, Choices, Exclude};
use crate::spec::error::{Diagnostic, Problem};
use crate::spec::tree::{Node, Value};

/// More points than this are taken for a mistake, unless the command line allows them.
pub(in crate::spec) const MOST_POINTS: u64 = 10_000;

/// The value of each swept key, where it has one.
pub(super) type Values = Vec<Option<Rc<Choice>>>;

/// How many points the sweeps have, excluded ones and repeated ones counted.
pub(super) fn count(sweeps: &[Sweep]) -> u128 {
    let product = |sweep: &Sweep| {
        let lengths = sweep
            .dimensions
            .iter()
            .map(|dimension| dimension.len() as u128);
        lengths.fold(1, u128::saturating_mul)
    };
    sweeps.iter().map(product).fold(0, u128::saturating_add)
}

/// The points of all sweeps, each once, in their order; a key that a point leaves open has the value that the spec gives it.
///
/// # Errors
/// More points than allowed, which are not made then; an exclude that fits no point; nothing left.
pub(super) fn points(
    file: &Path,
    root: &Node,
    sweeps: &Sweeps,
    most: u64,
) -> Result<Vec<Values>, Vec<Diagnostic>> {
    let Some(first) = sweeps.sweeps.first() else {
        return Ok(vec![Values::new()]);
    };
    let fault = |place: &_, key: &str, problem| Diagnostic {
        file: file.to_owned(),
        place: Clone::clone(place),
        key: key.to_owned(),
        problem,
    };
    let count = count(&sweeps.sweeps);
    if count > u128::from(most) {
        let problem = Problem::TooManyPoints { got: count, most };
        return Err(vec![fault(&first.place, "sweep", problem)]);
    }
    let baseline = baseline_values(&sweeps.keys, root);
    let (mut points, mut seen, mut faults) = (Vec::new(), HashSet::new(), Vec::new());
    for sweep in &sweeps.sweeps {
        let mut fitted = vec![false; sweep.exclude.len()];
        for choices in combinations(sweep) {
            let mut values = baseline.clone();
            for (key, choice) in choices {
                values[key] = Some(choice);
            }
            let mut dropped = false;
            for (exclude, fitted) in sweep.exclude.iter().zip(&mut fitted) {
                let fits = exclude.fits(&values);
                dropped |= fits;
                *fitted |= fits;
            }
            if !dropped && seen.insert(text(&values)) {
                points.push(values);
            }
        }
        let unfit = sweep.exclude.iter().zip(&fitted);
        for (exclude, _) in unfit.filter(|(_, fitted)| !**fitted && !sweep.altered) {
            let problem = "it matches no point; remove it, or use values that are swept";
            faults.push(fault(
                &exclude.place,
                &exclude.name,
                Problem::Conflict(problem.to_owned()),
            ));
        }
    }
    if points.is_empty() && faults.is_empty() {
        let problem = format!("no point is left: `exclude` drops all {count}");
        faults.push(fault(&first.place, "sweep", Problem::Conflict(problem)));
    }
    if faults.is_empty() {
        Ok(points)
    } else {
        Err(faults)
    }
}

impl Exclude {
    fn fits(&self, values: &Values) -> bool {
        self.values.iter().all(|(key, wanted)| {
            values[*key]
                .as_ref()
                .is_some_and(|value| value.text == wanted.text)
        })
    }
}

/// One alternative of each dimension, the last dimension varying fastest.
fn combinations(sweep: &Sweep) -> impl Iterator<Item = Choices> {
    let dimensions = &sweep.dimensions;
    let mut next = dimensions
        .iter()
        .all(|dimension| !dimension.is_empty())
        .then(|| vec![0; dimensions.len()]);
    std::iter::from_fn(move || {
        let at = next.take()?;
        let chosen = dimensions.iter().zip(&at);
        let point = chosen.flat_map(|(dimension, &index)| dimension[index].iter().cloned());
        let point = point.collect();
        next = successor(at, |digit| dimensions[digit].len());
        Some(point)
    })
}

/// The next number whose digits have these bases.
fn successor(mut digits: Vec<usize>, base: impl Fn(usize) -> usize) -> Option<Vec<usize>> {
    for digit in (0..digits.len()).rev() {
        digits[digit] += 1;
        if digits[digit] < base(digit) {
            return Some(digits);
        }
        digits[digit] = 0;
    }
    None
}

/// The values that the spec gives the keys without the sweep.
pub(super) fn baseline_values(keys: &[Key], root: &Node) -> Values {
    keys.iter().map(|key| as_written(key, root)).collect()
}

/// The value that the spec gives a key without the sweep, or that the program fills in.
fn as_written(key: &Key, root: &Node) -> Option<Rc<Choice>> {
    let written = root.find(&key.path).cloned();
    let node = written.or_else(|| {
        let default = key.schema.get("default")?;
        let section = root.find(&key.path[..key.path.len() - 1])?;
        Some(Node {
            place: section.place.clone(),
            value: Value::plain(default, &section.place)?,
        })
    })?;
    Some(Rc::new(Choice::new(key, node)))
}

/// Equal points have equal text.
pub(super) fn text(values: &Values) -> String {
    let values = values
        .iter()
        .map(|value| value.as_ref().map_or("", |value| &value.text));
    values.collect::<Vec<_>>().join("\u{1f}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_count_up_from_the_right() {
        let mut at = Some(vec![0, 0]);
        let mut seen = Vec::new();
        while let Some(digits) = at {
            seen.push(digits.clone());
            at = successor(digits, |digit| [2, 3][digit]);
        }
        assert_eq!(seen, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
        assert_eq!(successor(Vec::new(), |_| 1), None);
    }
}
