//! The HTML report, as a browser sees it.

mod classes;
mod curves;

use std::fs;
use std::path::PathBuf;

use crate::support::browser::{Browser, chromium};
use crate::support::{CHEAP_ROWS, Workplace, spec};

const HOSTILE: &str = "<img src=x onerror=\"document.title='owned'\"> bright and quick";

/// A finished experiment with hostile texts and labels, and its report.
fn reported() -> (Workplace, PathBuf) {
    let place = Workplace::new();
    let mut test = place.read("test.csv");
    test += &format!("\"{}\",1\n", HOSTILE.replace('"', "\"\""));
    test += "\"</script><script>document.title='owned'</script>\",0\n";
    place.write("test.csv", test);
    let rows = CHEAP_ROWS.replace(
        "id = \"bow\"",
        "id = \"bow\"\nlabel = \"bow <b onmouseover=alert(1)>\"",
    );
    place.write("s.toml", spec("s", "count = 3", &rows));
    place.run("run s.toml --quiet").expect(0);
    let ran = place
        .run("report s.toml --plots plots --output page.html")
        .expect(0);
    assert!(!ran.stderr.contains("WARN"), "{}", ran.stderr);
    let page = place.join("page.html");
    (place, page)
}

#[test]
fn plots_are_files_too() {
    let (place, page) = reported();
    for name in ["seeds", "precision-recall", "calibration"] {
        let svg = place.read(&format!("plots/s-{name}.svg"));
        assert!(svg.starts_with("<svg") && svg.contains("fill=\"white\""));
        let png = fs::read(place.join(&format!("plots/s-{name}.png"))).unwrap();
        assert_eq!(&png[1..4], b"PNG");
    }
    let first = fs::read(&page).unwrap();
    place.run("report s.toml --output again.html").expect(0);
    assert!(first == fs::read(place.join("again.html")).unwrap());
    place.run("report s.toml --no-texts --output -").expect(0);
}

#[test]
fn an_input_is_not_overwritten() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    let refused = place.run("report s.toml --output test.csv").expect(2);
    assert!(
        refused.stderr.contains("is a data file of `s.toml`"),
        "{}",
        refused.stderr
    );
}

mod needs_browser {
    use super::*;

    #[test]
    #[ignore = "needs Chromium (FSL_EXP_CHROMIUM or on the PATH)"]
    fn a_browser_shows_sorts_filters_and_runs_nothing_hostile() {
        let program = chromium().expect("this test needs Chromium");
        let (_place, page) = reported();
        let mut browser = Browser::start(&program, 1280, 900);
        browser.open(&page);

        let labels = "Array.from(document.querySelectorAll('#table-0 tbody th')).map((cell) => cell.textContent)";
        let hostile = "bow <b onmouseover=alert(1)>";
        assert_eq!(
            browser.eval(labels),
            serde_json::json!(["random", "majority", hostile])
        );
        let button = "document.querySelectorAll('#table-0 thead button')[2]";
        browser.eval(&format!("{button}.click()"));
        assert_eq!(
            browser.eval(labels),
            serde_json::json!([hostile, "random", "majority"])
        );
        // By keyboard, the other way.
        browser.eval(&format!("{button}.focus()"));
        browser.press("Enter", 13, "\r");
        assert_eq!(
            browser.eval(labels),
            serde_json::json!(["majority", "random", hostile])
        );
        assert_eq!(
            browser.eval("document.querySelector('#table-0 th[aria-sort=ascending]').textContent"),
            "F1"
        );

        browser.eval(
            "{ const field = document.querySelector('[data-filters=table-0]'); field.value = 'major'; field.dispatchEvent(new Event('input')); }",
        );
        assert_eq!(
            browser.eval("Array.from(document.querySelectorAll('#table-0 tbody tr')).filter((row) => !row.hidden).length"),
            1
        );
        assert_eq!(
            browser.eval("document.getElementById('table-0-shown').textContent"),
            "1 of 3"
        );

        let paper = "getComputedStyle(document.body).backgroundColor";
        browser.eval("document.getElementById('theme').click()");
        let light = browser.eval(paper);
        browser.eval("document.getElementById('theme').click()");
        assert_eq!(
            browser.eval("document.documentElement.dataset.theme"),
            "dark"
        );
        assert_ne!(browser.eval(paper), light);

        browser.eval(
            "{ const kind = document.querySelector('[name=kind]'); kind.value = 'all'; kind.dispatchEvent(new Event('input')); const field = document.querySelector('[name=search]'); field.value = 'onerror'; field.dispatchEvent(new Event('input')); }",
        );
        assert_eq!(
            browser.eval("document.querySelectorAll('ol.list li').length"),
            1
        );
        assert_eq!(
            browser.eval("document.querySelector('ol.list .text').textContent"),
            HOSTILE
        );

        one_row_of_texts(&mut browser);

        assert_eq!(browser.eval("document.querySelectorAll('img').length"), 0);
        assert_ne!(browser.eval("document.title"), "owned");
        quiet(&browser, &page);
        narrow(&mut browser, &page);
    }
}

