//! Data files that are, or unpack to, more than any file of texts: the same limits in every command.

use super::*;

/// Every command that reads the file `in` as texts, with a spec that trains on it.
fn commands(place: &Workplace, file: &str) -> Vec<String> {
    let row = "[[row]]\nid = \"majority\"\nmethod.majority = {}\n";
    let spec = spec("s", "", row).replace("\"train.csv\"", &format!("\"{file}\""));
    place.write("s.toml", spec);
    vec![
        format!("train {file} -o m {QUICK}"),
        format!("distill {file} -o m {QUICK}").replace("--label-column label", ""),
        format!("embed --encoder ./enc --input {file} -o e.csv"),
        format!("preprocess {file} -o p.csv --quiet"),
        format!("infer --model trained {file} -o i.csv --quiet --threads 1 --text-column text"),
        format!("split {file} -o s --rules none --test 2 --train 2 --label-column label"),
        "check s.toml".to_owned(),
        "run s.toml --quiet".to_owned(),
    ]
}

fn trained() -> Workplace {
    let place = place();
    place
        .run(&format!("train train.csv -o trained {QUICK}"))
        .expect(0);
    place
}

#[track_caller]
fn assert_refused(place: &Workplace, file: &str, expected: &str) {
    for command in commands(place, file) {
        let ran = place.run(&command);
        assert!(ran.code > 1, "{command}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(expected), "{command}: {}", ran.stderr);
        for output in ["m", "e.csv", "p.csv", "i.csv", "s"] {
            assert!(!place.join(output).exists(), "{command}");
        }
    }
}

#[test]
fn what_unpacks_to_too_much_is_refused_by_every_command() {
    let place = trained();
    let row = "a".repeat(1000) + ",1\n";
    let rows = "text,label\n".to_owned() + &row.repeat(24_000);
    place.write("rows.csv.gz", packed(&rows));
    assert_refused(
        &place,
        "rows.csv.gz",
        "unpacks to more than 200 times its size",
    );
    let row = format!("text,label\n\"{}\",1\n", "a".repeat(60 << 20));
    place.write("row.csv.gz", packed(&row));
    assert_refused(
        &place,
        "row.csv.gz",
        "unpacks to more than 200 times its size",
    );
    place.write("rows.zip", crate::support::zip(&[("rows.csv", &rows)]));
    assert_refused(
        &place,
        "rows.zip",
        "unpacks to more than 200 times its size",
    );
}

/// As small as it gets.
fn packed(text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

#[test]
fn rows_have_a_longest_length_and_a_largest_number_of_columns_in_every_command() {
    let place = trained();
    let wide = format!("text,label{}\na,1\n", ",x".repeat(20_000));
    place.write("wide.csv", &wide);
    let expected = "`wide.csv`, line 1: a row of more than 10000 columns";
    assert_refused(&place, "wide.csv", expected);
    place.write("wide.csv.gz", gzip(&wide));
    assert_refused(
        &place,
        "wide.csv.gz",
        "line 1: a row of more than 10000 columns",
    );
    let wide = format!("text,label\nb,0\na,1{}\n", ",".repeat(20_000));
    place.write("wide.csv", wide);
    let expected = "`wide.csv`, line 3: a row of more than 10000 columns";
    assert_refused(&place, "wide.csv", expected);
    let long = format!("text,label\nb,0\n{},1\n", "a".repeat(65 << 20));
    place.write("long.csv", long);
    let expected = "`long.csv`, line 3: a row of more than 67108864 bytes";
    assert_refused(&place, "long.csv", expected);
}

#[cfg(unix)]
#[test]
fn devices_are_not_read() {
    let place = trained();
    assert_refused(&place, "/dev/zero", "a device, not a file");
    place.run("check /dev/zero").expect(4);
}
