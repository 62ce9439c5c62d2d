//! Files of predictions that are refused before anything runs.

use insta::assert_snapshot;

use super::*;

/// A row of two trials over the workplace's 40 test texts; `other_0.csv` and `other_1.csv` are right.
fn place() -> Workplace {
    let place = Workplace::new();
    for trial in 0..2 {
        let rows = (0..40).map(|index| format!("{index},{},0.{trial}5", index % 2));
        let name = format!("other_{trial}.csv");
        place.write(&name, file("index,label,probability", rows));
    }
    write_spec(
        &place,
        "",
        "count = 2",
        &(imported("other_{trial}.csv") + BOW),
    );
    place
}

/// What `check` says of the place's files; `run` says the same, before any trial starts.
fn refused(place: &Workplace, code: i32) -> String {
    let checked = place.run("check s.toml").expect(code);
    let ran = place.run("run s.toml").expect(code);
    assert_eq!(ran.stderr, checked.stderr);
    assert!(place.stored_predictions("results").is_empty());
    checked.stderr
}

#[test]
fn all_missing_files_are_told_at_once() {
    let place = place();
    place.run("check s.toml").expect(0);
    let spec = place.read("s.toml");
    let more = "[[row]]\nid = \"llm\"\nmethod.predictions = { file = \"llm.csv\" }\n";
    place.write("s.toml", spec.replace("count = 2", "count = 9") + more);
    assert_snapshot!(refused(&place, 4), @"
    error: 2 faults in the specs:
      `s.toml`, line 11, key `row.other.method.predictions.file`: there are no files `other_2.csv`, `other_3.csv`, `other_4.csv` and 4 more; `{trial}` is from 0 to 8
      `s.toml`, line 18, key `row.llm.method.predictions.file`: there is no file `llm.csv`
    hint: `docs/spec.md` explains every key; nothing was run
    ");
    assert_eq!(
        place.run("plan s.toml").expect(4).stderr,
        place.run("check s.toml").expect(4).stderr
    );
}

#[test]
fn files_that_are_numbered_from_1_are_seen() {
    let place = place();
    let [from, to] = ["other_0.csv", "other_2.csv"].map(|name| place.join(name));
    std::fs::rename(from, to).unwrap();
    let said = refused(&place, 4);
    assert!(
        said.contains("there is no file `other_0.csv`; `{trial}` is from 0 to 1, but the files are numbered from 1 to 2"),
        "{said}"
    );
}

#[test]
fn placeholders_are_known_and_have_a_value() {
    let place = place();
    for (file, told) in [
        (
            "other_{seed}.csv",
            "got `{seed}`, must be `{trial}`, `{train-size}` or `{shots}` where something is in braces",
        ),
        (
            "other_{shots}.csv",
            "`{shots}` stands for `trials.shots`, which is not given",
        ),
    ] {
        write_spec(&place, "", "train-size = 4", &imported(file));
        let said = refused(&place, 4);
        assert!(
            said.contains(&format!("key `row.other.method.predictions.file`: {told}")),
            "{said}"
        );
    }
}

/// A word of the file, what it becomes, and what is told.
#[test]
fn what_does_not_fit_the_test_set_is_told_with_its_line() {
    for (from, to, told) in [
        (
            "\n7,1,",
            "\n7,0,",
            "`other_1.csv`, line 9: column `label`: got `0`, but the label in `test.csv` is `1`",
        ),
        (
            "\n7,1,",
            "\n6,1,",
            "`other_1.csv`, line 9: text 6 of `test.csv` again, after line 8",
        ),
        (
            "\n7,1,",
            "\n40,1,",
            "`other_1.csv`, line 9: column `index`: got `40`, must be a whole number from 0 to 39",
        ),
        (
            "\n7,1,0.15",
            "",
            "`other_1.csv`: no row for 1 of the 40 texts of `test.csv`, the first of them text 7, `the bright day",
        ),
        (
            "\n7,1,0.15",
            "\n7,1,NaN",
            "`other_1.csv`, line 9: column `probability`: got `NaN`, must be a number from 0 to 1",
        ),
        (
            "\n7,1,0.15",
            "\n7,1,1.5",
            "`other_1.csv`, line 9: column `probability`: got `1.5`, must be a number from 0 to 1",
        ),
        (
            "probability",
            "prob_2",
            "`other_1.csv`: `prob_2` is of no class; the classes are `0`, `1`",
        ),
        (
            "probability",
            "predicted",
            "`other_1.csv`: no column of probabilities; the columns are `index`, `label`, `predicted`",
        ),
        (
            "index",
            "id",
            "`other_1.csv`: no column `index` or `text` tells which text a row is about; the columns are `id`, `label`, `probability`",
        ),
        (
            "index,label,probability",
            "index",
            "`other_1.csv`, line 2: 3 fields, the header has 1",
        ),
    ] {
        let place = place();
        let text = place.read("other_1.csv");
        assert!(text.contains(from), "{from}");
        place.write("other_1.csv", text.replacen(from, to, 1));
        let said = refused(&place, 5);
        assert!(said.starts_with(&format!("error: {told}")), "{said}");
        // Whoever is refused is told what helps.
        assert!(said.contains("\nhint: "), "{said}");
    }
}

/// An output must not replace what a row is read from.
#[test]
fn files_of_predictions_are_not_overwritten() {
    let place = place();
    place.run("run s.toml --quiet").expect(0);
    let said = place
        .run("export s.toml --predictions other_1.csv --force")
        .expect(2)
        .stderr;
    assert!(
        said.contains("is a file of predictions of `s.toml`"),
        "{said}"
    );
}

/// The key can be set and swept like every other.
#[test]
fn the_file_can_be_swept() {
    let place = place();
    let set = "row.other.method.predictions.file=[\"other_0.csv\",\"other_1.csv\"]";
    let mut command = place.command("plan s.toml --set");
    let plan = place.ran(command.arg(set)).expect(0).stdout;
    assert!(plan.contains("s/other[file=other_0.csv] trial 1"), "{plan}");
    assert!(plan.contains("s/other[file=other_1.csv] trial 1"), "{plan}");
}
