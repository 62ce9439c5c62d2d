//! One spec for itself: from its text to checked rows, each at every point of the sweep that matters to it.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde::Deserialize;

use super::check::check;
use super::context::{ArmContext, CatalogIndex};
use super::error::{Diagnostic, Location, Problem};
use super::experiment::{Checked, Experiment, Row, TableStyle};
use super::overrides::Override;
use super::published::RawPublishedAt;
use super::raw::RawSpec;
use super::schema::schema;
use super::sweep::{Arm, Set, Space};
use super::tree::Node;
use super::{schema_check, sweep, tree};
use fsl_common::spelling::nearest;
use fsl_metrics::Metric;

/// What specs are read with.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) names: &'a CatalogIndex,
    /// The points that a spec's sweeps may have together.
    pub(super) most_points: u64,
}

/// A spec that passed the first two passes.
pub(super) struct Parsed {
    pub(super) experiment: Experiment,
    /// The table `method` of each row, which tells where its keys stand.
    pub(super) methods: Vec<Node>,
}

/// Checks one spec for itself, and marks the overrides that applied.
pub(super) fn parse_alone(
    file: &Path,
    text: &str,
    overrides: &[Override],
    context: Context,
    applied: &mut [bool],
) -> Result<Parsed, Vec<Diagnostic>> {
    let mut root = tree::parse(file, text)?;
    let sets = set(file, &mut root, overrides, applied)?;
    let written = root.take("sweep");
    let space = match Space::read(file, &root, written, &sets, context.most_points) {
        Ok(space) => space,
        Err(faults) => return Err(with_others(file, &root, faults)),
    };
    let complete = space.completed(&root);
    let faults = schema_check::faults(file, &complete, schema());
    if !faults.is_empty() {
        return Err(faults);
    }
    let raw = raw(file, &complete)?;
    let metrics = metrics(file, &complete, &raw)?;
    let (rows, methods) = rows(file, &root, &raw, &space, context.names)?;
    let experiment = Experiment {
        file: file.to_owned(),
        title: raw.title.unwrap_or_else(|| raw.name.clone()),
        name: raw.name,
        rows,
        points: space.len(),
        table: TableStyle {
            center: raw.table.center,
            ddof: raw.table.ddof.0,
            f1: raw.table.f1,
            metrics,
        },
        support: false,
        _checked: Checked(()),
    };
    Ok(Parsed {
        experiment,
        methods,
    })
}

/// Applies the overrides that are values; returns what they say to the sweeps.
fn set(
    file: &Path,
    root: &mut Node,
    overrides: &[Override],
    applied: &mut [bool],
) -> Result<Vec<Set>, Vec<Diagnostic>> {
    let swept = root.get("sweep").map(sweep::named).unwrap_or_default();
    let mut sets = Vec::new();
    for (set, applied) in overrides.iter().zip(applied) {
        if set.passes_by(root) {
            continue;
        }
        *applied = true;
        let meant = Set::parse(set, root);
        // A value for a swept key says at which point; rows that the key does not bear on stay as they are.
        let is_point = meant
            .as_ref()
            .is_some_and(|meant| meant.sweeps() || swept.iter().any(|key| *key == set.key()));
        if !is_point {
            set.apply(root).map_err(|key| {
                let problem = Problem::Conflict("there is no such key to set".to_owned());
                vec![fault(file, Location::Set(set.to_string()), key, problem)]
            })?;
        }
        sets.extend(meant);
    }
    Ok(sets)
}

/// The faults of the sweep after those of the rest, of which nothing is called missing that the sweep may have been to give.
fn with_others(file: &Path, root: &Node, sweep: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut faults = schema_check::faults(file, root, schema());
    faults.retain(|fault| !matches!(fault.problem, Problem::Missing { .. }));
    faults.extend(sweep);
    faults
}

/// The schema is made from these types, so this fails only where it says less than they do.
fn raw(file: &Path, tree: &Node) -> Result<RawSpec, Vec<Diagnostic>> {
    RawSpec::deserialize(tree.to_json()).map_err(|error| {
        let problem = Problem::Syntax(error.to_string());
        vec![fault(file, Location::Line(1), String::new(), problem)]
    })
}

/// The metrics that the table shall show.
fn metrics(
    file: &Path,
    tree: &Node,
    raw: &RawSpec,
) -> Result<Vec<&'static Metric>, Vec<Diagnostic>> {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for (index, name) in raw.table.metrics.iter().flatten().enumerate() {
        let step = index.to_string();
        let problem = match Metric::named(name) {
            Some(metric) if found.contains(&metric) => Problem::Duplicate {
                got: name.clone(),
                first: "earlier in the list".to_owned(),
            },
            Some(metric) => {
                found.push(metric);
                continue;
            }
            None => {
                let known: Vec<String> = Metric::all().iter().map(Metric::spec_name).collect();
                Problem::UnknownName {
                    kind: "metric",
                    got: name.clone(),
                    suggestion: nearest(name, known.iter().map(String::as_str)),
                    known,
                }
            }
        };
        let place = tree.deepest(&["table", "metrics", &step]).place.clone();
        faults.push(fault(
            file,
            place,
            format!("table.metrics[{}]", index + 1),
            problem,
        ));
    }
    if faults.is_empty() {
        Ok(found)
    } else {
        Err(faults)
    }
}

