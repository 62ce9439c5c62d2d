//! Labels and names that a spreadsheet would take for formulas.

use crate::support::{Workplace, spec};

/// Classes and how exports write them; the last two stay.
const CLASSES: [(&str, &str); 6] = [
    ("=1+1", "'=1+1"),
    ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
    ("-minus", "'-minus"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("'=quoted", "''=quoted"),
    ("plain", "plain"),
];

fn place() -> Workplace {
    let place = Workplace::new();
    let rows = (0..24).map(|text| {
        let (class, _) = CLASSES[text % CLASSES.len()];
        format!("text {text} of kind{},\"{class}\"\n", text % CLASSES.len())
    });
    let table = "text,label\n".to_owned() + &rows.collect::<String>();
    place.write("train.csv", &table);
    place.write("test.csv", &table);
    let row = "[[row]]\nid = \"bow\"\nlabel = \"=HYPERLINK(1)\"\nmethod.bow = { min-df = 1 }\n";
    place.write("s.toml", spec("s", "train-size = 12", row));
    place.run("run s.toml --quiet").expect(0);
    place
}

/// The fields of a CSV text, by line.
fn fields(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let records = reader.records().map(|record| record.unwrap());
    records
        .map(|record| record.iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn exports_hold_no_formulas() {
    let place = place();
    place
        .run("export s.toml --predictions p.csv --samples s.csv --trials t.csv")
        .expect(0);
    let table = place.run("table s.toml --format csv").expect(0).stdout;
    let exports = [
        place.read("p.csv"),
        place.read("s.csv"),
        place.read("t.csv"),
        table,
    ];
    for text in &exports {
        for field in fields(text).concat() {
            let is_number = field.parse::<f64>().is_ok();
            assert!(
                !field.starts_with(['=', '+', '-', '@', '\t', '\r']) || is_number,
                "{field}"
            );
        }
    }
    assert!(exports[2].contains("'=HYPERLINK(1)") && exports[3].contains("'=HYPERLINK(1)"));
    let predictions = fields(&exports[0]);
    let label = predictions[0]
        .iter()
        .position(|name| name == "label")
        .unwrap();
    for (text, line) in predictions[1..].iter().enumerate() {
        assert_eq!(line[label], CLASSES[text % CLASSES.len()].1);
    }
}

/// What `export` wrote of one row is read as another's, labels, decisions and columns.
#[test]
fn exports_are_read_back() {
    let place = place();
    place.run("export s.toml --predictions p.csv").expect(0);
    let row = "[[row]]\nid = \"other\"\nmethod.predictions = { file = \"p.csv\" }\n";
    let both = place.read("s.toml") + row;
    place.write("s.toml", both);
    place.run("run s.toml --quiet").expect(0);
    let table = place.run("table s.toml --format csv").expect(0).stdout;
    let rows = fields(&table);
    let accuracy = rows[0]
        .iter()
        .position(|name| name == "accuracy_mean")
        .unwrap();
    assert_eq!(rows[1][accuracy], rows[2][accuracy]);
    // A label that is not the text's is still seen.
    let wrong = place.read("p.csv").replacen("'=1+1", "plain", 1);
    place.write("p.csv", wrong);
    let ran = place.run("check s.toml").expect(5);
    assert!(
        ran.stderr
            .contains("got `plain`, but the label in `test.csv` is `=1+1`"),
        "{}",
        ran.stderr
    );
}

/// Files of texts are data: what comes out is what went in.
#[test]
fn files_of_texts_are_left_as_they_are() {
    let place = Workplace::new();
    let texts = "text,label\n=1+1,0\n\"@SUM(A1), or so\",1\n-minus,0\n+plus,1\n";
    place.write("in.csv", texts);
    place
        .run("preprocess in.csv -o pp.csv --output-column pp --rules tidy")
        .expect(0);
    place
        .run("split in.csv -o out --label-column label --train 2 --test 2 --min-chars 0 --rules none")
        .expect(0);
    let column = |file: &str| -> Vec<String> {
        let lines = fields(&place.read(file));
        lines[1..].iter().map(|line| line[0].clone()).collect()
    };
    let expected = ["=1+1", "@SUM(A1), or so", "-minus", "+plus"];
    assert_eq!(column("pp.csv"), expected);
    let mut drawn = [column("out/train.csv"), column("out/test.csv")].concat();
    drawn.sort_by_key(|text| expected.iter().position(|one| one == text));
    assert_eq!(drawn, expected);
}
