//! Names, paths, keys and lists without end, and messages that have one.

use crate::support::{CHEAP_ROWS, Workplace, spec};

/// No message is longer.
const LONGEST: usize = 10_000;

#[track_caller]
fn short(text: &str) {
    assert!(text.len() < LONGEST, "{} bytes", text.len());
}

#[test]
fn keys_paths_and_values_of_ten_megabytes_are_cut() {
    let place = Workplace::new();
    let long = "a".repeat(10_000_000);
    let plain = spec("s", "", CHEAP_ROWS);
    for (found, put) in [
        ("seed = 42", format!("seed = 42\n{long} = 1")),
        ("\"train.csv\"", format!("\"{long}\"")),
        ("name = \"s\"", format!("name = \"{long}\"")),
        (
            "name = \"s\"",
            format!("name = \"s\"\n{} = 1", "a.b ".repeat(2_000_000)),
        ),
        ("id = \"bow\"", format!("id = \"{long}/\"")),
    ] {
        place.write("s.toml", plain.replace(found, &put));
        let ran = place.run("check s.toml").expect(4);
        short(&ran.stderr);
    }
    place.write("s.toml", plain);
    place.write("train.csv", format!("{long},label\na,0\nb,1\n"));
    short(&place.run("run s.toml").expect(5).stderr);
    let set = format!("trials.seed={}", "7".repeat(100_000));
    let mut check = place.command("check s.toml --set");
    let ran = place.ran(check.arg(set)).expect(4);
    short(&ran.stderr);
    assert!(ran.stderr.contains("characters left out"), "{}", ran.stderr);
}

#[test]
fn faults_without_end_are_counted() {
    let place = Workplace::new();
    let keys = (0..100_000).map(|number| format!("unknown{number} = 1\n"));
    let plain = spec("s", "", CHEAP_ROWS);
    place.write("s.toml", keys.collect::<String>() + &plain);
    let ran = place.run("check s.toml").expect(4);
    short(&ran.stderr);
    assert!(
        ran.stderr
            .starts_with("error: 1000 or more faults in the specs:\n")
            && ran
                .stderr
                .contains("\n  and 980 or more faults that are not shown\n"),
        "{}",
        ran.stderr
    );
    place.write("s.toml", plain.clone() + &"seed = 1\n".repeat(100_000));
    short(&place.run("check s.toml").expect(4).stderr);
    let rows =
        (0..200).map(|number| format!("[[row]]\nid = \"r{number}\"\nmethod.random = {{}}\n"));
    let unknown = "[[row]]\nid = \"e\"\nmethod.ensemble = { of = \"x\" }\n";
    place.write(
        "s.toml",
        spec("s", "", &(rows.collect::<String>() + unknown)),
    );
    let ran = place.run("check s.toml").expect(4);
    short(&ran.stderr);
    assert!(ran.stderr.contains("`, `r39` and 16"), "{}", ran.stderr);
}
