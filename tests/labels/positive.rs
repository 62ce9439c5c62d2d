//! Rows of one dataset with another positive class: what must not be mixed up.

use super::*;

const BOTH: &str = "[sweep]\ngrid = { data.positive = [\"ham\", \"spam\"] }\n";

/// Whichever class is label 1, a text keeps its name.
#[test]
fn samples_name_the_classes_of_the_file() {
    let place = place(&["ham", "spam"]);
    write_spec(&place, "positive = \"ham\"", "train-size = 4", BOW);
    let spec = std::fs::read_to_string(place.join("s.toml")).unwrap();
    place.write("s.toml", spec + BOTH);
    let samples = place.run("export s.toml --samples -").expect(0).stdout;
    let lines: Vec<csv::StringRecord> = csv::Reader::from_reader(samples.as_bytes())
        .records()
        .map(Result::unwrap)
        .collect();
    assert_eq!(lines.len(), 8, "{samples}");
    for line in lines {
        // The labels take turns in the file.
        let index: usize = line[4].parse().unwrap();
        assert_eq!(&line[5], ["ham", "spam"][index % 2], "{samples}");
    }
}

/// Files of two classes look alike, so a student would learn the opposite of what its teacher says.
#[test]
fn a_student_of_another_positive_class_is_blocked() {
    let place = place(&["ham", "spam"]);
    place.write("transfer.csv", "text\nthe dull day\nthe bright day\n");
    // The student's encoder reads no more tokens.
    let transfer = "transfer = \"transfer.csv\"\nmax-tokens = 32";
    write_spec(
        &place,
        &format!("positive = \"ham\"\n{transfer}"),
        "",
        &BOW.replace("id = \"bow\"", "id = \"teacher\""),
    );
    let teacher = std::fs::read_to_string(place.join("s.toml")).unwrap();
    place.write("t.toml", teacher.replace("name = \"s\"", "name = \"t\""));
    let student = |positive: &str| {
        let method = format!(
            "[[row]]\nid = \"student\"\nmethod.distill = {{ teacher = \"t/teacher\", encoder = \"{}/tests/golden/nn/distilbert\" }}\n",
            env!("CARGO_MANIFEST_DIR")
        );
        write_spec(
            &place,
            &format!("positive = \"{positive}\"\n{transfer}"),
            "",
            &method,
        );
        place.run("plan s.toml t.toml").expect(0).stdout
    };
    assert!(student("ham").contains("0 rows blocked"));
    let plan = student("spam");
    assert!(
        plan.contains("its teacher `t/teacher` has other classes, or another positive one"),
        "{plan}"
    );
}
