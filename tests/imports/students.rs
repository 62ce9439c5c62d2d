//! Students of rows that another program predicted.

use std::path::Path;

use super::*;
use crate::support::entries;

fn encoder() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/bert");
    folder.display().to_string()
}

/// A teacher from files, and a student of it or of its mean; `transfer` adds a key to the teacher.
fn rows(transfer: &str, teacher: &str) -> String {
    format!(
        "[[row]]\nid = \"other\"\nmethod.predictions = {{ file = \"other_{{trial}}.csv\"{transfer} }}\n\
         [[row]]\nid = \"mean\"\nmethod.ensemble = {{ of = \"other\" }}\n\
         [[row]]\nid = \"student\"\n[row.method.distill]\nteacher = \"{teacher}\"\nencoder = \"{}\"\nepochs = 12\n\
         batch-size = 4\nlearning-rate = 0.01\n",
        encoder()
    )
}

const TRANSFER: &str = ", transfer = \"unlabelled_{trial}.csv\"";

/// A place with `transfer.csv`, and two trials of another program that is right, nearly, about every text.
fn place() -> Workplace {
    let place = Workplace::new();
    let texts = crate::support::unlabelled(48);
    place.write("transfer.csv", &texts);
    let texts: Vec<&str> = texts.lines().collect();
    let right = |index: usize, trial: usize| {
        let doubt = 0.01 * (1 + trial) as f64;
        let class = (index % 2) as f64;
        class + doubt - 2.0 * doubt * class
    };
    for trial in 0..2 {
        let rows = |count: usize| (0..count).map(move |i| format!("{i},{}", right(i, trial)));
        let name = |stem: &str| format!("{stem}_{trial}.csv");
        place.write(&name("other"), file("index,probability", rows(40)));
        // The transfer texts the other way round, with their texts.
        let rows = (0..48).rev().map(|index| {
            let text = texts[index + 1];
            format!("{index},{text},{}", right(index, trial))
        });
        place.write(&name("unlabelled"), file("index,text,probability", rows));
    }
    place
}

fn write(place: &Workplace, transfer: &str, teacher: &str) {
    write_spec(
        place,
        "transfer = \"transfer.csv\"\nmax-tokens = 32",
        "count = 2",
        &rows(transfer, teacher),
    );
}

/// What is stored of transfer sets, one text per trial that was asked.
fn stored_transfers(place: &Workplace) -> Vec<String> {
    let shelves = entries(&place.join("results/store/trials"));
    let trials = shelves.iter().flat_map(|shelf| entries(shelf));
    let files = trials.flat_map(|trial| entries(&trial.join("transfer")));
    let csv = files.filter(|path| path.extension().is_some_and(|end| end == "csv"));
    csv.map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

#[test]
fn check_reads_files_of_transfer_sets_as_run_does() {
    let place = place();
    write(&place, TRANSFER, "other");
    place.run("check s.toml").expect(0);
    let right = place.read("unlabelled_1.csv");
    place.write("unlabelled_1.csv", right.replacen("47,", "46,", 1));
    let said = place.run("check s.toml").expect(5).stderr;
    assert!(said.contains("`unlabelled_1.csv`, line 2"), "{said}");
    assert_eq!(place.run("run s.toml").expect(5).stderr, said);
}

#[test]
fn students_learn_what_the_other_program_says_of_the_transfer_texts() {
    let place = place();
    write(&place, TRANSFER, "other");
    let found = table(&place, "results");
    // The words tell the classes apart, and the student has seen them with its teacher's answers only.
    assert!(mean(&found, 2, "f1") > 0.9, "{found:#}");
    let mut stored = stored_transfers(&place);
    stored.sort();
    assert_eq!(stored.len(), 2);
    assert!(
        stored[0].starts_with("index,probability\n0,0.01\n1,0.99\n2,0.01\n"),
        "{}",
        stored[0]
    );
    assert!(
        stored[1].starts_with("index,probability\n0,0.02\n1,0.98\n"),
        "{}",
        stored[1]
    );
    // Another answer about the transfer texts is another lesson.
    let changed = place.read("unlabelled_1.csv").replacen("0.98", "0.9", 1);
    place.write("unlabelled_1.csv", changed);
    let plan = place.run("plan s.toml").expect(0).stdout;
    let states: Vec<&str> = plan.lines().take(5).map(|line| line[..7].trim()).collect();
    assert_eq!(states, ["reuse", "run", "derive", "reuse", "run"], "{plan}");
}

/// The other program predicts all transfer texts: it does not know which ones `data.transfer-size` takes.
#[test]
fn of_a_part_of_the_transfer_texts_each_keeps_its_own_prediction() {
    let place = place();
    let data = "transfer = \"transfer.csv\"\ntransfer-size = 20\nmax-tokens = 32";
    let rows = rows(TRANSFER, "other").replace("epochs = 12", "epochs = 40");
    write_spec(&place, data, "count = 2", &rows);
    place.run("check s.toml").expect(0);
    let found = table(&place, "results");
    // Predictions of other texts would be wrong about half of these.
    assert!(mean(&found, 2, "f1") > 0.9, "{found:#}");
    for stored in stored_transfers(&place) {
        assert_eq!(stored.lines().count(), 21, "{stored}");
    }
}

#[test]
fn a_student_that_is_added_later_has_the_files_read_again() {
    let place = place();
    write(&place, TRANSFER, "mean");
    let with_student = place.read("s.toml");
    let (without, _) = with_student
        .split_once("[[row]]\nid = \"student\"")
        .unwrap();
    place.write("s.toml", without);
    place.run("run s.toml --quiet").expect(0);
    assert!(stored_transfers(&place).is_empty());
    place.write("s.toml", with_student);
    let plan = place.run("plan s.toml").expect(0).stdout;
    assert!(
        plan.contains("its probabilities of a transfer set are read"),
        "{plan}"
    );
    place.run("run s.toml --quiet").expect(0);
    assert_eq!(stored_transfers(&place).len(), 2);
}

#[test]
fn a_teacher_that_says_nothing_of_the_transfer_texts_is_refused() {
    let place = place();
    for teacher in ["other", "mean"] {
        write(&place, "", teacher);
        let said = place.run("check s.toml").expect(4).stderr;
        assert!(
            said.contains("key `row.student.method.distill.teacher`: nothing tells what `other` says of the transfer texts; have its program predict them, too, and name the file in `row.other.method.predictions.transfer`"),
            "{said}"
        );
    }
    write(&place, ", transfer = \"unlabelled.csv\"", "other");
    let said = place.run("check s.toml").expect(4).stderr;
    assert!(
        said.contains("give `{trial}` in both `file` and `transfer`, or in neither"),
        "{said}"
    );
    write(&place, TRANSFER, "other");
    let text = place.read("unlabelled_0.csv");
    place.write("unlabelled_0.csv", text.replacen("47,", "46,", 1));
    let said = place.run("run s.toml --quiet").expect(5).stderr;
    assert!(
        said.contains("`unlabelled_0.csv`, line 2: column `text`: got"),
        "{said}"
    );
    assert!(place.stored_predictions("results").is_empty());
}