/// One chosen row is looked at alone, and beside the others where they disagree; probabilities have three digits.
fn one_row_of_texts(browser: &mut Browser) {
    let mut pick = |kind: &str| {
        browser.eval(&format!(
            "for (const [name, value] of [['search', ''], ['left', '0'], ['kind', '{kind}']]) {{ const field = document.querySelector(`[name=${{name}}]`); field.value = value; field.dispatchEvent(new Event('input')); }}"
        ));
        let each = |what: &str| {
            format!(
                "Array.from(document.querySelectorAll('ol.list .facts')).every((facts) => {what})"
            )
        };
        let facts = |browser: &mut Browser, what: &str| browser.eval(&each(what));
        [
            browser.eval("document.querySelectorAll('ol.list li').length > 0"),
            facts(browser, "facts.children.length === 3"),
            facts(browser, "facts.children.length === 5"),
            facts(browser, "/random 0[.][0-9]{3} ✗/.test(facts.textContent)"),
        ]
    };
    assert_eq!(pick("alarm"), [true, true, false, true]);
    assert_eq!(pick("missed"), [true, true, false, true]);
    assert_eq!(pick("wrong"), [true, true, false, true]);
    assert_eq!(pick("disagree")[..3], [true, false, true]);
}

/// No request but for the page itself, no error, no exception.
fn quiet(browser: &Browser, page: &std::path::Path) {
    let of = |method: &'static str| {
        browser
            .events
            .iter()
            .filter(move |event| event["method"] == method)
    };
    let requests: Vec<_> = of("Network.requestWillBeSent")
        .map(|event| {
            event["params"]["request"]["url"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .filter(|url| !url.starts_with("data:"))
        .collect();
    assert_eq!(requests, [format!("file://{}", page.display())]);
    assert_eq!(of("Runtime.exceptionThrown").count(), 0);
    assert_eq!(
        of("Log.entryAdded").count(),
        0,
        "{:?}",
        of("Log.entryAdded").next()
    );
    assert_eq!(of("Runtime.consoleAPICalled").count(), 0);
}

/// On a telephone nothing but tables and plots, in frames of their own, is wider than the window.
fn narrow(browser: &mut Browser, page: &std::path::Path) {
    let size =
        serde_json::json!({ "width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": true });
    browser.ask("Emulation.setDeviceMetricsOverride", size);
    browser.open(page);
    assert_eq!(browser.eval("document.documentElement.scrollWidth"), 400);
    if let Some(folder) = std::env::var_os("FSL_EXP_SCREENSHOTS") {
        browser.screenshot(&PathBuf::from(folder).join("narrow.png"));
    }
}

#[test]
fn arms_with_paths_stay_in_the_folder_and_apart() {
    let place = Workplace::new();
    let train = place.read("train.csv");
    place.write("more/train.csv", &train);
    place.write("more-train.csv", train + "\"another warm text\",1\n");
    let trials = "count = 3\nvary = [\"sample\"]\ntrain-size = 4";
    let rows = "[[row]]\nid = \"bow\"\nmethod.bow = {}\n\n[sweep.grid]\ndata.train = [\"train.csv\", \"more/train.csv\", \"more-train.csv\", \"more/../train.csv\"]\n";
    place.write("s.toml", spec("s", trials, rows));
    place.run("run s.toml --quiet").expect(0);
    place
        .run("export s.toml --tensorboard deep/tb --trials t.csv")
        .expect(0);
    let folders = crate::support::entries(&place.join("deep/tb/s"));
    assert_eq!(folders.len(), 4, "{folders:?}");
    for folder in folders {
        assert_eq!(crate::support::entries(&folder).len(), 3, "{folder:?}");
    }
    assert_eq!(crate::support::entries(&place.join("deep")).len(), 1);
    place
        .run("report s.toml --plots deep/plots --output page.html")
        .expect(0);
    let plots = crate::support::entries(&place.join("deep/plots"));
    assert!(plots.iter().all(|path| path.is_file()), "{plots:?}");
    let paired = plots.iter().filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("s-paired-") && name.ends_with(".svg")
    });
    assert_eq!(paired.count(), 3, "{plots:?}");
}

