//! Labels other than 0 and 1.

use super::*;

/// Rows of `id,text,label`, the labels taking turns; texts are the same for the same `rows`.
fn labelled(rows: usize, labels: &[&str]) -> String {
    let row = |index: usize| {
        let label = labels[index % labels.len()];
        let mut csv = csv::Writer::from_writer(Vec::new());
        let text = format!("a text that is called {} and no other", name(index));
        csv.write_record([&index.to_string(), &text, label])
            .unwrap();
        String::from_utf8(csv.into_inner().unwrap()).unwrap()
    };
    "id,text,label\n".to_owned() + &(0..rows).map(row).collect::<String>()
}

fn split(place: &Workplace, arguments: &str) -> String {
    let ran = place.run(&format!("split in.csv --label-column label {arguments}"));
    ran.expect(0).stdout
}

/// How many rows of a set have each label of its last column, in the order of code points.
fn by_label(place: &Workplace, file: &str) -> Vec<(String, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for row in rows(place, file) {
        let label = row.iter().next_back().unwrap().to_owned();
        *counts.entry(label).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

fn counted(counts: &[(&str, usize)]) -> Vec<(String, usize)> {
    let counts = counts.iter();
    counts
        .map(|&(label, count)| (label.to_owned(), count))
        .collect()
}

fn refused_labels(place: &Workplace, arguments: &str) -> String {
    let arguments = format!("in.csv -o out --label-column label {arguments}");
    refused(place, &arguments, 5)
}

/// Witness: the draws of docs/split.md worked out in Python (`tests/golden/split_classes/generate.py`), over six classes whose names
/// have commas, quotes and letters beyond ASCII.
#[test]
fn the_draws_of_six_classes_are_those_of_the_document() {
    let place = Workplace::new();
    place.write("in.csv", golden("../split_classes/input.csv"));
    let options = "--rules none --min-chars 0 --seed 11 --transfer-labels";
    let a = "--test 50:stratified --train 3:shots --transfer rest";
    let b = "--test 40 --train 17:random --transfer 5:0:4:3:2:1";
    let expected: Value = serde_json::from_str(&golden("../split_classes/expected.json")).unwrap();
    for (folder, sizes) in [("a", a), ("b", b)] {
        split(&place, &format!("-o {folder} {options} {sizes}"));
        for file in ["train.csv", "test.csv", "transfer.csv"] {
            let file = format!("{folder}/{file}");
            assert_eq!(
                place.read(&file),
                golden(&format!("../split_classes/{file}")),
                "{file}"
            );
        }
        for step in ["rows", "labelled", "distinct", "conflicts", "kept"] {
            assert_eq!(report(&place, folder)["counts"][step], expected[step]);
        }
    }
    let report = place.read("b/split.json");
    let classes = [
        "\\\"anger\\\"",
        "fear",
        "joy",
        "love 日本",
        "sad, very",
        "überraschung",
    ];
    let places = classes.map(|name| report.find(&format!("\"{name}\": ")).unwrap());
    assert!(places.is_sorted(), "{report}");
}

/// The version of the report says which layout it has; that of 0 and 1 is what it was before there were others.
#[test]
fn the_report_names_classes_unless_they_are_0_and_1() {
    let place = Workplace::new();
    place.write("in.csv", labelled(40, &["spam", "ham", "ham", "ham"]));
    split(&place, "-o words --train 3 --test 8:stratified");
    let words = report(&place, "words");
    assert_eq!(words["version"], 2);
    let of_train = serde_json::json!({ "texts": 3, "classes": { "ham": 2, "spam": 1 } });
    assert_eq!(words["sets"][0]["labels"], of_train);
    assert_eq!(words["parameters"].get("classes"), None);
    assert_eq!(
        by_label(&place, "words/test.csv"),
        counted(&[("ham", 6), ("spam", 2)])
    );

    place.write("in.csv", labelled(40, &["1.0", "0", " 0 ", "0"]));
    split(&place, "-o digits --train 3 --test 8:stratified");
    let digits = report(&place, "digits");
    assert_eq!(digits["version"], 1);
    let of_train = serde_json::json!({ "texts": 3, "label-0": 2, "label-1": 1 });
    assert_eq!(digits["sets"][0]["labels"], of_train);
    // The classes are drawn in their order, by whatever names.
    let texts = |folder: &str| -> Vec<String> {
        let rows = rows(&place, &format!("{folder}/train.csv"));
        rows.iter().map(|row| row[0].to_owned()).collect()
    };
    assert_eq!(texts("digits"), texts("words"));
    assert_eq!(
        by_label(&place, "digits/train.csv"),
        counted(&[("0", 2), ("1", 1)])
    );
}

#[test]
fn classes_that_are_named_have_their_order_and_no_others() {
    let place = Workplace::new();
    place.write("in.csv", labelled(60, &["good", "bad", "soso"]));
    split(
        &place,
        "-o out --classes soso,good,bad --test 8 --train 1:2:3",
    );
    assert_eq!(
        by_label(&place, "out/test.csv"),
        counted(&[("bad", 2), ("good", 3), ("soso", 3)])
    );
    assert_eq!(
        by_label(&place, "out/train.csv"),
        counted(&[("bad", 3), ("good", 2), ("soso", 1)])
    );
    let parameters = &report(&place, "out")["parameters"];
    assert_eq!(
        parameters["classes"],
        serde_json::json!(["soso", "good", "bad"])
    );
    place.write(
        "split.toml",
        "input = \"in.csv\"\nlabel-column = \"label\"\nclasses = [\"soso\", \"good\", \"bad\"]\n\
         test = 8\ntrain = \"1:2:3\"\n",
    );
    place.run("split --spec split.toml -o again").expect(0);
    for file in ["train.csv", "test.csv", "split.json"] {
        assert_eq!(
            place.read(&format!("again/{file}")),
            place.read(&format!("out/{file}"))
        );
    }
    place
        .run("split --spec split.toml -o two --classes bad,good --skip-bad-rows --train 1")
        .expect(0);
    let counts = &report(&place, "two")["counts"];
    assert_eq!(counts["skipped"]["labels"], 20);
    assert_eq!(
        counts["kept"],
        serde_json::json!({ "texts": 40, "classes": { "bad": 20, "good": 20 } })
    );
    fs::remove_dir_all(place.join("out")).unwrap();
    assert_snapshot!(refused_labels(&place, "--test 8 --classes good,bad,Soso"), @"
    error: `in.csv`: column `label`: got `soso` (20 texts, first in line 4), must be one of `good`, `bad`, `Soso`
    hint: write `soso` as `Soso`; `--skip-bad-rows` skips such rows
    ");
    assert_snapshot!(refused_labels(&place, "--test 8 --classes good,bad,soso,other"), @"
    error: `in.csv`: column `label`: no text has the label `other`; texts by label: `good` 20, `bad` 20, `soso` 20
    hint: add texts of these classes, or take them out of `data.classes` or `--classes`
    ");
    assert_snapshot!(refused_labels(&place, "--test 8 --train 3:4"), @"
    error: 2 numbers of texts for the train set, must be 3, one for each of the classes `bad`, `good`, `soso`
    hint: give one number for each class, in this order, or one for all such as `1000` or `8:shots`
    ");
    assert_snapshot!(refused(&place, "in.csv -o out --test 8 --classes bad,bad", 2), @"
    error: `--classes`: `bad` is there twice
    hint: `fsl-exp help` lists the options
    ");
    place.write("bad.toml", "test = 8\nclasses = [\"good\"]\n");
    assert_snapshot!(refused(&place, "in.csv -o out --spec bad.toml", 4), @"
    error: spec `bad.toml`, line 2, key `classes`: 1 class, must be from 2 to 1000
    hint: `docs/split.md` explains every key; nothing was written
    ");
}

/// Rows that are skipped have no part in what is a duplicate, a conflict or the first label of a text.
#[test]
fn rows_that_are_skipped_change_no_set() {
    let place = Workplace::new();
    for (labels, odd, options) in [
        (["0", "1", "0"], "maybe", ""),
        (["ham", "spam", "ham"], "7", ""),
        (["ham", "spam", "ham"], "eggs", "--classes ham,spam"),
        (["0", "1", "1"], "2", "--classes 0,1"),
    ] {
        let text = labelled(90, &labels);
        place.write("in.csv", &text);
        let options = format!("--test 20 --train 10 --transfer rest --skip-bad-rows {options}");
        split(&place, &format!("-o without --force {options}"));
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for row in [80, 40, 1] {
            let (text, _) = lines[row].rsplit_once(',').unwrap();
            let odd = format!("{text},{odd}");
            lines.insert(row, odd);
        }
        lines.insert(30, lines[0].clone());
        place.write("in.csv", lines.join("\n"));
        split(&place, &format!("-o with --force {options}"));
        for file in ["train.csv", "test.csv", "transfer.csv"] {
            assert_eq!(
                place.read(&format!("with/{file}")),
                place.read(&format!("without/{file}")),
                "{odd}"
            );
        }
        let [with, without] = ["with", "without"].map(|folder| report(&place, folder));
        assert_eq!(with["counts"]["skipped"]["labels"], 4, "{odd}");
        for step in ["labelled", "distinct", "conflicts", "kept"] {
            assert_eq!(with["counts"][step], without["counts"][step], "{odd}");
        }
    }
}

#[test]
fn every_class_that_is_short_of_texts_is_told() {
    let place = Workplace::new();
    let labels = ["joy", "fear", "joy", "love", "joy", "joy", "anger"];
    place.write("in.csv", labelled(70, &labels));
    assert_snapshot!(refused_labels(&place, "--test 8:shots --train 10:shots"), @"
    error: too few texts with label `anger` for the train set: 10 requested, 2 of 10 left; with label `fear`: 10 requested, 2 of 10 left; with label `love`: 10 requested, 2 of 10 left
    hint: request fewer, add texts with labels `anger`, `fear`, `love`, or lower `--min-chars`; if a label is a mistake, correct it or name the right ones with `--classes`
    ");
    assert_snapshot!(refused_labels(&place, "--test 41"), @"
    error: too few texts with label `anger` for the test set: 11 requested, 10 of 10 left
    hint: request fewer, add texts with label `anger`, or lower `--min-chars`; if a label is a mistake, correct it or name the right ones with `--classes`
    ");
    assert_snapshot!(refused_labels(&place, "--test 60 --balance random --train 20"), @"
    error: too few texts for the train set: 20 requested, 10 of 70 left
    hint: request fewer, add texts, or lower `--min-chars`
    ");
    place.write(
        "in.csv",
        labelled(
            600,
            &["k l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w"],
        ),
    );
    assert_snapshot!(refused_labels(&place, "--test 51:shots"), @"
    error: too few texts with label `k l` for the test set: 51 requested, 50 of 50 left; with label `m`: 51 requested, 50 of 50 left; with label `n`: 51 requested, 50 of 50 left; with label `o`: 51 requested, 50 of 50 left; with label `p`: 51 requested, 50 of 50 left; with label `q`: 51 requested, 50 of 50 left; with label `r`: 51 requested, 50 of 50 left; with label `s`: 51 requested, 50 of 50 left; with label `t`: 51 requested, 50 of 50 left; with label `u`: 51 requested, 50 of 50 left; and 2 more classes are short
    hint: request fewer, add texts with labels `k l`, `m`, `n`, `o`, `p`, `q`, `r`, `s`, `t`, `u`, `v`, `w`, or lower `--min-chars`; if a label is a mistake, correct it or name the right ones with `--classes`
    ");
}

#[test]
fn a_column_of_no_classes_is_refused_however_long() {
    let place = Workplace::new();
    place.write("in.csv", labelled(3_000, &["a", "b"]));
    let arguments = "in.csv -o out --label-column id --test 10";
    for more in ["", " --skip-bad-rows", " --classes a,b"] {
        let said = refused(&place, &format!("{arguments}{more}"), 5);
        assert!(
            said.contains(
                "column `id`: more than 1000 different labels in the first 1002 lines, too many to be classes; \
                 found `0` (1 text, line 2), `1` (1 text, line 3), "
            ),
            "{said}"
        );
    }
    place.write("in.csv", labelled(24, &["a", "b"]));
    let said = refused(&place, arguments, 5);
    assert!(
        said.contains("column `id`: 24 different labels among 24 texts, too many to be classes"),
        "{said}"
    );
    place.write("in.csv", labelled(24, &["spam"]));
    assert_snapshot!(refused_labels(&place, "--test 10"), @"
    error: all 24 texts have label `spam`; at least two labels are needed
    hint: add texts with another label
    ");
    place.write("in.csv", labelled(24, &["spam", "Spam", "ham"]));
    assert_snapshot!(refused_labels(&place, "--test 10"), @"
    error: `in.csv`: column `label`: the labels `Spam` and `spam` differ in upper and lower case only; found `Spam` (8 texts, first in line 3), `ham` (8 texts, first in line 4), `spam` (8 texts, first in line 2)
    hint: write them the same way; if they are two classes, list all in `data.classes` or `--classes`; to skip rows with other labels, list the classes in `--classes` and add `--skip-bad-rows`
    ");
}

/// A thousand classes are as many as there may be; lines are counted over blocks (256 KiB) and over texts of several lines.
#[test]
fn labels_are_found_wherever_they_stand() {
    let place = Workplace::new();
    let mut text = "id,text,label\n".to_owned();
    for index in 0..20_000 {
        text += &format!(
            "{index},\"a text of\ntwo lines {}\",c{}\n",
            name(index),
            index % 2
        );
    }
    place.write("in.csv", text.clone() + "x,the last text of all,c3\n");
    assert_snapshot!(refused_labels(&place, "--test 10 --classes c0,c1"), @"
    error: `in.csv`, line 40002: column `label`: got `c3`, must be `c0` or `c1`
    hint: did you mean `c0` where it says `c3`?; `--skip-bad-rows` skips such rows
    ");
    place.write("in.csv", text.clone() + "id,text,label\n");
    assert_snapshot!(refused_labels(&place, "--test 10"), @"
    error: `in.csv`, line 40002: the header again
    hint: remove the line; files that are joined keep one header; `--skip-bad-rows` skips such rows
    ");
    split(&place, "-o out --test 10 --min-chars 0 --skip-bad-rows -q");
    assert_eq!(report(&place, "out")["counts"]["skipped"]["labels"], 1);
    let names: Vec<String> = (0..1_000).map(|class| format!("class {class}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    place.write("in.csv", labelled(3_000, &names));
    let said = split(
        &place,
        "-o many --test 1:shots --train 1500 --transfer rest",
    );
    assert_eq!(by_label(&place, "many/test.csv").len(), 1_000);
    assert_snapshot!(said.lines().take(7).collect::<Vec<_>>().join("\n"), @"
    rows                  3,000
    distinct texts        3,000  1,000 classes of 3 texts each
    31+ characters        3,000  1,000 classes of 3 texts each

    train.csv             1,500  1,000 classes of 1 (`class 549`) to 2 (`class 0`) texts
    test.csv              1,000  1,000 classes of 1 text each
    transfer.csv            500  1,000 classes of 0 (`class 0`) to 1 (`class 549`) texts
    ");
}

#[test]
fn people_get_a_report_by_class() {
    let place = Workplace::new();
    let labels = ["joy", "fear", "joy", "love"];
    place.write("in.csv", labelled(400, &labels));
    let said = split(&place, "-o a --test 20:stratified --train 7");
    assert_snapshot!(said, @"
    rows                    400
    distinct texts          400  `fear` 100, `joy` 200, `love` 100
    31+ characters          400  `fear` 100, `joy` 200, `love` 100

    train.csv                 7  `fear` 3, `joy` 2, `love` 2
    test.csv                 20  `fear` 5, `joy` 10, `love` 5

    train, test       exact duplicates 0, near duplicates 0
    ");
    let row = "id,text,label\n0,a text that is called a and no other,spam\n";
    let text = labelled(400, &["not spam", "spam"]);
    place.write("in.csv", text + row.split_once('\n').unwrap().1);
    let said = split(&place, "-o b --test 20:stratified --train 7");
    assert_snapshot!(said, @"
    rows                    401
    distinct texts          400  200 with label `not spam`, 200 with label `spam` (50.00 %)
    conflicts                 1  texts with both labels; the first label is used
    31+ characters          400  200 with label `not spam`, 200 with label `spam` (50.00 %)

    train.csv                 7  4 with label `not spam`, 3 with label `spam` (42.86 %)
    test.csv                 20  10 with label `not spam`, 10 with label `spam` (50.00 %)

    train, test       exact duplicates 0, near duplicates 0
    ");
}
