use super::super::fixtures;
use super::*;
use crate::report::Style;

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
                evidence: HOSTILE.into(),
            }],
            figures: vec![Figure {
                name: "seeds".into(),
                plot: crate::report::plot::points(
                    "F1",
                    &[crate::report::plot::RowPoints {
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
                figures: Some([0.5; 3]),
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
                rows: vec![(HOSTILE.into(), vec![0.25])],
                threshold: 0.5,
            }),
            table,
        }],
        places: vec![Place {
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
    let texts = [0.04, 59.2, 245.0, 3900.0].map(page::duration);
    assert_eq!(texts, ["0.0 s", "59.2 s", "4 min 05 s", "1 h 05 min"]);
}
