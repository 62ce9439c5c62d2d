//! Rows by their points of a sweep: which share the values of the keys that bear on both, found without going through all of them.

use std::collections::HashMap;

use fsl_core::spec::Point;

/// Values of some keys, and the places of the rows that have them, in order.
type Places = HashMap<String, Vec<usize>>;

/// The arms of one row, or of several, by their points.
#[derive(Debug, Default)]
pub(super) struct SharedPoints<'a> {
    groups: Vec<Group<'a>>,
}

/// Arms on which the same keys bear.
#[derive(Debug)]
struct Group<'a> {
    keys: Vec<&'a str>,
    arms: Vec<(usize, &'a Point)>,
    /// For keys that they have in common with arms that were asked for.
    by_common: HashMap<Vec<&'a str>, Places>,
}

impl<'a> SharedPoints<'a> {
    /// Adds an arm; its place is above those of all before.
    pub(super) fn add(&mut self, place: usize, point: &'a Point) {
        let keys: Vec<&str> = point.iter().map(|(key, _)| key).collect();
        let known = self.groups.iter().position(|group| group.keys == keys);
        let at = known.unwrap_or(self.groups.len());
        if known.is_none() {
            self.groups.push(Group {
                keys,
                arms: Vec::new(),
                by_common: HashMap::new(),
            });
        }
        let group = &mut self.groups[at];
        group.arms.push((place, point));
        for (common, places) in &mut group.by_common {
            places.entry(text(point, common)).or_default().push(place);
        }
    }

    /// The places of the arms that share the point, group by group.
    pub(super) fn sharing(&mut self, point: &Point) -> Vec<usize> {
        let groups = self.groups.iter_mut();
        groups
            .flat_map(|group| group.sharing(point).to_vec())
            .collect()
    }

    /// The last of the arms that share the point.
    pub(super) fn last_sharing(&mut self, point: &Point) -> Option<usize> {
        let groups = self.groups.iter_mut();
        let last = groups.filter_map(|group| group.sharing(point).last().copied());
        last.max()
    }
}

impl Group<'_> {
    fn sharing(&mut self, point: &Point) -> &[usize] {
        let keys = self.keys.iter().copied();
        let common: Vec<&str> = keys.filter(|key| point.get(key).is_some()).collect();
        let wanted = text(point, &common);
        let arms = &self.arms;
        let made = || {
            let mut places = Places::new();
            for (place, point) in arms {
                places.entry(text(point, &common)).or_default().push(*place);
            }
            places
        };
        let places = self.by_common.entry(common.clone()).or_insert_with(made);
        places.get(&wanted).map_or(&[][..], Vec::as_slice)
    }
}

/// The values of keys that a point has.
fn text(point: &Point, keys: &[&str]) -> String {
    point.text(keys).unwrap_or_default()
}
