//! The report of an experiment with three classes, as a browser sees it.

use std::path::PathBuf;

use super::quiet;
use crate::support::browser::{Browser, chromium};
use crate::support::{Workplace, spec};

const HOSTILE: &str = "</script><img src=x onerror=\"document.title='owned'\">";

/// A finished experiment whose third class has a hostile name, and its report.
fn reported() -> (Workplace, PathBuf) {
    let place = Workplace::new();
    let words = ["warm bright", "cold dark", "loud quick"];
    let names = ["good", "bad", &HOSTILE.replace('"', "\"\"")].map(|name| format!("\"{name}\""));
    for (file, count) in [("train.csv", 24), ("test.csv", 60)] {
        let lines = (0..count).map(|line| {
            // Every seventh text is labelled as something else than it says.
            let label = (line + usize::from(line % 7 == 0)) % 3;
            format!("{} text {line},{}\n", words[line % 3], names[label])
        });
        let lines: String = lines.collect();
        place.write(file, format!("text,label\n{lines}"));
    }
    let rows = "[[row]]\nid = \"random\"\nmethod.random = { draws = 1 }\n[[row]]\nid = \"bow\"\nmethod.bow = {}\n[[row]]\nid = \"mean\"\nmethod.ensemble = { of = \"bow\" }\n";
    let trials = "count = 3\nshots = 4\nvary = [\"sample\", \"init\"]";
    place.write("s.toml", spec("s", trials, rows));
    place.run("run s.toml --quiet").expect(0);
    place.run("report s.toml --output page.html").expect(0);
    let page = place.join("page.html");
    (place, page)
}

#[test]
fn plots_of_two_classes_are_not_drawn_of_three() {
    let (place, _) = reported();
    place
        .run("report s.toml --plots plots --output page.html")
        .expect(0);
    let plots = crate::support::entries(&place.join("plots"));
    let names: Vec<_> = plots
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(names.contains(&"s-seeds.svg".to_owned()), "{names:?}");
    let of_two = |name: &&String| name.contains("calibration") || name.contains("precision");
    assert_eq!(names.iter().find(of_two), None);
}

#[test]
fn two_classes_go_by_their_names() {
    let place = Workplace::new();
    for file in ["train.csv", "test.csv"] {
        let named = place.read(file).replace(",1\n", ",spam\n");
        place.write(file, named.replace(",0\n", ",ham\n"));
    }
    let rows = "[[row]]\nid = \"bow\"\nmethod.bow = {}\n";
    let with_positive = spec("s", "", rows).replace("[data]", "[data]\npositive = \"spam\"");
    place.write("s.toml", with_positive);
    place.run("run s.toml --quiet").expect(0);
    place
        .run("report s.toml --plots plots --output page.html")
        .expect(0);
    let calibration = place.read("plots/s-calibration.svg");
    assert!(calibration.contains("share of `spam`"), "{calibration}");
    let page = place.read("page.html");
    assert!(page.contains("Precision of `spam` against recall") && !page.contains("label 1"));
}

mod needs_browser {
    use super::*;

    fn set(browser: &mut Browser, part: &str, name: &str, value: &str) {
        browser.eval(&format!(
            "{{ const field = document.querySelector('section.{part} [name={name}]'); field.value = {value}; field.dispatchEvent(new Event('input')); }}"
        ));
    }

    #[test]
    #[ignore = "needs Chromium (FSL_EXP_CHROMIUM or on the PATH)"]
    fn classes_are_sorted_confusions_pick_texts_and_nothing_hostile_runs() {
        let program = chromium().expect("this test needs Chromium");
        let (_place, page) = reported();
        let mut browser = Browser::start(&program, 1280, 900);
        browser.open(&page);

        let names = "Array.from(document.querySelectorAll('section.classes tbody th')).map((cell) => cell.textContent)";
        let shown = browser.eval(names);
        assert!(
            shown.as_array().unwrap().contains(&HOSTILE.into()),
            "{shown}"
        );
        let support = "Array.from(document.querySelectorAll('section.classes tbody tr')).map((line) => Number(line.cells[1].textContent))";
        browser.eval("document.querySelectorAll('section.classes thead button')[1].click()");
        let sorted = browser.eval(support);
        let sorted: Vec<u64> = serde_json::from_value(sorted).unwrap();
        assert!(sorted.is_sorted_by(|a, b| a >= b) && sorted.iter().sum::<u64>() == 60);
        // Another row keeps the order of the lines.
        set(&mut browser, "classes", "row", "'0'");
        assert_eq!(browser.eval(support), serde_json::json!(sorted));

        a_confusion_is_its_texts(&mut browser);
        the_matrix_is_read_by_keyboard(&mut browser);

        assert_eq!(browser.eval("document.querySelectorAll('img').length"), 0);
        assert_ne!(browser.eval("document.title"), "owned");
        quiet(&browser, &page);
        super::super::narrow(&mut browser, &page);
    }

    /// Every confusion of a row of several trials is as many predictions as the texts that it filters for were given in its trials.
    fn a_confusion_is_its_texts(browser: &mut Browser) {
        let largest = "document.querySelector('.confusions button')";
        let words = browser.eval(&format!("{largest}.textContent"));
        browser.eval(&format!("{largest}.click()"));
        let words = words.as_str().unwrap().to_owned();
        let count: u64 = words
            .rsplit(": ")
            .next()
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let value =
            |name: &str| format!("document.querySelector('section.class-texts [name={name}]')");
        assert_eq!(browser.eval(&format!("{}.value", value("kind"))), "all");
        let chosen = |name: &str| format!("{}.selectedOptions[0].text", value(name));
        let pair = format!(
            "`${{{}}} → ${{{}}}: `",
            chosen("truth"),
            chosen("predicted")
        );
        let pair = browser.eval(&pair);
        assert!(words.starts_with(pair.as_str().unwrap()), "{words} {pair}");
        // Random guesses differ: no text is confused in more than all three trials, nor in less than one.
        let listed = browser.eval("Number(document.querySelector('section.class-texts [name=status]').textContent.split(' ')[0])");
        let listed = listed.as_u64().unwrap();
        assert!(listed <= count && count <= 3 * listed, "{listed} {count}");
        browser.eval(&format!("{}.click()", value("reset")));
        assert_eq!(browser.eval(&format!("{}.value", value("truth"))), "");
    }

    fn the_matrix_is_read_by_keyboard(browser: &mut Browser) {
        browser.eval("document.querySelector('.matrix svg').focus()");
        browser.press("ArrowRight", 39, "");
        let readout = "document.querySelector('.readout').textContent";
        let first = browser.eval(readout);
        assert!(
            first.as_str().unwrap().starts_with("True class "),
            "{first}"
        );
        browser.press("ArrowDown", 40, "");
        assert_ne!(browser.eval(readout), first);
        let cells = "document.querySelectorAll('.matrix rect.hit').length + document.querySelectorAll('.matrix rect.miss').length";
        let drawn = browser.eval(cells);
        for order in ["'name'", "'size'", "'recall'"] {
            set(browser, "classes", "order", order);
            assert_eq!(browser.eval(cells), drawn);
        }
        set(browser, "classes", "unit", "'shares'");
        let text = browser.eval("document.querySelector('.matrix rect.hit + text').textContent");
        assert!(text.as_str().unwrap().contains('.'), "{text}");
        set(browser, "classes", "zoom", "'5'");
        assert_eq!(
            browser.eval("document.querySelectorAll('.matrix text').length"),
            0
        );
    }
}
