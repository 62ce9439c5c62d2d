//! The numbers of pages for people: reports, plots, what papers include, and tables on the terminal. Their words may change.

use std::fs;

use super::added::without_columns_of_page;
use super::golden::{Outputs, check, check_encoders};
use super::place::{freeze_records, place};
use super::{cells, save};
use crate::support::{Workplace, files_below};

#[test]
fn pages_of_classic_methods_are_as_they_were() {
    let place = place();
    let mut outputs = Outputs::new();
    for spec in ["methods", "swept"] {
        place.run(&format!("run {spec}.toml --quiet")).expect(0);
        freeze_records(&place);
        pages_of_spec(&mut outputs, &place, spec);
    }
    let compared = place
        .run("compare methods.toml --format markdown")
        .expect(0);
    outputs.insert("methods/compare.md".into(), cells(&compared.stdout));
    let judged = place.run("check-published methods.toml --format markdown");
    // The last column says why, in a sentence.
    let without_why = |line: &str| line.split_inclusive('|').take(8).collect::<String>() + "\n";
    let rows = judged.stdout.lines().filter(|line| line.starts_with('|'));
    let judged: String = rows.map(without_why).collect();
    outputs.insert("methods/published.md".into(), judged.into_bytes());
    check("pages", &outputs);
}

/// Both streams' shares of the spread, and the pages of a crossed design.
#[test]
fn pages_of_a_crossed_encoder_are_as_they_were() {
    let place = place();
    let mut outputs = Outputs::new();
    place.run("run components.toml --quiet").expect(0);
    freeze_records(&place);
    save(
        &mut outputs,
        &place,
        "variance components.toml --format json",
        "components/variance.json",
    );
    let parts = place
        .run("variance components.toml --format markdown")
        .expect(0);
    outputs.insert("components/variance.md".into(), cells(&parts.stdout));
    pages_of_spec(&mut outputs, &place, "components");
    check_encoders("encoder-pages", &mut outputs);
}

/// The report, its plots, what a paper includes, and the rows of the terminal's table.
fn pages_of_spec(outputs: &mut Outputs, place: &Workplace, spec: &str) {
    let (page, plots, paper) = (
        format!("{spec}.html"),
        format!("plots-{spec}"),
        format!("paper-{spec}"),
    );
    place
        .run(&format!(
            "report {spec}.toml -o {page} --plots {plots} --paper {paper}"
        ))
        .expect(0);
    let html = place.read(&page);
    let numbers = values(&without_columns_of_page(&html));
    outputs.insert(format!("{spec}/report-values.txt"), numbers);
    outputs.insert(format!("{spec}/report-texts.json"), embedded(&html));
    for folder in [plots, paper] {
        for path in files_below(&place.join(&folder)) {
            let name = path.file_name().unwrap().to_string_lossy();
            // Plots of what scores cost came later, and no two runs take the same time.
            if name.contains("-cost") {
                continue;
            }
            let text = || fs::read_to_string(&path).unwrap();
            let bytes = match path.extension().and_then(|kind| kind.to_str()) {
                Some("svg") => shapes(&text()),
                // These hold words: a picture's titles, and sentences.
                Some("png" | "txt") => Vec::new(),
                _ if name.starts_with("table") => cells(&text()),
                _ => text().into_bytes(),
            };
            outputs.insert(format!("{folder}/export/{name}"), bytes);
        }
    }
    for options in ["", "--against ROW --center median --ddof 0"] {
        let against = if spec == "components" { "fsl" } else { "bow" };
        let options = options.replace("ROW", against);
        let table = place.run(&format!("table {spec}.toml {options}")).expect(0);
        let is_row = |line: &&str| line.starts_with(' ') && line.contains('±');
        let rows = table.stdout.lines().filter(is_row);
        let words = rows.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        let name = format!("{spec}/terminal-{}.txt", options.len());
        outputs.insert(name, words.collect::<Vec<_>>().join("\n").into_bytes());
    }
}

/// The numbers that a page sorts its tables by, a line each.
fn values(html: &str) -> Vec<u8> {
    let parts = html.split("data-value=\"").skip(1);
    let values: Vec<&str> = parts.map(|part| part.split('"').next().unwrap()).collect();
    assert!(values.len() > 10);
    values.join("\n").into_bytes()
}

/// The test texts with their probabilities, as the page's script reads them.
fn embedded(html: &str) -> Vec<u8> {
    let (_, rest) = html
        .split_once("<script type=\"application/json\">")
        .unwrap();
    rest.split_once("</script>").unwrap().0.into()
}

/// The shapes of a picture without its words.
fn shapes(svg: &str) -> Vec<u8> {
    let shapes: Vec<&str> = svg.lines().filter(|line| line.starts_with('<')).collect();
    assert!(shapes.len() > 5);
    shapes.join("\n").into_bytes()
}
