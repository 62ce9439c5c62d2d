//! Variance by random stream: how much of the spread of F1 each causes.

use std::collections::{BTreeMap, BTreeSet};

use super::stored_view::StoredView;
use fsl_common::seed::Stream;
use fsl_core::runner::PlannedTrial;
use fsl_core::store::StoreError;
use fsl_metrics::{Observation, components};
use fsl_report::{Spread, VarianceState};

/// The variance components of every method whose trials differ in some stream.
///
/// # Errors
/// Results that cannot be read.
pub fn variance(view: StoredView) -> Result<Vec<Spread>, StoreError> {
    Ok(methods(view)?.iter().map(spread).collect())
}

/// The trials of one method on the same data, which differ in their seeds only.
#[derive(Default)]
struct Method {
    rows: BTreeSet<String>,
    trials: Vec<(BTreeMap<Stream, u64>, f64)>,
    /// Trials that are planned and have no result.
    missing: usize,
}

/// Every method of the specs that draws random numbers, with its stored trials: those of several rows and specs are put together.
fn methods(view: StoredView) -> Result<Vec<Method>, StoreError> {
    let mut methods: Vec<(String, Method)> = Vec::new();
    let mut seen = BTreeSet::new();
    for row in view.requested_rows() {
        for &index in &row.trials {
            let trial = &view.plan.trials[index];
            // What varied in another program is not known.
            if trial.inputs.seeds.is_empty() || trial.inputs.method.imported().is_some() {
                continue;
            }
            let name = name(trial);
            let place = methods.iter().position(|(other, _)| *other == name);
            let place = place.unwrap_or_else(|| {
                methods.push((name, Method::default()));
                methods.len() - 1
            });
            let method = &mut methods[place].1;
            method.rows.insert(row.name.clone());
            if !seen.insert(index) {
                continue;
            }
            match view.value(trial, view.metric(row))? {
                Some(value) => method.trials.push((trial.inputs.seeds.clone(), value)),
                None => method.missing += 1,
            }
        }
    }
    let methods = methods.into_iter().map(|(_, method)| method);
    Ok(methods.filter(|method| !method.trials.is_empty()).collect())
}

/// Everything that determines a trial but its seeds.
fn name(trial: &PlannedTrial) -> String {
    let mut inputs = trial.inputs.clone();
    inputs.seeds.clear();
    inputs.key().to_string()
}

fn spread(method: &Method) -> Spread {
    let factors = factors(&method.trials);
    let state = decomposed(&factors, &method.trials);
    Spread {
        rows: method.rows.iter().cloned().collect(),
        trials: method.trials.len(),
        missing: method.missing,
        state,
    }
}

/// Streams that vary, those that always vary together as one; each with its level in every trial.
fn factors(trials: &[(BTreeMap<Stream, u64>, f64)]) -> Vec<(String, Vec<u64>)> {
    let mut factors: Vec<(String, Vec<u64>)> = Vec::new();
    for stream in Stream::ALL {
        let seeds: Vec<u64> = trials
            .iter()
            .map(|(seeds, _)| seeds.get(&stream).copied().unwrap_or_default())
            .collect();
        let levels: Vec<u64> = seeds
            .iter()
            .map(|seed| seeds.iter().take_while(|other| *other != seed).count() as u64)
            .collect();
        if levels.iter().all(|&level| level == 0) {
            continue;
        }
        match factors.iter_mut().find(|(_, known)| *known == levels) {
            Some((name, _)) => *name += &format!("+{stream}"),
            None => factors.push((stream.to_string(), levels)),
        }
    }
    factors
}

/// The components of the factors. One that differs in every trial is what is left when the others are taken off: the residual.
fn decomposed(
    factors: &[(String, Vec<u64>)],
    trials: &[(BTreeMap<Stream, u64>, f64)],
) -> VarianceState {
    let names = |factors: &[&(String, Vec<u64>)]| {
        factors
            .iter()
            .map(|(name, _)| name.clone())
            .collect::<Vec<_>>()
    };
    let all: Vec<&(String, Vec<u64>)> = factors.iter().collect();
    let is_own = |levels: &[u64]| levels.iter().collect::<BTreeSet<_>>().len() == trials.len();
    let (own, shared): (Vec<_>, Vec<_>) =
        all.iter().copied().partition(|(_, levels)| is_own(levels));
    if shared.is_empty() {
        return VarianceState::NotApart(names(&all));
    }
    let observations: Vec<Observation> = trials
        .iter()
        .enumerate()
        .map(|(trial, (_, value))| Observation {
            levels: shared.iter().map(|(_, levels)| levels[trial]).collect(),
            value: *value,
        })
        .collect();
    match components(&observations) {
        Some(components) => VarianceState::Apart {
            factors: names(&shared),
            residual: names(&own),
            components,
        },
        None => VarianceState::NotCrossed(names(&all)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trials(seeds: &[(u64, u64, u64)]) -> Vec<(BTreeMap<Stream, u64>, f64)> {
        let one = |(number, &(sample, init, order)): (usize, &(u64, u64, u64))| {
            let seeds = [
                (Stream::Sample, sample),
                (Stream::Init, init),
                (Stream::Order, order),
            ];
            (seeds.into_iter().collect(), (number % 3) as f64 / 10.0)
        };
        seeds.iter().enumerate().map(one).collect()
    }

    fn state(seeds: &[(u64, u64, u64)]) -> VarianceState {
        let trials = trials(seeds);
        decomposed(&factors(&trials), &trials)
    }

    #[test]
    fn streams_that_vary_together_are_one_factor() {
        let crossed = [
            (7, 1, 1),
            (7, 2, 2),
            (7, 3, 3),
            (8, 1, 1),
            (8, 2, 2),
            (8, 3, 3),
        ];
        let VarianceState::Apart {
            factors,
            residual,
            components,
        } = state(&crossed)
        else {
            panic!("crossed");
        };
        assert_eq!(factors, ["sample", "init+order"]);
        assert!(residual.is_empty());
        assert_eq!(components.factors[1].levels, 3);
    }

    #[test]
    fn what_differs_in_every_trial_is_the_residual() {
        let nested = [(7, 1, 1), (7, 2, 2), (8, 3, 3), (8, 4, 4)];
        let VarianceState::Apart {
            factors, residual, ..
        } = state(&nested)
        else {
            panic!("nested");
        };
        assert_eq!(
            (factors, residual),
            (vec!["sample".to_owned()], vec!["init+order".to_owned()])
        );
    }

    #[test]
    fn one_factor_alone_cannot_be_taken_apart() {
        assert_eq!(
            state(&[(1, 1, 1), (2, 2, 2)]),
            VarianceState::NotApart(vec!["sample+init+order".to_owned()])
        );
        let lopsided = [(7, 1, 1), (7, 2, 2), (8, 1, 1)];
        assert!(matches!(state(&lopsided), VarianceState::NotCrossed(_)));
    }
}
