//! Records that were edited, damaged, or taken from another trial.

use super::*;

#[test]
fn edited_scores_are_not_shown() {
    // The bag of words finds all 20 of 40: every score is 1.
    for (from, to) in [
        ("\"f1\": 1.0", "\"f1\": 0.987654"),
        ("\"f1\": 1.0", "\"f1\": -5.0"),
        ("\"f1\": 1.0", "\"f1\": 7e9"),
        ("\"precision\": 1.0", "\"precision\": 0.5"),
        ("\"recall\": 1.0", "\"recall\": 1.0000001"),
        ("\"accuracy\": 1.0", "\"accuracy\": 2"),
        ("\"macro_f1\": 1.0", "\"macro_f1\": 0"),
    ] {
        let metric = from.split('"').nth(1).unwrap();
        let value = to.split(' ').nth(1).unwrap().parse::<f64>().unwrap();
        let problem = format!("its `metrics.{metric}` is {value}, its counts give 1");
        mended("s/bow trial 1", &problem, |folder| edit(folder, from, to));
    }
}

#[test]
fn records_that_contradict_themselves_are_not_used() {
    for (from, to, problem) in [
        (
            "\"version\": 1",
            "\"version\": 0",
            "its version is 0, must be 1",
        ),
        (
            "\"true_positives\": 20",
            "\"true_positives\": 19",
            "counts 39 texts, its `data.test-texts` is 40",
        ),
        (
            "\"test-positives\": 20",
            "\"test-positives\": 21",
            "counts other texts of each class",
        ),
        (
            "\"train-texts\": 12",
            "\"train-texts\": 5",
            "counts other training texts",
        ),
        (
            "\"label\": \"label\"",
            "\"label\": \"other\"",
            "its key does not follow from its inputs",
        ),
        (
            "\"min-df\": 2",
            "\"min-df\": 3",
            "its key does not follow from its inputs",
        ),
        (
            "\"total-secs\": ",
            "\"total-secs\": -",
            "its `timings.total-secs` is -",
        ),
        ("\"f1\": 1.0", "\"f1\": NaN", "expected value at line"),
        ("\"f1\": 1.0", "\"f1\": null", "missing field `f1`"),
        ("\"f1\": 1.0", "\"f1\": 1e999", "number out of range"),
        (
            "\"key\": \"",
            "\"key\": \"x",
            "a key has 32 lower-case hexadecimal digits",
        ),
        (
            "\"platform\": \"",
            "\"platform\": \"\\u001b[31m",
            "its `host` holds control characters",
        ),
        ("\"metrics\"", "\"scores\"", "unknown field `scores`"),
        (
            "\"metrics\"",
            "\"\\u001b[31m\"",
            "unknown field `\\u{1b}[31m`",
        ),
    ] {
        mended("s/bow trial 1", problem, |folder| edit(folder, from, to));
    }
}

#[test]
fn damaged_records_are_not_used() {
    let cut = |folder: &Path, bytes: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        let path = folder.join("record.json");
        fs::write(&path, bytes(fs::read(&path).unwrap())).unwrap();
    };
    mended("s/bow trial 1", "EOF while parsing", |folder| {
        cut(folder, &|bytes| bytes[..bytes.len() / 2].to_vec());
    });
    mended("s/bow trial 1", "EOF while parsing", |folder| {
        cut(folder, &|_| Vec::new());
    });
    mended("s/bow trial 1", "expected value at line 1", |folder| {
        cut(folder, &|bytes| vec![0; bytes.len()]);
    });
    mended("s/bow trial 1", "trailing characters", |folder| {
        cut(folder, &|bytes| {
            let text = without_checksum(&String::from_utf8(bytes).unwrap());
            text.repeat(2).into_bytes()
        });
    });
}

/// What no other check finds: a time, a loss, a host. So it is with a file that was written anew.
#[test]
fn records_that_were_changed_are_not_used() {
    let problem = "it was changed: its `checksum` is of other contents";
    for (from, to) in [
        ("\"started-unix-secs\": 1", "\"started-unix-secs\": 2"),
        ("\"platform\": \"", "\"platform\": \"a"),
        // Not a record of a newer program: that would have its checksum.
        ("\"version\": 1", "\"version\": 9"),
        ("\"checksum\": \"", "\"checksum\":  \""),
        ("{\n  ", "{\n"),
    ] {
        mended("s/bow trial 1", problem, |folder| {
            let path = folder.join("record.json");
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(from), "{text}");
            fs::write(path, text.replacen(from, to, 1)).unwrap();
        });
    }
}

#[test]
fn a_folder_that_was_copied_over_another_one_is_found() {
    let place = place();
    let trials = trials(&place);
    let other = place.join("other");
    fs::create_dir(&other).unwrap();
    for file in ["record.json", "predictions.csv"] {
        fs::copy(trials["s/random trial 1"].join(file), other.join(file)).unwrap();
    }
    mended(
        "s/majority trial 1",
        "it is the record of trial ",
        |folder| {
            for file in ["record.json", "predictions.csv"] {
                fs::copy(other.join(file), folder.join(file)).unwrap();
            }
        },
    );
    // The keys alone, without what belongs to them.
    let key = |name: &str| {
        trials[name]
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    let (own, foreign) = (key("s/majority trial 1"), key("s/random trial 1"));
    mended(
        "s/majority trial 1",
        "it is the record of trial ",
        |folder| {
            edit(folder, &own, &foreign);
        },
    );
}

/// A result in another precision is as good as one's own while it is whole. Damaged, it is no reason to compute anything else than without it.
#[test]
fn a_damaged_result_in_another_precision_takes_nobody_s_place() {
    let place = Workplace::new();
    let row = format!(
        "[[row]]\nid = \"p\"\nmethod.probe = {{ encoder = \"{}\" }}\n",
        tiny_encoder("bert").display()
    );
    place.write("s.toml", spec("s", "", &row));
    let keys = |results: &str| {
        let plan = place.run(&format!("plan s.toml --json --results {results}"));
        let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
        plan["trials"].as_array().unwrap().clone()
    };
    let without = keys("none");
    place
        .run("run s.toml --quiet --precision bf16 --results other")
        .expect(0);
    let record = crate::support::files_below(&place.join("other/store/trials"))
        .into_iter()
        .find(|path| path.ends_with("record.json"))
        .unwrap();
    assert_ne!(keys("other"), without);
    fs::write(record, "{").unwrap();
    assert_eq!(keys("other"), without);
}