#[test]
fn collapsed_trials_are_named_and_coins_are_not() {
    let place = Workplace::new();
    let test = place.read("test.csv");
    let flipped =
        test.lines().map(
            |line| match (line.strip_suffix(",0"), line.strip_suffix(",1")) {
                (Some(text), _) => format!("{text},1\n"),
                (_, Some(text)) => format!("{text},0\n"),
                _ => format!("{line}\n"),
            },
        );
    let flipped: String = flipped.collect();
    place.write("test.csv", flipped);
    place.write("s.toml", spec("s", "count = 3", CHEAP_ROWS));
    place.run("run s.toml --quiet").expect(0);
    place
        .run("report s.toml --paper paper --output page.html")
        .expect(0);
    let said = "1 trial of bow collapsed and counts as usual (worse than chance: 1)";
    let page = place.read("page.html");
    assert!(page.contains(said));
    assert!(page.contains(">collapsed: worse than chance<"));
    assert!(!page.contains("one class only") && !page.contains("of random collapsed"));
    assert!(page.contains("More figures") && page.contains("ROC AUC"));
    let bars = place.read("paper/error-bars.txt");
    assert!(bars.contains(said), "{bars}");
    assert!(
        place
            .run("table s.toml")
            .expect(0)
            .stdout
            .contains("worse than chance: 1")
    );
}

#[test]
fn a_paper_has_every_setting_of_every_row() {
    let place = Workplace::new();
    let rows = "[[row]]\nid = \"bow\"\nlabel = \"[bow] \\u0007\"\nmethod.bow = {}\n[[row]]\nid = \"mean\"\nmethod.ensemble = { of = \"bow\" }\n[[row]]\nid = \"majority\"\nmethod.majority = {}\n";
    let trials = "count = 3\nvary = [\"sample\", \"order\"]\ntrain-size = 4";
    place.write("s.toml", spec("s", trials, rows));
    place.run("run s.toml --quiet").expect(0);
    // A control character in a label is no reason to draw nothing.
    place
        .run("report s.toml --paper paper --plots plots --output page.html")
        .expect(0);
    let settings = place.read("paper/settings.md");
    for line in [
        "data.train | train.csv |",
        "data.test | test.csv |",
        "data.label | label |",
        "data.preprocess | none |",
        "trials.train-size | 4 |",
        "trials.seed | 42 |",
        "trials.count | 3 |",
        "trials.vary | sample |",
        "method | bow |",
        "bow.c | 1",
        "mean | ensemble.of | s/bow |",
        "mean | ensemble.size | 3 |",
        "majority | method | majority |",
    ] {
        assert!(settings.contains(line), "{line}\n{settings}");
    }
    assert!(!settings.contains("null"), "{settings}");
    let table = place.read("paper/table.tex");
    assert!(
        table.contains("\n    {}[bow] \\textbackslash{}u\\{7\\} & 3 &"),
        "{table}"
    );
    assert!(
        place
            .read("paper/settings.tex")
            .contains("\n  {}[bow] \\textbackslash{}u\\{7\\} & data.train")
    );
}

#[test]
fn a_page_without_any_result_is_not_done() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    let ran = place.run("report s.toml --output deep/page.html").expect(3);
    assert!(
        ran.stderr.contains("created the folder `deep`"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("no row has a result yet"),
        "{}",
        ran.stderr
    );
    assert!(place.read("deep/page.html").starts_with("<!DOCTYPE html>"));
    place.run("run s.toml --quiet").expect(0);
    let ran = place.run("report s.toml --output deep/page.html").expect(0);
    assert!(!ran.stderr.contains("made the folder"), "{}", ran.stderr);
}

#[test]
fn an_export_bears_the_name_of_what_it_is() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    place.run("run s.toml --quiet").expect(0);
    for (option, file, allowed) in [
        ("--trials", "x.parquet", "`.csv` or `.jsonl` or `.ndjson`"),
        (
            "--predictions",
            "x.jsonl",
            "`.csv`, or `-` for standard output",
        ),
        (
            "--samples",
            "x.csv.gz",
            "`.csv`, or `-` for standard output",
        ),
    ] {
        let refused = place
            .run(&format!("export s.toml {option} {file}"))
            .expect(2);
        assert!(refused.stderr.contains(allowed), "{}", refused.stderr);
        assert!(!place.join(file).exists());
    }
    place.run("export s.toml --trials x.NDJSON").expect(0);
    assert!(place.read("x.NDJSON").starts_with('{'));
    place
        .run("export s.toml --trials x --predictions x.CSV")
        .expect(0);
}
