use super::*;
use crate::Style;
use crate::fixtures;
use fsl_metrics::{Center, Collapse, Confusion, Metrics};

const HOSTILE: &str = "</script><img src=x onerror=\"alert(1)\"> & <!-- ]]> \u{2028}";

fn texts() -> TextSet {
    TextSet {
        texts: vec![HOSTILE.into()],
        labels: vec![1],
        classes: Classes::zero_one(),
        rows: vec![TextRow {
            place: 0,
            label: HOSTILE.into(),
            probabilities: Probabilities::two_class(vec![0.25]),
            predicted: vec![vec![0]],
        }],
    }
}

fn page() -> Page {
    let mut table = fixtures::complete();
    table.title = HOSTILE.into();
    table.rows[0].label = HOSTILE.into();
    Page {
        title: HOSTILE.into(),
        program: "fsl-exp 0.1.0".into(),
        sections: vec![Section {
            style: Style::default(),
            verdicts: vec![VerdictLine {
                row: HOSTILE.into(),
                against: "bow".into(),
                word: "better".into(),
                evidence: vec![HOSTILE.into(), HOSTILE.into()],
            }],
            figures: vec![Figure {
                name: "seeds".into(),
                plot: crate::plot::points(
                    "F1",
                    &[crate::plot::RowPoints {
                        label: HOSTILE.into(),
                        values: vec![0.5],
                        center: 0.5,
                        interval: None,
                    }],
                )
                .unwrap(),
                caption: HOSTILE.into(),
            }],
            trials: vec![TrialDetail {
                row: HOSTILE.into(),
                number: 1,
                key: "00".into(),
                metrics: Some(Metrics::from(Confusion::default()).into()),
                secs: Some(3700.0),
                started: Some(1_795_419_830),
                host: HOSTILE.into(),
                remarks: vec![HOSTILE.into()],
                record: HOSTILE.into(),
                log: HOSTILE.into(),
            }],
            further: Vec::new(),
            texts: Some(texts()),
            table,
        }],
        places: vec![HostUsage {
            host: HOSTILE.into(),
            kind: HOSTILE.into(),
            trials: 1,
            secs: 0.5,
            span: (1, 2),
        }],
    }
}

#[test]
fn nothing_hostile_becomes_an_element() {
    let html = render_page(&page());
    assert_eq!(html.matches("<img").count(), 0);
    // The style's own, the script's own and that of the data.
    assert_eq!(html.matches("</script>").count(), 2);
    assert_eq!(html.matches("<script").count(), 2);
    assert_eq!(html.matches("<!--").count(), 0);
    assert!(html.contains("&lt;/script&gt;&lt;img src=x"));
}

#[test]
fn the_data_are_the_texts_again() {
    let page = page();
    let html = render_page(&page);
    let data = html
        .split("<script type=\"application/json\">")
        .nth(1)
        .unwrap();
    let data: serde_json::Value =
        serde_json::from_str(data.split("</script>").next().unwrap()).unwrap();
    assert_eq!(data["texts"][0], HOSTILE);
    assert_eq!(data["rows"][0]["label"], HOSTILE);
    assert_eq!(data["rows"][0]["p"][0], 250);
}

#[test]
fn the_page_asks_for_nothing_and_allows_its_own_script_only() {
    let html = render_page(&page());
    assert!(html.contains("default-src 'none'; style-src 'sha256-"));
    let addresses = html.matches("http").count();
    // The name space of SVG is a name, not an address; "http-equiv" is a word.
    let names = html.matches("http://www.w3.org/2000/svg").count();
    assert_eq!(addresses, names + html.matches("http-equiv").count());
    assert_eq!(html, render_page(&page()));
}

#[test]
fn durations_are_readable() {
    let texts = [0.04, 59.2, 245.0, 3900.0].map(time::duration);
    assert_eq!(texts, ["0.0 s", "59.2 s", "4 min 05 s", "1 h 05 min"]);
}

#[test]
fn collapsed_trials_more_figures_and_signatures_are_shown() {
    let mut page = page();
    let section = &mut page.sections[0];
    section.table.rows[0].label = "bow".into();
    let extra = &mut section.table.rows[1].diagnostics;
    extra.collapsed = vec![(2, vec![Collapse::OneClass])];
    extra.signature = "f1|n:4|mean|sd:ddof1|ci:t95|thr:0.5|vary:init+order|test:tweets@0123456789|prec:f32|v:0.1.0"
        .parse()
        .ok();
    extra.evaluations = [0.75, 0.77].map(fixtures::evaluation).to_vec();
    let html = render_page(&page);
    let said = "1 trial of FSL MiniLM collapsed and counts as usual (one class only: 3)";
    assert!(html.contains(said), "{html}");
    assert!(html.contains("95 % intervals of F1: of the mean over trials by Student's t"));
    let more = html.split("id=\"more-0\"").nth(1).unwrap();
    let fsl = more.split("FSL MiniLM").nth(1).unwrap();
    let fsl = &fsl[..fsl.find("</tr>").unwrap()];
    assert!(
        fsl.contains(">76.00 ± 1.41<") && fsl.contains(">12.50 ± 0.00<"),
        "{fsl}"
    );
    assert!(
        fsl.contains("ci:t95|thr:0.5") && fsl.contains(">68.44 ± 1.24<") && fsl.contains(">–<"),
        "{fsl}"
    );
    for row in &mut page.sections[0].table.rows {
        row.trials.clear();
    }
    assert!(!render_page(&page).contains("id=\"more-0\""));
}