/// Every arm of every row, checked, with the table of its method.
fn rows(
    file: &Path,
    root: &Node,
    raw: &RawSpec,
    space: &Space,
    names: &CatalogIndex,
) -> Result<(Vec<Row>, Vec<Node>), Vec<Diagnostic>> {
    let (mut rows, mut methods) = (Vec::new(), Vec::new());
    let mut faults = Vec::new();
    let mut first = HashMap::new();
    for (index, arms) in space.arms(root, &raw.name).iter().enumerate() {
        let mut found = Found::default();
        for arm in arms {
            let tree = space.tree(root, index, arm);
            match row(file, &tree, arm, space, names) {
                Ok(row) => {
                    rows.extend(row);
                    methods.push(tree.deepest(&["row", "0", "method"]).clone());
                }
                Err(more) => found.add(more, &space.point(arm).short(&raw.row[index].id)),
            }
        }
        let earlier = *first.entry(raw.row[index].id.as_str()).or_insert(index);
        faults.extend(repeated(file, root, raw, [earlier, index]));
        let shorts = arms
            .iter()
            .map(|arm| space.point(arm).short(&raw.row[index].id));
        faults.extend(unknown_arms(
            file,
            root,
            raw,
            index,
            &shorts.collect::<Vec<_>>(),
        ));
        faults.extend(found.told(arms.len()));
    }
    if faults.is_empty() {
        return Ok((rows, methods));
    }
    // Faults of data and trials are those of every row.
    let mut told = HashSet::new();
    faults.retain(|fault| told.insert(fault.clone()));
    Err(faults)
}

/// One row at one point.
fn row(
    file: &Path,
    tree: &Node,
    arm: &Arm,
    space: &Space,
    names: &CatalogIndex,
) -> Result<Option<Row>, Vec<Diagnostic>> {
    let faults = schema_check::faults(file, tree, schema());
    if !faults.is_empty() {
        return Err(faults);
    }
    let context = ArmContext {
        tree,
        point: space.point(arm),
        is_baseline: space.is_baseline(arm),
        sweeps_samples: [".train-size", ".shots", ".transfer-size"]
            .iter()
            .any(|key| space.has(key)),
    };
    check(file, context, raw(file, tree)?, names)
}

/// The id of a row that another row has, the first of that id.
fn repeated(
    file: &Path,
    root: &Node,
    raw: &RawSpec,
    [first, index]: [usize; 2],
) -> Option<Diagnostic> {
    if first == index {
        return None;
    }
    let id = &raw.row[index].id;
    let place = |row: usize| root.deepest(&["row", &row.to_string(), "id"]).place.clone();
    let problem = Problem::Duplicate {
        got: id.clone(),
        first: place(first).to_string(),
    };
    let key = format!("row[{}].id", index + 1);
    Some(fault(file, place(index), key, problem))
}

/// Published cells of arms that the row does not have.
fn unknown_arms(
    file: &Path,
    root: &Node,
    raw: &RawSpec,
    index: usize,
    known: &[String],
) -> Vec<Diagnostic> {
    let row = &raw.row[index];
    let cells = row.published_at.iter().enumerate();
    let unknown = cells.filter(|(_, at)| !known.contains(&at.arm));
    let told = |(number, at): (usize, &RawPublishedAt)| {
        let path = [
            "row",
            &index.to_string(),
            "published-at",
            &number.to_string(),
            "arm",
        ];
        let swept = known.iter().filter(|arm| !arm.is_empty());
        let problem = Problem::UnknownName {
            kind: "arm",
            got: at.arm.clone(),
            suggestion: nearest(&at.arm, known.iter().map(String::as_str)),
            known: swept.cloned().collect(),
        };
        let key = format!("row.{}.published-at[{}].arm", row.id, number + 1);
        fault(file, root.deepest(&path).place.clone(), key, problem)
    };
    unknown.map(told).collect()
}

/// The faults of a row's arms, each once.
#[derive(Default)]
struct Found(Vec<(Diagnostic, String, usize)>);

impl Found {
    fn add(&mut self, faults: Vec<Diagnostic>, point: &str) {
        for fault in faults {
            match self.0.iter_mut().find(|(known, _, _)| *known == fault) {
                Some((_, _, arms)) => *arms += 1,
                None => self.0.push((fault, point.to_owned(), 1)),
            }
        }
    }

    /// The faults, with the point where it takes more than one swept value to have them.
    fn told(self, arms: usize) -> impl Iterator<Item = Diagnostic> {
        self.0.into_iter().map(move |(fault, point, count)| {
            if count == arms || !point.contains(',') {
                return fault;
            }
            let problem = Problem::AtPoint {
                problem: Box::new(fault.problem),
                point,
                more: count - 1,
            };
            Diagnostic { problem, ..fault }
        })
    }
}

fn fault(file: &Path, place: Location, key: String, problem: Problem) -> Diagnostic {
    Diagnostic {
        file: file.to_owned(),
        place,
        key,
        problem,
    }
}
