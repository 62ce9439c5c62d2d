//! The texts that are drawn.

use super::*;

/// Witness: pandas in the order of the published notebook, with the draws worked out in Python; near duplicates by comparing
/// all pairs with scikit-learn (`tests/golden/split/generate.py`).
#[test]
fn the_published_construction_comes_out() {
    let place = Workplace::new();
    place.write("in.csv", golden("input.csv"));
    place
        .run(&format!("split in.csv -o out {GOLDEN}"))
        .expect(0);
    for file in ["train.csv", "test.csv", "transfer.csv"] {
        assert_eq!(place.read(&format!("out/{file}")), golden(file), "{file}");
    }
    let expected: Value = serde_json::from_str(&golden("expected.json")).unwrap();
    let report = report(&place, "out");
    for step in ["rows", "labelled", "distinct", "conflicts", "kept"] {
        assert_eq!(report["counts"][step], expected[step], "{step}");
    }
    let overlaps = report["overlaps"].as_array().unwrap();
    assert_eq!(overlaps.len(), 3);
    for overlap in overlaps {
        let [first, second] = [0, 1].map(|index| overlap["sets"][index].as_str().unwrap());
        let near = &expected["near"][format!("{first} {second}")];
        assert_eq!(&overlap["near-duplicates"]["pairs"], near);
        assert_eq!(overlap["exact-duplicates"], 0);
    }
}

#[test]
fn sets_are_disjoint_and_as_large_and_balanced_as_asked() {
    let place = place();
    place
        .run(
            "split in.csv -o out --train 21 --test 40:stratified --transfer rest --transfer-labels",
        )
        .expect(0);
    let [train, test, transfer] =
        ["train", "test", "transfer"].map(|set| rows(&place, &format!("out/{set}.csv")));
    assert_eq!(labels(&train), [11, 10]);
    assert_eq!(labels(&test), [30, 10]);
    assert_eq!(labels(&transfer), [259, 80]);
    let all = train.iter().chain(&test).chain(&transfer);
    let texts: BTreeSet<&str> = all.clone().map(|row| &row[0]).collect();
    assert_eq!(texts.len(), 400);
    for row in all {
        let index = number(row[0].split(' ').nth(1).unwrap());
        assert_eq!(&row[2], if index.is_multiple_of(4) { "1" } else { "0" });
        assert_eq!(row[1], row[0].to_lowercase().replace("@you", "usr"));
    }
    assert_ne!(
        test.iter().map(|row| row[0].to_owned()).collect::<Vec<_>>(),
        texts
            .iter()
            .take(40)
            .map(|&text| text.to_owned())
            .collect::<Vec<_>>()
    );
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let place = place();
    let run = |folder: &str, seed: u64, threads: &str| {
        let arguments = format!(
            "split in.csv -o {folder} --rules none --min-chars 9 --test 40 --train 10 --transfer 90:30 --seed {seed}"
        );
        let mut command = place.command(&arguments);
        let output = command.env("RAYON_NUM_THREADS", threads).output().unwrap();
        assert!(output.status.success());
        ["train.csv", "test.csv", "transfer.csv", "split.json"]
            .map(|file| place.read(&format!("{folder}/{file}")))
    };
    let first = run("a", 7, "1");
    assert_eq!(first, run("b", 7, "2"));
    for (file, other) in first.iter().zip(run("c", 8, "2")) {
        assert_ne!(*file, other);
    }
    // A larger test set by the same seed has the smaller one in it.
    place
        .run("split in.csv -o d --rules none --min-chars 9 --test 80 --seed 7")
        .expect(0);
    let larger: BTreeSet<String> = rows(&place, "d/test.csv")
        .iter()
        .map(|row| row[0].to_owned())
        .collect();
    assert!(
        rows(&place, "a/test.csv")
            .iter()
            .all(|row| larger.contains(&row[0]))
    );
    assert!(!place.join("d/train.csv").exists());
}