#[test]
fn the_interval_is_that_of_the_centre() {
    let mut page = page();
    page.sections[0].style = Style {
        center: Center::Median,
        ..Style::default()
    };
    // Of four values, the bootstrap's ends are the smallest and the largest.
    let html = render_page(&page);
    assert!(
        html.contains(">64.50 to 70.13<") || html.contains(">64.50 to 70.12<"),
        "{html}"
    );
    assert!(html.contains("95 % intervals of F1: of the median over trials by bootstrap"));
}

/// The page with three classes, all of them called hostile things, and a row of two trials.
fn page_of_classes() -> Page {
    let mut page = page();
    let names = ["plain".to_owned(), HOSTILE.to_owned(), "x".repeat(300)];
    let classes = Classes::new(names.to_vec(), None).unwrap();
    let labels = [0, 1, 2, 2];
    let all = [
        vec![
            0.5, 0.25, 0.25, 0.125, 0.75, 0.125, 0.5, 0.25, 0.25, 0.25, 0.25, 0.5,
        ],
        vec![
            0.5, 0.25, 0.25, 0.125, 0.125, 0.75, 0.5, 0.25, 0.25, 0.25, 0.25, 0.5,
        ],
    ];
    let all = all.map(|values| Probabilities::new(3, values));
    let section = &mut page.sections[0];
    section.table.metrics.classes = classes.clone();
    for row in &mut section.table.rows {
        row.trials.clear();
    }
    section.table.rows[1].trials = (0..)
        .zip(&all)
        .map(|(trial, said)| {
            let metrics = RecordMetrics::new(&classes, &labels, said).unwrap();
            crate::TrialMetrics::new(trial, &metrics)
        })
        .collect();
    let predicted: Vec<_> = all.iter().map(Probabilities::predicted).collect();
    section.texts = Some(TextSet {
        texts: vec![HOSTILE.into(), "b".into(), "c".into(), "d".into()],
        labels: labels.to_vec(),
        classes,
        rows: vec![TextRow {
            place: 1,
            label: HOSTILE.into(),
            probabilities: all[0].clone(),
            predicted,
        }],
    });
    page
}

/// The data of the page's scripts, in order.
fn embedded(html: &str) -> Vec<serde_json::Value> {
    let parts = html.split("<script type=\"application/json\">").skip(1);
    parts
        .map(|part| serde_json::from_str(part.split("</script>").next().unwrap()).unwrap())
        .collect()
}

#[test]
fn classes_are_data_and_hostile_names_no_elements() {
    let html = render_page(&page_of_classes());
    assert_eq!(html.matches("<img").count(), 0);
    // Three scripts, and the data of two.
    assert_eq!(html.matches("</script>").count(), 5);
    assert_eq!(html.matches("<!--").count(), 0);
    let [figures, texts] = embedded(&html).try_into().unwrap();
    assert_eq!(figures["classes"][1], HOSTILE);
    let row = &figures["rows"][0];
    assert_eq!((&row["place"], &row["trials"]), (&1.into(), &2.into()));
    assert_eq!(row["support"], serde_json::json!([1, 1, 2]));
    // Of class 1 one trial finds the one text; of class 2 both find one of two, and one trial adds a false alarm.
    assert_eq!(
        row["figures"],
        serde_json::json!([[5000, 10_000, 6667], [5000, 5000, 5000], [7500, 5000, 5833]])
    );
    assert_eq!(
        row["cells"],
        serde_json::json!([[0, 0, 2], [1, 1, 1], [1, 2, 1], [2, 0, 2], [2, 2, 2]])
    );
    let said = &texts["rows"][0];
    assert_eq!(said["predicted"], serde_json::json!([0, 1, 0, 2]));
    assert_eq!(said["p"], serde_json::json!([500, 750, 500, 500]));
    assert_eq!(said["truth"], serde_json::json!([500, 750, 250, 500]));
    assert_eq!(
        said["votes"],
        serde_json::json!([0, [[1, 1], [2, 1]], 0, 0])
    );
}

#[test]
fn pages_of_zero_and_one_have_nothing_of_other_classes() {
    let html = render_page(&page());
    assert!(!html.contains("class-texts") && !html.contains("fsl-pick"));
    assert_eq!(html.matches("sha256-").count(), 2);
    assert!(html.contains("Probability of label 1 for each row"));
    let html = render_page(&page_of_classes());
    assert_eq!(html.matches("sha256-").count(), 5);
    assert!(!html.contains("label 1"));
}

/// Of many trials each has a line of some hundred characters, and only examples have a record.
#[test]
fn many_trials_take_a_line_each() {
    let mut page = page();
    let line = |number| TrialLine {
        number,
        key: "0123456789abcdef".repeat(2),
        metrics: Some(Metrics::from(Confusion::default()).into()),
        secs: Some(0.25),
        remarks: String::new(),
    };
    page.sections[0].further = vec![RowTrials {
        row: HOSTILE.into(),
        trials: (1..=20_000).map(line).collect(),
    }];
    let html = render_page(&page);
    assert!(html.contains("\n20000\t0123456789abcdef0123456789abcdef\t0.00"));
    assert!(html.contains("20,000 trials"));
    assert_eq!(html.matches("<img").count(), 0);
    assert!(html.len() < 3_000_000, "{}", html.len());
}

#[test]
fn the_same_texts_are_on_the_page_once() {
    let mut page = page();
    let mut again = page.sections[0].clone();
    again.table.title = "again".into();
    page.sections.push(again);
    let html = render_page(&page);
    let [first, second] = embedded(&html).try_into().unwrap();
    assert_eq!(first["texts"][0], HOSTILE);
    assert_eq!(second["texts"], 0);
    assert_eq!(second["rows"], first["rows"]);
}
