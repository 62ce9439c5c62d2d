//! The line under a table: n, how the spread was made, and what varied.

use super::document::{Notation, Prose};
use super::text::{self, counted, percent};
use super::{
    Against, Caption, ChanceLevel, ExperimentTable, F1Source, RowState, Signature, Style,
    TableMetrics, TableRow,
};
use fsl_common::classes::Classes;
use fsl_metrics::{Center, Metric, RESAMPLES};

/// One sentence that lets a reader judge the spread.
pub(super) fn sentence(table: &ExperimentTable, style: &Style, notation: Notation) -> Prose {
    let Caption {
        varied,
        crossed,
        fixed,
        data,
        warnings,
        computed,
        ..
    } = &table.caption;
    let mut parts = vec![];
    if runs_once(table) {
        let unit = unit(table, notation);
        parts.push(format!("n = 1 trial per row, without spread (–), {unit}"));
    } else {
        parts.push(trials(table));
        parts.push(statistic(table, style, notation));
    }
    if table.rows.iter().any(|row| row.ensemble.is_some()) {
        parts.push(format!(
            "spread of an ensemble: sd over {RESAMPLES} resamplings of its members"
        ));
    }
    if style.f1 == F1Source::Rounded {
        parts.push("F1 from P and R rounded to two decimals".to_owned());
    }
    if !runs_once(table) {
        if !varied.is_empty() {
            parts.push(format!("varied: {}", varied.join(", ")));
        } else if crossed.is_empty() {
            parts.push("varied: nothing".to_owned());
        }
        if !crossed.is_empty() {
            parts.push(format!("crossed: {}", crossed.join(" or ")));
        }
        if !fixed.is_empty() {
            parts.push(format!("fixed: {}", fixed.join(", ")));
        }
    }
    parts.extend(Some(data.clone()).filter(|data| !data.is_empty()));
    let mut parts: Vec<Prose> = parts.into_iter().map(Prose::from).collect();
    // Classes are named in them.
    parts.extend(warnings.iter().map(Prose::name));
    // So are encoders.
    parts.extend((!computed.is_empty()).then(|| Prose::name(computed)));
    parts.extend(averaged(&table.metrics));
    parts.extend(table.rows.iter().filter_map(collapsed));
    let metric = table.metrics.primary();
    parts.extend(chance(table));
    parts.extend(table.against.as_ref().map(|row| against(row, metric)));
    Prose::joined(parts, "; ").then(".")
}

/// The trials of a row that did not learn; they are part of every figure.
fn collapsed(row: &TableRow) -> Option<Prose> {
    let what = row.diagnostics.collapsed_words()?;
    let kind = match row.ensemble {
        Some(_) => "member",
        None => "trial",
    };
    let count = row.diagnostics.collapsed.len();
    let counts = if count == 1 { "counts" } else { "count" };
    let members = counted(count as u64, kind);
    Some(
        Prose::from(format!("{members} of "))
            .then_name(&row.label)
            .then(format!(" collapsed and {counts} as usual ({what})")),
    )
}

/// What the primary metric comes to without a look at the texts, dataset by dataset.
fn chance(table: &ExperimentTable) -> Option<Prose> {
    let (levels, metric) = (&table.caption.chance, table.metrics.primary());
    let value = |value| text::metric_value(metric, value);
    let level = |level: &ChanceLevel| {
        let values = format!("{} / {}", value(level.uniform), value(level.most_frequent));
        match levels.len() {
            1 => Prose::from(values),
            _ => Prose::name(&level.data).then(" ").then(values),
        }
    };
    let heading = table.metrics.heading(metric);
    let said = format!(
        "{heading} by chance (each class equally often / always the most frequent class): "
    );
    let all = Prose::joined(levels.iter().map(level), ", ");
    (!levels.is_empty()).then(|| Prose::joined([Prose::from(said), all], ""))
}

