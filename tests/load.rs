//! Many rows, long chains of them, and many trials: counts only; `bench/load.py` has the times.

use std::fmt::Write as _;
use std::path::Path;

use crate::support::{Workplace, spec};

/// Each row learns from the one below it, so that planning the first one means planning all of them.
#[test]
fn a_chain_of_a_thousand_students_is_checked_and_planned() {
    const STUDENTS: usize = 1000;
    let place = Workplace::new();
    let encoder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    let mut rows = String::new();
    for number in 0..STUDENTS {
        let teacher = match number + 1 {
            STUDENTS => "bow".to_owned(),
            next => format!("s{next}"),
        };
        write!(
            rows,
            "[[row]]\nid = \"s{number}\"\nmethod.distill = {{ teacher = \"{teacher}\", encoder = \"{}\" }}\n",
            encoder.display()
        )
        .unwrap();
    }
    rows += "[[row]]\nid = \"bow\"\nmethod.bow = {}\n";
    place.write("transfer.csv", "text\na b\nc d\n");
    let text = spec("s", "", &rows);
    let text = text.replace(
        "test = \"test.csv\"",
        "test = \"test.csv\"\ntransfer = \"transfer.csv\"",
    );
    place.write("s.toml", &text);
    let checked = place.run("check s.toml").expect(0);
    assert!(checked.stdout.contains("1,001 rows"), "{}", checked.stdout);
    let planned = place.run("plan s.toml").expect(0).stdout;
    assert!(
        planned.contains("1,001 trials: 1001 to run"),
        "{}",
        planned.lines().last().unwrap()
    );

    // The far end cannot be planned: its encoder has not been fetched. Nor can the others, and all are told at once.
    place.write(
        "blocked.toml",
        text.replace(
            "method.bow = {}",
            "method.probe = { encoder = \"hf:org/name\" }",
        ),
    );
    let blocked = place.run("plan blocked.toml").expect(0).stdout;
    assert!(blocked.contains("0 to run"), "{blocked}");

    // Bow is no student, so the chain can be closed: what is told of it names a few of its rows.
    place.write(
        "circle.toml",
        text.replace("teacher = \"bow\"", "teacher = \"s0\""),
    );
    let refused = place.run("check circle.toml").expect(4).stderr;
    assert!(refused.contains("s/s0 → s/s1 → "), "{refused}");
    assert!(refused.len() < 400_000, "{}", refused.len());
}

/// The page of more than a thousand trials has a line for each, and records of a few.
#[test]
fn a_page_of_many_trials_is_small() {
    let place = Workplace::new();
    let rows = "[[row]]\nid = \"random\"\nmethod.random = { draws = 1 }\n";
    place.write("s.toml", spec("s", "count = 1010", rows));
    place.run("run s.toml --quiet").expect(0);
    place.run("report s.toml -o page.html").expect(0);
    let page = place.read("page.html");
    assert!(page.contains("1,010 trials, too many to show each record"));
    assert!(page.contains("\n1010\t"));
    assert_eq!(page.matches("&quot;predictions-sha256&quot;").count(), 1);
    assert!(page.len() < 400_000, "{}", page.len());
}
