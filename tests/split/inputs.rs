//! Inputs in every form, and those that are refused.

use super::*;

#[test]
fn packed_files_pipes_and_other_delimiters_are_read() {
    let place = place();
    let text = place.read("in.csv");
    let arguments = "--test 40 --train 10 -q";
    place
        .run(&format!("split in.csv -o plain {arguments}"))
        .expect(0);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    place.write("in.csv.gz", packed.finish().unwrap());
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive
        .start_file("in.csv", zip::write::SimpleFileOptions::default())
        .unwrap();
    archive.write_all(text.as_bytes()).unwrap();
    place.write("in.zip", archive.finish().unwrap().into_inner());
    // No field needs quotes here, so that a tab can take each comma's place.
    let bare = text.replace(", ", " ").replace('"', "");
    place.write("bare.csv", &bare);
    place.write("bare.tsv", bare.replace(',', "\t"));
    place
        .run(&format!("split bare.csv -o bare {arguments}"))
        .expect(0);
    for (input, same) in [
        ("in.csv.gz", "plain"),
        ("in.zip", "plain"),
        ("bare.tsv --delimiter tab", "bare"),
        ("bare.tsv --delimiter auto", "bare"),
    ] {
        place
            .run(&format!("split {input} -o again --force {arguments}"))
            .expect(0);
        for file in ["train.csv", "test.csv"] {
            assert_eq!(
                place.read(&format!("again/{file}")),
                place.read(&format!("{same}/{file}")),
                "{input}"
            );
        }
    }
    let mut child = place
        .command(&format!("split - -o piped {arguments}"))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(&fs::read(place.join("in.zip")).unwrap())
        .unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(place.read("piped/test.csv"), place.read("plain/test.csv"));
    assert_eq!(report(&place, "piped")["input"]["name"], "standard input");
}

#[test]
fn bad_rows_are_named_or_counted() {
    let place = Workplace::new();
    let words = "40,\"a text of the odd sort,\nfar too long to be short\",maybe\n";
    place.write("in.csv", corpus(40) + words);
    assert_snapshot!(refused(&place, "in.csv -o out --test 4", 5), @"
    error: `in.csv`: column `category`: some labels are numbers and others are words, such as `maybe`; found `0` (30 texts, first in line 3), `1` (10 texts, first in line 2), `maybe` (1 text, line 42)
    hint: correct the labels; if these are the classes, list all in `data.classes` or `--classes`; `--skip-bad-rows` skips such rows
    ");
    place.write("in.csv", corpus(40) + words + "41,x\n42,y,\n");
    assert_snapshot!(refused(&place, "in.csv -o out --test 4", 5), @"
    error: `in.csv`, line 44: 2 fields, the header has 3
    hint: quote fields that contain commas, quotes or line breaks; `--skip-bad-rows` skips such rows
    ");
    place.write("in.csv", corpus(40) + words + "42,y,\n");
    assert_snapshot!(refused(&place, "in.csv -o out --test 4", 5), @"
    error: `in.csv`, line 44: column `category`: an empty label
    hint: give every text a label, or remove the row; `--skip-bad-rows` skips such rows
    ");
    place.write("in.csv", corpus(40) + words + "41,x\n42,y,\n");
    place
        .run("split in.csv -o out --test 4 --skip-bad-rows")
        .expect(0);
    let counts = &report(&place, "out")["counts"];
    assert_eq!(counts["rows"], 43);
    assert_eq!(counts["labelled"]["texts"], 40);
    assert_eq!(counts["skipped"]["labels"], 2);
    assert_eq!(counts["skipped"]["malformed"], 1);
}

#[test]
fn what_cannot_be_drawn_is_said_with_its_numbers() {
    let place = place();
    assert_snapshot!(refused(&place, "in.csv -o out --test 300", 5), @"
    error: too few texts with label `1` for the test set: 150 requested, 100 of 100 left
    hint: request fewer, add texts with label `1`, or lower `--min-chars`
    ");
    assert_snapshot!(refused(&place, "in.csv -o out --test 200:100 --train 1 --transfer 90:1", 5), @"
    error: too few texts with label `1` for the transfer set: 1 requested, 0 of 100 left
    hint: request fewer, add texts with label `1`, or lower `--min-chars`
    ");
    assert_snapshot!(refused(&place, "in.csv -o out --test 300:100 --train rest", 5), @"
    error: no text is left for the train set
    hint: make the other sets smaller
    ");
    assert_snapshot!(refused(&place, "in.csv -o out --test rest --train rest", 2), @"
    error: the train and the test set cannot both be `rest`
    hint: give one of them a number of texts
    ");
    assert_snapshot!(refused(&place, "in.csv -o out", 2), @"
    error: no set to draw
    hint: add one, such as `--test 1000` or `--train 100`
    ");
    assert_snapshot!(refused(&place, "in.csv --test 3", 2), @"
    error: `--output`: missing; give the folder to write to
    hint: `fsl-exp help` lists the options
    ");
    assert_snapshot!(refused(&place, "-o out --test 3", 2), @"
    error: `INPUT`: missing; give the CSV file to split
    hint: `fsl-exp help` lists the options
    ");
    assert_snapshot!(refused(&place, "in.csv -o out --test 3 --label-column text", 2), @"
    error: two columns would be called `text`
    hint: the text, `text_pp` and the label need separate columns
    ");
    assert_snapshot!(refused(&place, "in.csv -o out --test 3 --text-column text_pp", 2), @"
    error: two columns would be called `text_pp`
    hint: the text, `text_pp` and the label need separate columns
    ");
    assert_snapshot!(refused(&place, "in.csv -o out --test 3 --label-column label", 5), @"
    error: `in.csv`: no column `label`; the columns are `id`, `text`, `category`
    hint: name the columns with `--text-column` and `--label-column`
    ");
    assert_snapshot!(refused(&place, "none.csv -o out --test 3", 5), @"error: `none.csv`: cannot be read: No such file or directory (os error 2)");
    assert_snapshot!(refused(&place, "in.csv -o out --test 3:4:5", 5), @"
    error: 3 numbers of texts for the test set, must be 2, one for each of the classes `0`, `1`
    hint: give one number for each class, in this order, or one for all such as `1000` or `8:shots`
    ");
    refused(&place, "in.csv -o out --test 3:x", 2);
    refused(&place, "in.csv -o out --test 0", 2);
}

#[test]
fn nothing_is_overwritten_unasked_and_the_input_never() {
    let place = place();
    place.write("out/test.csv", "mine");
    place.write("out/transfer.csv", "an older one");
    let refused = |arguments: &str| place.run(arguments).expect(2).stderr;
    assert_snapshot!(refused("split in.csv -o out --train 10"), @"
    error: `--output`: `out/test.csv` already exists
    hint: `--force` replaces it
    ");
    assert_eq!(place.read("out/test.csv"), "mine");
    assert_eq!(entries(&place.join("out")).len(), 2);
    place
        .run("split in.csv -o out --train 10 --test 20 --force")
        .expect(0);
    assert_eq!(rows(&place, "out/test.csv").len(), 20);
    // It could share texts with the sets beside it.
    assert!(!place.join("out/transfer.csv").exists());
    assert_eq!(entries(&place.join("out")).len(), 3);
    let before = place.read("out/test.csv");
    assert_snapshot!(refused("split out/test.csv -o out --train 2 --force"), @"
    error: `--output`: `out/test.csv` is the input
    hint: choose another path: inputs, specs, encoders, models and stored results are never replaced, even with `--force`
    ");
    refused("split in.csv -o in.csv --train 2 --force");
    assert_eq!(place.read("out/test.csv"), before);
}
