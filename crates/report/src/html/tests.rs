use super::*;
use crate::Style;
use crate::fixtures;
use fsl_metrics::{Center, Collapse, Confusion, Metrics};

const HOSTILE: &str = "</script><img src=x onerror=\"alert(1)\"> & <!-- ]]> \u{2028}";

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
            texts: Some(TextSet {
                texts: vec![HOSTILE.into()],
                labels: vec![1],
                classes: Classes::zero_one(),
                rows: vec![TextRow {
                    place: 0,
                    label: HOSTILE.into(),
                    probabilities: Probabilities::two_class(vec![0.25]),
                    predicted: vec![vec![0]],
                }],
            }),
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