fn against(against: &Against, metric: &Metric) -> Prose {
    let holm = match against.comparisons {
        0 | 1 => String::new(),
        count => format!(", p adjusted for {count} comparisons (Holm)"),
    };
    let (margin, metric) = (percent(against.margin), metric.label);
    Prose::from("compared with ".to_owned())
        .then_name(&against.label)
        .then(format!(" at a margin of {margin} points of {metric}{holm}"))
}

/// The label and the signature of every row that has one, where they are asked for.
pub(super) fn signatures<'a>(
    table: &'a ExperimentTable,
    style: &Style,
) -> Vec<(&'a str, &'a Signature)> {
    let rows = table.rows.iter().filter(|_| style.signature);
    rows.filter_map(|row| Some((row.label.as_str(), row.diagnostics.signature.as_ref()?)))
        .collect()
}

/// Trials that each row asks for, as far as its state tells.
fn wanted(table: &ExperimentTable) -> impl Iterator<Item = usize> {
    table.rows.iter().filter_map(|row| match row.state {
        RowState::Complete => Some(row.trials.len()),
        RowState::Partial { wanted, .. } => Some(wanted),
        RowState::Blocked { .. } | RowState::Missing => None,
    })
}

/// Whether no row that is known to run has more than one trial.
fn runs_once(table: &ExperimentTable) -> bool {
    wanted(table).max().unwrap_or(table.caption.trials) <= 1
}

fn trials(table: &ExperimentTable) -> String {
    let partial = table
        .rows
        .iter()
        .any(|row| matches!(row.state, RowState::Partial { .. }));
    // Rows with a count of their own, and rows that draw from some of the crossed streams only.
    let most = table.caption.trials;
    let fewer = wanted(table).any(|n| 1 < n && n < most);
    let up_to = if partial || fewer { "up to " } else { "" };
    let once = wanted(table).any(|trials| trials == 1);
    let once = if once {
        " (rows without randomness run once: –)"
    } else {
        ""
    };
    format!("n = {up_to}{most} trials per row{once}")
}

/// The unit of the metrics that are shown.
fn unit(table: &ExperimentTable, notation: Notation) -> String {
    let metrics = &table.metrics;
    let shown = match notation {
        Notation::PlusMinus => metrics.shown(),
        Notation::Parentheses => metrics.published(),
    };
    text::unit(&shown, |metric| metrics.heading(metric))
}

/// Which class or classes the metrics are of; nothing for classes called `0` and `1`.
fn averaged(metrics: &TableMetrics) -> Option<Prose> {
    let classes = &metrics.classes;
    if classes.are_zero_one() && !metrics.mixed {
        return None;
    }
    let shown: Vec<&str> = (metrics.shown().into_iter())
        .map(|metric| metrics.heading(metric))
        .filter(|heading| matches!(*heading, "F1" | "P" | "R"))
        .collect();
    if metrics.mixed {
        let of = if classes.has_positive() {
            "the row's positive class"
        } else {
            "macro averages over the row's classes"
        };
        let said = format!("classes differ from row to row; F1, P and R: {of}");
        return Some(said.into());
    }
    let named = class_names(classes);
    Some(match (shown.as_slice(), classes.positive()) {
        ([], _) => named,
        (shown, Some(positive)) => {
            let said =
                Prose::from(format!("{} of class ", text::listed(shown))).then_name(positive);
            Prose::joined([said, named], "; ")
        }
        (shown, None) => {
            let averages = text::plural(shown.len() as u64, "macro average");
            let said = format!("{}: {averages} over the classes", text::listed(shown));
            Prose::joined([Prose::from(said), named], "; ")
        }
    })
}

/// Classes that are named in a sentence at most.
const NAMED: usize = 10;

/// `3 classes (hate, offensive, neither)`; of many classes the first ten.
pub fn classes_sentence(classes: &Classes) -> String {
    class_names(classes).plain()
}

