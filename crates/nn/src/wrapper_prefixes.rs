//! Prefixes that wrappers leave on the names of a checkpoint's tensors, and the parameter that a name stands for.
//!
//! `torch.nn.DataParallel` leaves `module.`, `torch.compile` leaves `_orig_mod.`, sentence-transformers `0.auto_model.`, a
//! classifier the name of the encoder's family. They are taken off one by one, in any order, until a parameter's name is left: a
//! prefix that is part of the parameter's own name stays.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::family::Family;

/// What wrappers put before a name, beside the [families](Family) themselves. Each ends with a dot.
pub(crate) const WRAPPERS: [&str; 7] = [
    "module.",
    "_orig_mod.",
    "0.",
    "auto_model.",
    "model.",
    "encoder.",
    "base_model.",
];

/// How many prefixes one name can have.
const MOST_PREFIXES: usize = 8;

/// The name, then the same with more and more prefixes taken off.
pub(crate) fn unwrapped(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| without_prefix(name)).take(MOST_PREFIXES + 1)
}

fn without_prefix<'a>(name: &&'a str) -> Option<&'a str> {
    let families = Family::all().map(|family| family.definition().prefix);
    let mut prefixes = WRAPPERS.into_iter().chain(families);
    prefixes.find_map(|prefix| name.strip_prefix(prefix))
}

/// Which of the parameters the tensor stands for: the first that is its name, with today's name for layer normalisation where it
/// has an old one, after the fewest prefixes.
pub(crate) fn parameter<'a>(parameters: &BTreeSet<&'a str>, name: &str) -> Option<&'a str> {
    unwrapped(name).find_map(|name| {
        let parameter = parameters.get(name);
        let parameter = parameter.or_else(|| parameters.get(current(name)?.as_ref()));
        parameter.copied()
    })
}

/// Today's name of a part of layer normalisation that is called `gamma` or `beta`.
fn current(name: &str) -> Option<Cow<'_, str>> {
    match name.rsplit_once('.')? {
        (layer, "gamma") => Some(format!("{layer}.weight").into()),
        (layer, "beta") => Some(format!("{layer}.bias").into()),
        _ => None,
    }
}

/// The longest prefix of whole parts (`x.y.`) that all names share.
pub(crate) fn shared_prefix<'a>(mut names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let parts = |name: &'a str| &name[..name.rfind('.').map_or(0, |dot| dot + 1)];
    let mut shared = parts(names.next()?);
    for name in names {
        while !name.starts_with(shared) {
            shared = parts(&shared[..shared.len() - 1]);
        }
    }
    (!shared.is_empty()).then_some(shared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_come_off_until_a_parameter_is_left() {
        let parameters = BTreeSet::from([
            "embeddings.LayerNorm.weight",
            "encoder.layer.0.output.dense.bias",
        ]);
        for wrapper in [
            "",
            "module.",
            "_orig_mod.",
            "0.auto_model.",
            "model.",
            "encoder.",
            "_orig_mod.module.bert.",
            "module._orig_mod.model.roberta.",
            "module.0.auto_model.bert.",
        ] {
            for (name, expected) in [
                ("embeddings.LayerNorm.gamma", "embeddings.LayerNorm.weight"),
                (
                    "encoder.layer.0.output.dense.bias",
                    "encoder.layer.0.output.dense.bias",
                ),
            ] {
                let name = format!("{wrapper}{name}");
                assert_eq!(parameter(&parameters, &name), Some(expected), "{name}");
            }
        }
        for name in [
            "layer.0.output.dense.bias",
            "x.embeddings.LayerNorm.weight",
            "embeddings.LayerNorm.bias",
            "module.",
            "",
            &"module.".repeat(1000),
        ] {
            assert_eq!(parameter(&parameters, name), None, "{name}");
        }
    }

    /// A family whose own names begin with such a prefix.
    #[test]
    fn a_prefix_that_belongs_to_a_parameter_stays() {
        let parameters = BTreeSet::from(["model.layers.0.bias", "layers.0.bias"]);
        for (name, expected) in [
            ("model.layers.0.bias", "model.layers.0.bias"),
            ("module.model.layers.0.bias", "model.layers.0.bias"),
            ("module.layers.0.bias", "layers.0.bias"),
        ] {
            assert_eq!(parameter(&parameters, name), Some(expected));
        }
    }

    #[test]
    fn a_shared_prefix_consists_of_whole_parts() {
        let shared = |names: &[&'static str]| shared_prefix(names.iter().copied());
        assert_eq!(shared(&["x.y.a.b", "x.y.a.c", "x.y.d"]), Some("x.y."));
        assert_eq!(shared(&["x.ya", "x.yb"]), Some("x."));
        assert_eq!(shared(&["x.a"]), Some("x."));
        for none in [&["x.a", "y.a"][..], &["x.a", "xa"], &["a"], &[]] {
            assert_eq!(shared(none), None);
        }
    }
}