#[test]
fn the_transfer_set_shows_no_labels_unless_asked_to() {
    let place = place();
    let arguments = "split in.csv --rules tidy --train 10 --transfer 40";
    place.run(&format!("{arguments} -o a")).expect(0);
    place
        .run(&format!("{arguments} -o b --transfer-labels"))
        .expect(0);
    assert_eq!(header(&place, "a/train.csv"), "text,text_pp,category");
    assert_eq!(header(&place, "a/transfer.csv"), "text,text_pp");
    assert_eq!(header(&place, "b/transfer.csv"), "text,text_pp,category");
    let texts = |folder: &str| -> Vec<String> {
        let rows = rows(&place, &format!("{folder}/transfer.csv"));
        rows.iter().map(|row| row[0].to_owned()).collect()
    };
    assert_eq!(texts("a"), texts("b"));
    assert_eq!(report(&place, "a")["sets"][1]["labels"]["label-1"], 20);
}

/// The published texts have more than 30 characters, counted as Python's `len` does.
#[test]
fn short_texts_are_left_out_by_characters_not_bytes() {
    let place = Workplace::new();
    let texts = ["a", "é", "😂", "日"].map(|letter| [letter.repeat(30), letter.repeat(31)]);
    let mut lines = "text,category\n".to_owned();
    for [short, long] in &texts {
        lines += &format!("{short},0\n{long},1\n");
    }
    place.write("in.csv", lines);
    let run = |more: &str, folder: &str| {
        let arguments = format!("split in.csv -o {folder} --rules none --test rest {more}");
        place.run(&arguments).expect(0);
        labels(&rows(&place, &format!("{folder}/test.csv")))
    };
    assert_eq!(run("", "a"), [0, 4]);
    assert_eq!(run("--min-chars 30", "b"), [4, 4]);
    assert_eq!(run("--min-chars 0", "c"), [4, 4]);
    assert_eq!(header(&place, "a/test.csv"), "text,category");
}

#[test]
fn a_text_counts_once_with_its_first_label_or_stays_in_one_set() {
    let place = Workplace::new();
    let mut text = "text,label\n".to_owned();
    for index in 0..30 {
        for copy in 0..=index % 3 {
            // The third copy has the other label.
            let label = (index + copy / 2) % 2;
            text += &format!("@a{copy} word{} {index},{label}\n", "x".repeat(index));
        }
    }
    place.write("in.csv", text);
    let arguments = "split in.csv --label-column label --rules tidy --min-chars 5 --test 5:5";
    place
        .run(&format!(
            "{arguments} -o a --transfer rest --transfer-labels"
        ))
        .expect(0);
    let report_a = report(&place, "a");
    assert_eq!(report_a["counts"]["rows"], 60);
    assert_eq!(report_a["counts"]["distinct"]["texts"], 30);
    assert_eq!(report_a["counts"]["conflicts"]["texts"], 10);
    let [test, transfer] = ["test", "transfer"].map(|set| rows(&place, &format!("a/{set}.csv")));
    assert_eq!((test.len(), transfer.len()), (10, 20));
    for row in test.iter().chain(&transfer) {
        let index: u32 = row[0].rsplit(' ').next().unwrap().parse().unwrap();
        assert!(row[0].starts_with("@a0 "));
        assert_eq!(row[2], (index % 2).to_string());
    }
    place
        .run(&format!(
            "{arguments} -o b --transfer rest --keep-duplicates"
        ))
        .expect(0);
    let [test, transfer] = ["test", "transfer"].map(|set| rows(&place, &format!("b/{set}.csv")));
    let learnt = |rows: &[csv::StringRecord]| -> BTreeSet<String> {
        rows.iter().map(|row| row[1].to_owned()).collect()
    };
    assert!(learnt(&test).is_disjoint(&learnt(&transfer)));
    assert!(transfer.len() > learnt(&transfer).len());
    assert_eq!(report(&place, "b")["overlaps"][0]["exact-duplicates"], 0);
    assert_eq!(report(&place, "b")["counts"]["kept"]["texts"], 60);
}