fn class_names(classes: &Classes) -> Prose {
    let names = classes.names().iter().take(NAMED).map(Prose::name);
    let more = match classes.count().saturating_sub(NAMED) {
        0 => ")".to_owned(),
        more => format!(" and {more} more)"),
    };
    let count = Prose::from(format!("{} classes (", classes.count()));
    Prose::joined([count, Prose::joined(names, ", ")], "").then(more)
}

fn statistic(table: &ExperimentTable, style: &Style, notation: Notation) -> String {
    let center = match style.center {
        Center::Mean => "mean",
        Center::Median => "median",
    };
    let kind = match style.ddof {
        0 => "population sd",
        1 => "sample sd",
        _ => "sd",
    };
    let ddof = style.ddof;
    let both = match notation {
        Notation::PlusMinus => format!("{center} ± {kind} (ddof {ddof})"),
        Notation::Parentheses => format!("{center} ({kind}, ddof {ddof})"),
    };
    format!("{both} over trials, {}", unit(table, notation))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn the_centre_and_the_spread_are_named() {
        let table = fixtures::complete();
        let say = |center, ddof, notation| {
            sentence(
                &table,
                &Style {
                    center,
                    ddof,
                    ..Style::default()
                },
                notation,
            )
            .plain()
        };
        insta::assert_snapshot!(say(Center::Mean, 1, Notation::PlusMinus), @"n = 4 trials per row (rows without randomness run once: –); mean ± sample sd (ddof 1) over trials, in percent except MCC; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.");
        insta::assert_snapshot!(say(Center::Median, 0, Notation::Parentheses), @"n = 4 trials per row (rows without randomness run once: –); median (population sd, ddof 0) over trials, in percent; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.");
        insta::assert_snapshot!(say(Center::Mean, 2, Notation::PlusMinus), @"n = 4 trials per row (rows without randomness run once: –); mean ± sd (ddof 2) over trials, in percent except MCC; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.");
    }

    #[test]
    fn f1_from_rounded_figures_is_said() {
        let said = sentence(
            &fixtures::complete(),
            &Style::published(),
            Notation::Parentheses,
        )
        .plain();
        insta::assert_snapshot!(said, @"n = 4 trials per row (rows without randomness run once: –); median (population sd, ddof 0) over trials, in percent; F1 from P and R rounded to two decimals; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.");
    }

    #[test]
    fn one_trial_per_row_has_no_spread_to_explain() {
        let said = sentence(&fixtures::one_run(), &Style::default(), Notation::PlusMinus).plain();
        insta::assert_snapshot!(said, @"n = 1 trial per row, without spread (–), in percent except MCC; 100 training texts, 2,000 test texts.");
    }

    #[test]
    fn unfinished_rows_have_fewer_trials() {
        let said = sentence(&fixtures::partial(), &Style::default(), Notation::PlusMinus).plain();
        insta::assert_snapshot!(said, @"n = up to 4 trials per row (rows without randomness run once: –); mean ± sample sd (ddof 1) over trials, in percent except MCC; varied: init, order, dropout; fixed: sample; 100 training texts, 2,000 test texts.");
    }

    #[test]
    fn collapsed_trials_are_counted_in_the_singular_and_in_the_plural() {
        use fsl_metrics::{Collapse, EnsembleSpread};
        let mut table = fixtures::complete();
        let mut say = |collapsed: &[u64], ensemble: Option<EnsembleSpread>| {
            let trials = collapsed.iter();
            table.rows[1].diagnostics.collapsed = trials
                .map(|&trial| (trial, vec![Collapse::OneClass]))
                .collect();
            table.rows[1].ensemble = ensemble;
            sentence(&table, &Style::default(), Notation::PlusMinus).plain()
        };
        let ensemble = fixtures::spread(4, [0.1; 3]);
        for (collapsed, ensemble, expected) in [
            (
                &[2][..],
                None,
                "; 1 trial of FSL MiniLM collapsed and counts as usual (one class only: 3).",
            ),
            (
                &[0, 2],
                None,
                "; 2 trials of FSL MiniLM collapsed and count as usual (one class only: 1, 3).",
            ),
            (
                &[1],
                Some(ensemble),
                "; 1 member of FSL MiniLM collapsed and counts as usual (one class only: 2).",
            ),
        ] {
            let said = say(collapsed, ensemble);
            assert!(said.ends_with(expected), "{said}");
        }
    }

    #[test]
    fn other_kinds_of_number_than_f32_are_said() {
        let mut table = fixtures::one_run();
        table.caption.computed = "encoders in bf16".to_owned();
        let said = sentence(&table, &Style::default(), Notation::PlusMinus).plain();
        insta::assert_snapshot!(said, @"n = 1 trial per row, without spread (–), in percent except MCC; 100 training texts, 2,000 test texts; encoders in bf16.");
    }

    #[test]
    fn what_makes_scores_doubtful_follows_the_texts() {
        let mut table = fixtures::one_run();
        table.caption.warnings = vec!["2 test texts are empty".to_owned()];
        table.caption.computed = "encoders in bf16".to_owned();
        let said = sentence(&table, &Style::default(), Notation::PlusMinus).plain();
        insta::assert_snapshot!(said, @"n = 1 trial per row, without spread (–), in percent except MCC; 100 training texts, 2,000 test texts; 2 test texts are empty; encoders in bf16.");
    }

    #[test]
    fn chance_levels_are_told_of_one_dataset_and_of_several() {
        let mut table = fixtures::one_run();
        let level = |data: &str, uniform, most_frequent| ChanceLevel {
            data: data.to_owned(),
            uniform,
            most_frequent,
        };
        table.caption.chance = vec![level("cr", 0.5, 0.6375)];
        let said = sentence(&table, &Style::default(), Notation::PlusMinus).plain();
        insta::assert_snapshot!(said, @"n = 1 trial per row, without spread (–), in percent except MCC; 100 training texts, 2,000 test texts; F1 by chance (each class equally often / always the most frequent class): 50.00 / 63.75.");
        table.caption.chance.push(level("sst5", 0.2, 0.286));
        let said = sentence(&table, &Style::default(), Notation::PlusMinus).plain();
        insta::assert_snapshot!(said, @"n = 1 trial per row, without spread (–), in percent except MCC; 100 training texts, 2,000 test texts; F1 by chance (each class equally often / always the most frequent class): cr 50.00 / 63.75, sst5 20.00 / 28.60.");
    }

    #[test]
    fn crossed_streams_are_said_with_their_levels() {
        let mut table = fixtures::complete();
        table.caption.varied = ["order", "dropout"].map(String::from).into();
        table.caption.crossed = vec!["sample × init (2 × 2)".to_owned()];
        table.caption.fixed.clear();
        let said = sentence(&table, &Style::default(), Notation::PlusMinus).plain();
        assert!(
            said.contains("; varied: order, dropout; crossed: sample × init (2 × 2); 100 training"),
            "{said}"
        );
        table.caption.varied.clear();
        table.caption.trials = 6;
        let said = sentence(&table, &Style::default(), Notation::PlusMinus).plain();
        assert!(said.starts_with("n = up to 6 trials per row"), "{said}");
        assert!(said.contains("; crossed: sample × init (2 × 2);"), "{said}");
    }

    #[test]
    fn nothing_varied_is_said() {
        let mut table = fixtures::complete();
        table.caption = Caption {
            trials: 5,
            ..Caption::default()
        };
        let said = sentence(&table, &Style::default(), Notation::PlusMinus).plain();
        insta::assert_snapshot!(said, @"n = up to 5 trials per row (rows without randomness run once: –); mean ± sample sd (ddof 1) over trials, in percent except MCC; varied: nothing.");
    }
}
