//! `fsl-exp preprocess`: what it reads and writes, and what it never does. Timings and memory are in bench/preprocess.sh.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use insta::assert_snapshot;

use crate::support::{Workplace, entries, gzip, zip};

const SMALL: &str = "id,text,more\n1,\"It's #MeToo, NOW!!!\nRT @you\",é\n\n2,,\"a \"\"b\"\"\"\n";
const SMALL_PP: &str = "id,text,more,text_pp\n1,\"It's #MeToo, NOW!!!\nRT @you\",é,\"it is htg, now! rt\"\n2,,\"a \"\"b\"\"\",\n";

/// The columns `text_pp`, which is what is wanted, and `made` of a file.
fn columns(path: &Path) -> Vec<(String, String)> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let index = |name| header.iter().position(|column| column == name).unwrap();
    let (wanted, made) = (index("text_pp"), index("made"));
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        (row[wanted].to_owned(), row[made].to_owned())
    });
    rows.collect()
}

fn gunzip(path: &Path) -> String {
    let mut text = String::new();
    let mut packed = GzDecoder::new(File::open(path).unwrap());
    packed.read_to_string(&mut text).unwrap();
    text
}

/// Runs a command with `bytes` on its standard input.
fn piped(mut command: Command, bytes: &[u8]) -> Output {
    let command = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    // A program that refuses its input does not read all of it.
    let writer = thread::spawn(move || drop(stdin.write_all(&bytes)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// What `preprocess` says of a file, with exit code 5, and that it leaves nothing but that file.
fn refused(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let place = Workplace::new();
    place.write(&format!("in/{name}"), bytes);
    let ran = place.run(&format!("preprocess in/{name}")).expect(5);
    assert_eq!(
        entries(&place.join("in")),
        [place.join(&format!("in/{name}"))]
    );
    ran.stderr
}

/// Generated rows, each of which tells its number.
fn numbered(rows: usize) -> String {
    let row = |index| format!("{index},\"Row {index}, it's\n@you!!\"\n");
    "id,text\n".to_owned() + &(0..rows).map(row).collect::<String>()
}

mod needs_shared {
    use super::*;
    use crate::support::shared;

    /// Witness: the reference implementation, on every row that there is of it.
    #[test]
    #[ignore = "needs the published texts in ../shared"]
    fn the_published_texts_come_out() {
        for (file, rows) in [
            ("data/metoo/train.csv", 100),
            ("data/metoo/test.csv", 10_000),
            ("oracles/preprocess/tweets.csv", 1500),
            ("oracles/preprocess/synthetic.csv", 1500),
        ] {
            let place = Workplace::new();
            fs::copy(shared(file), place.join("in.csv")).unwrap();
            place
                .run("preprocess in.csv -o out.csv --output-column made")
                .expect(0);
            let columns = columns(&place.join("out.csv"));
            assert_eq!(columns.len(), rows);
            for (row, (wanted, made)) in columns.iter().enumerate() {
                assert_eq!(made, wanted, "{file}, row {row}");
            }
        }
    }
}

#[test]
fn the_default_output_has_every_column_and_the_result() {
    let place = Workplace::new();
    place.write("my.csv", SMALL);
    let ran = place.run("preprocess my.csv").expect(0);
    assert_eq!(place.read("my_pp.csv"), SMALL_PP);
    assert_eq!(place.read("my.csv"), SMALL);
    // The second row has no text.
    let empty = "warning: `my.csv`: 1 text is empty\n";
    let said = ran.stderr.strip_prefix(empty).unwrap_or_default();
    assert!(
        said.starts_with("wrote `my_pp.csv`: 2 rows in "),
        "{}",
        ran.stderr
    );
    assert_eq!(
        place
            .run("preprocess my_pp.csv --quiet -o again.csv")
            .expect(0)
            .stderr,
        "warning: `my_pp.csv`: 1 text is empty\n"
    );
    assert_eq!(place.read("again.csv"), SMALL_PP);
}

#[test]
fn packed_files_and_pipes_are_read_and_written() {
    let place = Workplace::new();
    place.write("a.csv.gz", gzip(SMALL));
    place.write(
        "b.zip",
        zip(&[
            ("d/b.csv", SMALL),
            ("__MACOSX/d/._b.csv", "x"),
            ("read.me", ""),
        ]),
    );
    // Two gzip members in one file, as `cat a.gz b.gz` makes them, under a name that does not tell.
    place.write("c.csv", [gzip(&SMALL[..20]), gzip(&SMALL[20..])].concat());
    place.run("preprocess a.csv.gz").expect(0);
    assert_eq!(gunzip(&place.join("a_pp.csv.gz")), SMALL_PP);
    place.run("preprocess b.zip").expect(0);
    assert_eq!(place.read("b_pp.csv"), SMALL_PP);
    assert_eq!(
        place.run("preprocess c.csv -o -").expect(0).stdout,
        SMALL_PP
    );
    for bytes in [SMALL.as_bytes().to_vec(), gzip(SMALL)] {
        let output = piped(place.command("preprocess -"), &bytes);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), SMALL_PP);
        assert!(output.status.success());
    }
    place.run("preprocess a.csv.gz -o /dev/null").expect(0);
}

#[test]
fn any_delimiter_is_read_and_kept() {
    let place = Workplace::new();
    let text = "id,text,more\n1,It's #MeToo! NOW,é\n";
    let expected = "id,text,more,text_pp\n1,It's #MeToo! NOW,é,it is htg! now\n";
    for (option, sign) in [
        (";", ";"),
        ("tab", "\t"),
        ("|", "|"),
        (":", ":"),
        ("auto", ","),
        ("auto", ";"),
        ("auto", "\t"),
        ("auto", "|"),
    ] {
        place.write("in.csv", text.replace(',', sign));
        let arguments = format!("preprocess in.csv -o out.csv --force --delimiter {option}");
        place.run(&arguments).expect(0);
        assert_eq!(
            place.read("out.csv"),
            expected.replace(',', sign),
            "{option} {sign:?}"
        );
    }
    place.run("preprocess in.csv --delimiter ;;").expect(2);
}

#[test]
fn columns_and_rules_are_chosen() {
    let place = Workplace::new();
    place.write("in.csv", "out,body\nold,Ça va 😂???  #MeToo\n");
    place
        .run("preprocess in.csv -o a.csv --text-column body --output-column out --rules tidy")
        .expect(0);
    assert_eq!(
        place.read("a.csv"),
        "out,body\nÇa va 😂? Me Too,Ça va 😂???  #MeToo\n"
    );
    place
        .run("preprocess in.csv -o b.csv --text-column body --output-column body")
        .expect(0);
    assert_eq!(place.read("b.csv"), "out,body\nold,numa va ?\n");
}

#[test]
fn nothing_is_overwritten_unasked_and_the_input_never() {
    let place = Workplace::new();
    place.write("my.csv", SMALL);
    place.write("taken.csv", "mine");
    let refused = |arguments: &str| place.run(arguments).expect(2).stderr;
    assert_snapshot!(refused("preprocess my.csv -o taken.csv"), @"
    error: `--output`: `taken.csv` already exists
    hint: `--force` replaces it
    ");
    assert_snapshot!(refused("preprocess my.csv -o ./my.csv --force"), @"
    error: `--output`: `./my.csv` is the input
    hint: choose another path: inputs, specs, encoders, models and stored results are never replaced, even with `--force`
    ");
    refused("preprocess my.csv -o . --force");
    refused("preprocess my.csv -o my.zip");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("my.csv", place.join("link.csv")).unwrap();
        refused("preprocess my.csv -o link.csv --force");
        refused("preprocess link.csv -o my.csv --force");
        let mut command = place.command("preprocess - -o my.csv --force");
        command.stdin(File::open(place.join("my.csv")).unwrap());
        #[cfg(target_os = "linux")]
        assert_eq!(command.output().unwrap().status.code(), Some(2));
    }
    assert_eq!(place.read("my.csv"), SMALL);
    assert_eq!(place.read("taken.csv"), "mine");
    place
        .run("preprocess my.csv -o taken.csv --force")
        .expect(0);
    assert_eq!(place.read("taken.csv"), SMALL_PP);
}

#[test]
fn faults_name_file_line_and_remedy() {
    assert_snapshot!(refused("a.csv", "txt,b\na,b\n"), @"
    error: `in/a.csv`: no column `text`; the columns are `txt`, `b`
    hint: did you mean `txt`?
    ");
    assert_snapshot!(refused("a.csv", "text;b\na;b\n"), @"
    error: `in/a.csv`: no column `text`; the columns are `text;b`
    hint: the fields seem to be separated by ';'; set `data.delimiter` or `--delimiter`
    ");
    assert_snapshot!(refused("a.csv", "text,text\na,b\n"), @"
    error: `in/a.csv`: 2 columns are called `text`, must be exactly one
    hint: rename or remove all of them but one
    ");
    assert_snapshot!(refused("a.csv", "text,b\na,b\n\n\"a\nb\",c,d\n"), @"
    error: `in/a.csv`, line 4: 3 fields, the header has 2
    hint: quote fields that contain commas, quotes or line breaks
    ");
    assert_snapshot!(refused("a.csv", b"text\na\n\xff\n"), @"
    error: `in/a.csv`, line 3: invalid UTF-8 at byte 7 of the file
    hint: save the file as UTF-8
    ");
    assert_snapshot!(refused("a.csv", "text\na\0\n"), @"
    error: `in/a.csv`, line 2: a NUL byte
    hint: remove the NUL bytes; a file with many of them is UTF-16 or not a text file
    ");
    assert_snapshot!(refused("a.csv", "text\na\n\"b\nc\n"), @"
    error: `in/a.csv`, line 3: this quote is never closed
    hint: close the quote; inside a quoted field, write quotes twice
    ");
    assert_snapshot!(refused("a.csv", ""), @"
    error: `in/a.csv`: the file is empty
    hint: the file needs a header and at least one row
    ");
    assert_snapshot!(refused("a.csv", "text\n\n"), @"
    error: `in/a.csv`: a header but no rows
    hint: the file needs a header and at least one row
    ");
    assert_snapshot!(refused("a.zip", zip(&[("a.csv", SMALL), ("b.csv", SMALL)])), @"
    error: `in/a.zip`: must hold one CSV file, got `a.csv`, `b.csv`
    hint: unpack the archive and name one of its files
    ");
    assert_snapshot!(refused("a.csv.gz", &gzip(SMALL)[..40]), @"
    error: `in/a.csv.gz`: cannot be read: incomplete deflate stream
    hint: the file is damaged or incomplete; get it again
    ");
    let place = Workplace::new();
    assert_snapshot!(place.run("preprocess none.csv").expect(5).stderr, @"error: `none.csv`: cannot be read: No such file or directory (os error 2)");
    let output = piped(place.command("preprocess -"), &zip(&[("a.csv", SMALL)]));
    assert_eq!(output.status.code(), Some(5));
}

/// Faults are told with their place in the file, also where it is read in pieces, and the first one counts.
#[test]
fn faults_far_into_a_file_have_their_line() {
    let rows = numbered(60_000);
    let line = rows.lines().count() + 1;
    let text = format!("{rows}1,2,3\n\0\n\"");
    let said = refused("a.csv", &text);
    assert!(
        said.contains(&format!("line {line}: 3 fields"))
            || said.contains(&format!("line {}: a NUL", line + 1)),
        "{said}"
    );
    let text = [rows.as_bytes(), b"7,\xff\n"].concat();
    let byte = text.len() - 2;
    let said = refused("a.csv", &text);
    assert!(
        said.contains(&format!("line {line}: invalid UTF-8 at byte {byte} of")),
        "{said}"
    );
    let said = refused("a.csv", format!("{rows}\n8,\"open\n"));
    assert!(
        said.contains(&format!("line {}: this quote", line + 1)),
        "{said}"
    );
}

#[test]
fn many_rows_keep_their_order_whatever_the_threads() {
    let place = Workplace::new();
    place.write("in.csv", numbered(200_000));
    place.run("preprocess in.csv -o a.csv").expect(0);
    let mut command = place.command("preprocess in.csv -o b.csv");
    command.env("RAYON_NUM_THREADS", "1").output().unwrap();
    assert_eq!(place.read("a.csv"), place.read("b.csv"));
    let mut reader = csv::Reader::from_path(place.join("a.csv")).unwrap();
    let mut rows = 0;
    for (index, row) in reader.records().enumerate() {
        let row = row.unwrap();
        assert_eq!(row[0], index.to_string());
        assert_eq!(&row[2], "row num, it is usr!");
        rows += 1;
    }
    assert_eq!(rows, 200_000);
}

/// Waits until `found` holds, at most 20 seconds.
#[cfg(unix)]
fn wait_for(mut found: impl FnMut() -> bool) {
    let start = Instant::now();
    while !found() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A run on a pipe that stays open, stopped by a signal while it has an output in the works.
#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_midway_leaves_nothing() {
    for (signal, code) in [("-TERM", Some(130)), ("-INT", Some(130)), ("-KILL", None)] {
        let place = Workplace::new();
        fs::create_dir(place.join("out")).unwrap();
        let mut command = place.command("preprocess - -o out/done.csv");
        let mut child = command
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(numbered(50_000).as_bytes()).unwrap();
        let written = |path: &std::path::PathBuf| path.metadata().unwrap().len() > 0;
        wait_for(|| entries(&place.join("out")).iter().any(written));
        let pid = child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(child.wait().unwrap().code(), code);
        assert!(!place.join("out/done.csv").exists());
        if code.is_some() {
            assert!(entries(&place.join("out")).is_empty(), "{signal}");
        }
        drop(stdin);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Workplace::new();
    place.write("in.csv", numbered(50_000));
    let mut child = place
        .command("preprocess in.csv -o - --quiet")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut start = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(0), &b""[..])
    );
}
