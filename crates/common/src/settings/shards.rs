//! Weights in several files: `model.safetensors.index.json` or `pytorch_model.bin.index.json` says which tensor is in which of them.

use std::collections::BTreeMap;

use serde::Deserializer as _;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};

use crate::fsio;
use crate::shown;

/// What the name of an index ends with, behind the name that the weights would have in one file.
const SUFFIX: &str = ".index.json";

/// The longest index that is read, in bytes. A large one takes 100 bytes for each of some thousand tensors.
pub const LONGEST_INDEX: u64 = 16 << 20;

/// The most files of one encoder's weights; all of them are open at once.
const MOST_SHARDS: usize = 256;

/// The longest name of a file, in bytes.
const LONGEST_NAME: usize = 200;

/// Which file every tensor is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardIndex {
    files: BTreeMap<String, String>,
    shards: Vec<String>,
}

impl ShardIndex {
    /// Whether a file of weights is an index.
    pub fn is_index(name: &str) -> bool {
        name.ends_with(SUFFIX)
    }

    /// Reads the index that is called `name`. Its files are of the kind that the name says, and lie in its folder.
    ///
    /// # Errors
    /// What is wrong with it, after its name ("names …").
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, String> {
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let files = json.deserialize_map(IndexVisitor).map_err(|error| {
            let error = error.to_string();
            format!("is damaged: {}", shown::cut(&shown::escaped(&error), 300))
        })?;
        let kind = name.strip_suffix(SUFFIX).unwrap_or(name);
        let kind = kind.rfind('.').map_or("", |dot| &kind[dot..]);
        let mut shards: Vec<String> = files.values().cloned().collect();
        shards.sort_unstable();
        shards.dedup();
        for shard in &shards {
            if !is_file_name(shard) || !shard.ends_with(kind) {
                let shard = shown::escaped(shard);
                return Err(format!(
                    "names the file `{}`: must be a file of its folder whose name ends with `{kind}`",
                    shown::cut(&shard, LONGEST_NAME)
                ));
            }
        }
        match shards.len() {
            0 => Err("lists no tensor".to_owned()),
            count if count > MOST_SHARDS => Err(format!(
                "names {count} files, at most {MOST_SHARDS} are read"
            )),
            _ => Ok(Self { files, shards }),
        }
    }

    /// The files, sorted, each once.
    pub fn shards(&self) -> &[String] {
        &self.shards
    }

    /// The tensors with their files, in the order of the tensors' names.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &str)> {
        let tensors = self.files.iter();
        tensors.map(|(tensor, file)| (tensor.as_str(), file.as_str()))
    }

    /// The file that a tensor is in.
    pub fn file_of(&self, tensor: &str) -> Option<&str> {
        self.files.get(tensor).map(String::as_str)
    }
}

/// Whether it is a plain name of letters, digits and `-_.` that leads nowhere.
fn is_file_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.starts_with('.') && name.len() <= LONGEST_NAME && name.bytes().all(plain)
}

/// The checksum that stands for weights in several files: the SHA-256 of the lines below, of which the `1` is the version of the
/// rule. Index and files have their names beside their own.
pub fn sharded_sum<'a>(
    index: (&str, &str),
    shards: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let (name, sum) = index;
    let mut lines = format!("fsl-exp shards 1\n{name} {sum}\n");
    for (name, sum) in shards {
        lines = lines + name + " " + sum + "\n";
    }
    fsio::sha256_hex(lines.as_bytes())
}

/// Reads the index's `weight_map`; other keys say nothing that is needed.
struct IndexVisitor;

impl<'de> Visitor<'de> for IndexVisitor {
    type Value = BTreeMap<String, String>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("an object with `weight_map`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut files = None;
        while let Some(key) = map.next_key::<String>()? {
            if key != "weight_map" {
                map.next_value::<IgnoredAny>()?;
            } else if files.is_some() {
                return Err(A::Error::custom("`weight_map` comes twice"));
            } else {
                files = Some(map.next_value::<WeightMap>()?.0);
            }
        }
        files.ok_or_else(|| A::Error::custom("it has no `weight_map`"))
    }
}

/// Tensors and their files, in which no tensor comes twice.
struct WeightMap(BTreeMap<String, String>);

impl<'de> serde::Deserialize<'de> for WeightMap {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(WeightMapVisitor)
    }
}

struct WeightMapVisitor;

impl<'de> Visitor<'de> for WeightMapVisitor {
    type Value = WeightMap;

    fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("an object of tensors and their files")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WeightMap, A::Error> {
        let mut files = BTreeMap::new();
        while let Some((tensor, file)) = map.next_entry::<String, String>()? {
            if files.contains_key(&tensor) {
                return Err(A::Error::custom(format!("tensor `{tensor}` comes twice")));
            }
            files.insert(tensor, file);
        }
        Ok(WeightMap(files))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "model.safetensors.index.json";

    fn refused(json: &str) -> String {
        ShardIndex::parse(NAME, json.as_bytes()).unwrap_err()
    }

    #[test]
    fn an_index_says_which_file_a_tensor_is_in() {
        let json = r#"{"metadata": {"total_size": 12, "total_parameters": 3},
            "weight_map": {"b": "model-00002-of-00002.safetensors", "a": "model-00001-of-00002.safetensors",
                           "c": "model-00001-of-00002.safetensors"}}"#;
        let index = ShardIndex::parse(NAME, json.as_bytes()).unwrap();
        let [first, second] = [1, 2].map(|n| format!("model-0000{n}-of-00002.safetensors"));
        assert_eq!(index.shards(), [first.clone(), second.clone()]);
        assert_eq!(index.file_of("b"), Some(second.as_str()));
        assert_eq!(index.file_of("d"), None);
        let tensors: Vec<_> = index.tensors().collect();
        let (first, second) = (first.as_str(), second.as_str());
        assert_eq!(tensors, [("a", first), ("b", second), ("c", first)]);
        assert!(ShardIndex::is_index(NAME) && !ShardIndex::is_index("model.safetensors"));
    }

    #[test]
    fn files_do_not_leave_the_folder_and_are_weights() {
        for file in [
            "../x.safetensors",
            "/etc/x.safetensors",
            "a/x.safetensors",
            r"a\\x.safetensors",
            "..",
            "",
            ".safetensors",
            "config.json",
            "x.bin",
            "x\\u0000.safetensors",
            "\\u001b[2J.safetensors",
            "C:x.safetensors",
        ] {
            let said = refused(&format!(r#"{{"weight_map": {{"a": "{file}"}}}}"#));
            assert!(said.starts_with("names the file `"), "{said}");
            assert!(said.ends_with("whose name ends with `.safetensors`"));
            assert!(!said.contains('\u{1b}') && !said.contains('\0'), "{said:?}");
        }
        let long = format!("{}.safetensors", "x".repeat(100_000));
        let said = refused(&format!(r#"{{"weight_map": {{"a": "{long}"}}}}"#));
        assert!(said.len() < 1000, "{}", said.len());
        let bin = br#"{"weight_map": {"a": "pytorch_model-00001-of-00001.bin"}}"#;
        assert!(ShardIndex::parse("pytorch_model.bin.index.json", bin).is_ok());
    }

    #[test]
    fn what_is_no_index_is_refused() {
        for (json, problem) in [
            ("{", "is damaged: EOF while parsing"),
            (
                "[]",
                "is damaged: invalid type: sequence, expected an object with `weight_map`",
            ),
            ("{}", "is damaged: it has no `weight_map`"),
            (
                r#"{"weight_map": 3}"#,
                "is damaged: invalid type: integer `3`",
            ),
            (
                r#"{"weight_map": {"a": 3}}"#,
                "is damaged: invalid type: integer `3`",
            ),
            (
                r#"{"weight_map": {"a": "x.safetensors", "a": "y.safetensors"}}"#,
                "is damaged: tensor `a` comes twice",
            ),
            (
                r#"{"weight_map": {"a": "x.safetensors"}, "weight_map": {}}"#,
                "is damaged: `weight_map` comes twice",
            ),
            (r#"{"weight_map": {}}"#, "lists no tensor"),
        ] {
            let said = refused(json);
            assert!(said.starts_with(problem), "{json}: {said}");
        }
        let many: Vec<String> = (0..257)
            .map(|n| format!(r#""{n}": "{n}.safetensors""#))
            .collect();
        assert_eq!(
            refused(&format!(r#"{{"weight_map": {{{}}}}}"#, many.join(","))),
            "names 257 files, at most 256 are read"
        );
        let deep = format!(r#"{{"metadata": {}"#, "[".repeat(100_000));
        assert!(refused(&deep).starts_with("is damaged: "));
    }

    /// Witness: `printf` of the lines through `sha256sum`.
    #[test]
    fn the_checksum_of_several_files_covers_all_of_them() {
        let sum = |index, shards: [(&str, &str); 2]| sharded_sum((NAME, index), shards);
        let first = sum("00", [("a.safetensors", "01"), ("b.safetensors", "02")]);
        assert_eq!(
            first,
            "e0c9a55b39790d00c0f373d4998aef869bc0876abffd78312ddc052728892b90"
        );
        for other in [
            sum("03", [("a.safetensors", "01"), ("b.safetensors", "02")]),
            sum("00", [("a.safetensors", "01"), ("b.safetensors", "03")]),
            sum("00", [("a.safetensors", "02"), ("b.safetensors", "01")]),
            sum("00", [("a.safetensors", "01"), ("c.safetensors", "02")]),
        ] {
            assert_ne!(other, first);
        }
    }
}
