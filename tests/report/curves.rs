//! Curves over the points of sweeps.

use super::*;

/// The plots of a finished sweep over a bag of words and the mean of its trials, by name.
fn plotted(sweep: &str) -> (Workplace, Vec<String>) {
    let place = Workplace::new();
    let rows = "[[row]]\nid = \"bow\"\nmethod.bow = {}\n[[row]]\nid = \"mean\"\nmethod.ensemble = { of = \"bow\" }\n";
    let trials = "count = 3\nvary = [\"sample\"]\ntrain-size = 4";
    place.write("s.toml", spec("s", trials, rows) + "\n" + sweep);
    place.run("run s.toml --quiet").expect(0);
    place
        .run("report s.toml --plots plots --output page.html")
        .expect(0);
    let mut names: Vec<String> = crate::support::entries(&place.join("plots"))
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "svg"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with("s-paired"))
        .collect();
    names.sort();
    (place, names)
}

#[test]
fn curves_are_drawn_by_size_once_for_every_value_of_the_data() {
    let (place, names) = plotted(
        "[sweep.grid]\ntrials.train-size = [4, 6, 8]\ndata.preprocess = [\"none\", \"reference\"]\n",
    );
    insta::assert_debug_snapshot!(names, @r#"
    [
        "s-calibration",
        "s-cost-none",
        "s-cost-reference",
        "s-curve-trials-train-size-none",
        "s-curve-trials-train-size-reference",
        "s-members",
        "s-precision-recall",
        "s-seeds",
    ]
    "#);
    let curve = place.read("plots/s-curve-trials-train-size-reference.svg");
    assert!(
        curve.contains("labelled texts")
            && curve.contains(">\nbow\n<")
            && curve.contains(">\nmean\n<")
    );
    assert!(
        place
            .read("plots/s-seeds.svg")
            .contains(">\nmean 6 reference\n<")
    );
    let cost = place.read("plots/s-cost-none.svg");
    assert!(cost.contains("seconds of a trial") && cost.contains(">\nmean\n<"));
    let page = place.read("page.html");
    assert!(page.contains("F1 against labelled texts at preprocess=reference"));
    assert!(page.contains("F1 against the median seconds of a trial at preprocess=none"));
    // At every point the mean is held against the trials there: six comparisons, none across sizes.
    assert_eq!(page.matches("class=\"word word-").count(), 6);
}

#[test]
fn a_key_that_another_determines_has_no_curve_and_seeds_have_none() {
    let zip = "[sweep]\nzip = { trials.train-size = [4, 8], row.bow.method.bow.c = [0.5, 2] }\n";
    insta::assert_debug_snapshot!(plotted(zip).1, @r#"
    [
        "s-calibration",
        "s-cost",
        "s-curve-trials-train-size",
        "s-members",
        "s-precision-recall",
        "s-seeds",
    ]
    "#);
    insta::assert_debug_snapshot!(plotted("[sweep.grid]\ntrials.seed = [1, 2]\n").1, @r#"
    [
        "s-calibration",
        "s-cost",
        "s-members",
        "s-precision-recall",
        "s-seeds",
    ]
    "#);
}

#[test]
fn seeds_are_one_curve() {
    let sweep = "[sweep.grid]\ntrials.train-size = [4, 6, 8]\ntrials.seed = [1, 2, 3]\n";
    let (place, names) = plotted(sweep);
    let curves: Vec<_> = names.iter().filter(|name| name.contains("curve")).collect();
    assert_eq!(curves, ["s-curve-trials-train-size"]);
    let page = place.read("page.html");
    assert!(page.contains("the mean over the values of trials.seed"));
}
