//! CSV files that a lenient reader would change in silence, and the lines that are named.

use std::io::Read as _;
use std::path::Path;

use crate::support::{CHEAP_ROWS, Workplace, gzip, spec, zip};

const GOOD: &str = "text,label\ngood day,1\nbad day,0\nbetter night,1\nworse night,0\n";

/// pandas#22661: a quote that is opened by mistake must not swallow the rows up to the next one.
#[test]
fn text_after_a_closing_quote_is_refused_by_every_reader() {
    let place = Workplace::new();
    place.write(
        "q.csv",
        "text,label\ngood one,1\n\"so he said,0\nbad one,0\n\"fine by me,1\nok,0\n",
    );
    place.write("test.csv", GOOD);
    place.write(
        "s.toml",
        spec("s", "", CHEAP_ROWS).replace("train.csv", "q.csv"),
    );
    let encoder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    let encoder = encoder.display();
    let expected = "`q.csv`, line 3: text after the closing quote of a field, which is closed 2 lines below\n\
                    hint: a field that begins with a quote ends at the next single one: quote the whole field, and write quotes inside it twice\n";
    for command in [
        "check s.toml".to_owned(),
        "run s.toml".to_owned(),
        "preprocess q.csv --text-column text -o out.csv".to_owned(),
        "split q.csv -o out --test 2 --rules none --text-column text --label-column label"
            .to_owned(),
        format!("embed --input q.csv --encoder {encoder} --output out.csv"),
        format!("train q.csv --text-column text --label-column label --encoder {encoder} -o model"),
    ] {
        let said = &place.run(&command).expect(5).stderr;
        assert!(said.ends_with(expected), "{command}: {said}");
    }
    assert!(!place.join("out.csv").exists() && !place.join("out").exists());
}

/// polars#22312: a field that only begins with quotes would lose them.
#[test]
fn quotes_at_the_start_of_a_plain_field_are_not_dropped() {
    let place = Workplace::new();
    place.write(
        "q.tsv",
        "text\tlabel\n\"Great stuff\" said nobody ever\t0\nnice one\t1\n",
    );
    let ran = place.run("preprocess q.tsv --delimiter tab --text-column text -o out.tsv");
    let said = &ran.expect(5).stderr;
    assert!(
        said.contains("`q.tsv`, line 2: text after the closing quote of a field\n"),
        "{said}"
    );
}

#[test]
fn lines_are_counted_whatever_ends_them() {
    for end in ["\n", "\r", "\r\n"] {
        let place = Workplace::new();
        place.write("train.csv", ["text,label", "a,0", "b", "c,1", ""].join(end));
        place.write("s.toml", spec("s", "", CHEAP_ROWS));
        let expected = "`train.csv`, line 3: 1 field, the header has 2\n";
        for command in [
            "run s.toml",
            "preprocess train.csv --text-column text -o out.csv",
            "split train.csv -o out --test 2 --rules none --text-column text --label-column label",
        ] {
            let said = &place.run(command).expect(5).stderr;
            assert!(said.contains(expected), "{end:?} {command}: {said}");
        }
    }
}

/// `embed` reads and writes what `train` and `infer` do.
#[test]
fn embed_reads_packed_piped_and_separated_texts_and_packs_its_output() {
    let place = Workplace::new();
    let encoder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    let semicolons = "text;label\ngood day;1\nbad, bad day;0\n";
    place.write("a.csv", semicolons);
    place.write("a.csv.gz", gzip(semicolons));
    place.write("a.zip", zip(&[("a.csv", semicolons)]));
    let command = |input: &str, output: &str| {
        let encoder = encoder.display();
        format!(
            "embed --encoder {encoder} --input {input} --delimiter auto --output {output} --quiet"
        )
    };
    for input in ["a.csv", "a.csv.gz", "a.zip"] {
        let output = format!("{input}.out");
        place.run(&command(input, &output)).expect(0);
        assert_eq!(place.read(&output), place.read("a.csv.out"), "{input}");
    }
    assert_eq!(place.read("a.csv.out").lines().count(), 3);
    let mut piped = place.command(&command("-", "-"));
    piped.stdin(std::fs::File::open(place.join("a.csv")).unwrap());
    assert_eq!(
        place.ran(&mut piped).expect(0).stdout,
        place.read("a.csv.out")
    );
    place.run(&command("a.csv", "packed.csv.gz")).expect(0);
    let packed = std::fs::File::open(place.join("packed.csv.gz")).unwrap();
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(packed)
        .read_to_string(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, place.read("a.csv.out"));
}
