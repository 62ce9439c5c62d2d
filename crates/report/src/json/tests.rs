use super::*;
use crate::{ExperimentTable, Style, fixtures};

/// The document of one table with only the rows at `keep`.
fn rows(mut table: ExperimentTable, keep: std::ops::Range<usize>) -> String {
    table.rows = table.rows[keep].to_vec();
    render(&fixtures::alike(&[table], &Style::default()))
}

#[test]
fn published_cells_are_there_where_they_are_asked_for() {
    let style = Style {
        published: true,
        ..Style::default()
    };
    let table = fixtures::compared();
    let shown: serde_json::Value = serde_json::from_str(&render(&[(&table, style)])).unwrap();
    let rows = &shown["experiments"][0]["rows"];
    insta::assert_snapshot!(rows[0]["published"], @r#"{"n":1,"center":"median","ddof":0,"f1":{"value":0.564,"sd":null},"precision":{"value":0.6307,"sd":null},"recall":{"value":0.51,"sd":null}}"#);
    insta::assert_snapshot!(rows[1]["published"], @r#"{"n":15,"center":"median","ddof":0,"f1":{"value":0.6441,"sd":0.04650000000000001},"precision":{"value":0.6534,"sd":0.0287},"recall":null}"#);
    assert!(!render(&[(&table, Style::default())]).contains("published"));
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a snapshot is as long as what it shows"
)]
fn complete_rows_have_the_documented_shape() {
    insta::assert_snapshot!(rows(fixtures::complete(), 1..2), @r#"
    {
      "experiments": [
        {
          "name": "quickstart",
          "title": "Positive or negative tweet, from 100 labelled texts",
          "ddof": 1,
          "rows": [
            {
              "id": "fsl",
              "label": "FSL MiniLM",
              "state": "complete",
              "n": 4,
              "f1": {
                "mean": 0.6721875,
                "median": 0.67125,
                "sd": 0.024756627900422948,
                "min": 0.645,
                "max": 0.70125,
                "iqm": 0.67125,
                "intervals": {
                  "mean": {
                    "low": 0.6327941805035093,
                    "high": 0.7115808194964908
                  },
                  "median": {
                    "low": 0.645,
                    "high": 0.70125
                  },
                  "iqm": {
                    "low": 0.645,
                    "high": 0.70125
                  }
                }
              },
              "precision": {
                "mean": 0.69875,
                "median": 0.6975,
                "sd": 0.011989578808281815,
                "min": 0.6875,
                "max": 0.7125,
                "iqm": 0.6975,
                "intervals": {
                  "mean": {
                    "low": 0.6796719046098386,
                    "high": 0.7178280953901613
                  }
                }
              },
              "recall": {
                "mean": 0.649375,
                "median": 0.6375,
                "sd": 0.04951325580084587,
                "min": 0.6075,
                "max": 0.715,
                "iqm": 0.6375,
                "intervals": {
                  "mean": {
                    "low": 0.5705883610070187,
                    "high": 0.7281616389929814
                  }
                }
              },
              "mcc": {
                "mean": 0.37054697786451896,
                "median": 0.3774323193571091,
                "sd": 0.02389166171284623,
                "min": 0.33701089784395777,
                "max": 0.3903123748998999,
                "iqm": 0.3774323193571091,
                "intervals": {
                  "mean": {
                    "low": 0.33253001259195264,
                    "high": 0.4085639431370853
                  }
                }
              },
              "accuracy": {
                "n": 4,
                "mean": 0.6843999999999999,
                "median": 0.68765,
                "iqm": 0.68765,
                "sd": 0.012409942250738585,
                "min": 0.6673,
                "max": 0.695,
                "interval": {
                  "low": 0.6646530125676773,
                  "high": 0.7041469874323227
                }
              },
              "macro_f1": {
                "n": 4,
                "mean": 0.6836214743508053,
                "median": 0.6867489801414806,
                "iqm": 0.6867489801414806,
                "sd": 0.012906324068754,
                "min": 0.6661099859397881,
                "max": 0.6948779511804721,
                "interval": {
                  "low": 0.6630846326771059,
                  "high": 0.7041583160245047
                }
              },
              "roc_auc": null,
              "average_precision": null,
              "calibration_error": null,
              "sampling_error": {
                "f1": 0.005147868877825169,
                "precision": 0.005265340233082737,
                "recall": 0.006719559731291556
              },
              "collapsed": [],
              "signature": null
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a snapshot is as long as what it shows"
)]
fn one_run_has_no_spread() {
    insta::assert_snapshot!(rows(fixtures::complete(), 0..1), @r#"
    {
      "experiments": [
        {
          "name": "quickstart",
          "title": "Positive or negative tweet, from 100 labelled texts",
          "ddof": 1,
          "rows": [
            {
              "id": "bow",
              "label": "bow",
              "state": "complete",
              "n": 1,
              "f1": {
                "mean": 0.564,
                "median": 0.564,
                "sd": null,
                "min": 0.564,
                "max": 0.564,
                "iqm": 0.564,
                "intervals": {
                  "mean": null
                }
              },
              "precision": {
                "mean": 0.6307,
                "median": 0.6307,
                "sd": null,
                "min": 0.6307,
                "max": 0.6307,
                "iqm": 0.6307,
                "intervals": {
                  "mean": null
                }
              },
              "recall": {
                "mean": 0.51,
                "median": 0.51,
                "sd": null,
                "min": 0.51,
                "max": 0.51,
                "iqm": 0.51,
                "intervals": {
                  "mean": null
                }
              },
              "mcc": {
                "mean": 0.21538195594291748,
                "median": 0.21538195594291748,
                "sd": null,
                "min": 0.21538195594291748,
                "max": 0.21538195594291748,
                "iqm": 0.21538195594291748,
                "intervals": {
                  "mean": null
                }
              },
              "accuracy": {
                "n": 1,
                "mean": 0.6057,
                "median": 0.6057,
                "iqm": 0.6057,
                "sd": null,
                "min": 0.6057,
                "max": 0.6057,
                "interval": null
              },
              "macro_f1": {
                "n": 1,
                "mean": 0.6020554286224847,
                "median": 0.6020554286224847,
                "iqm": 0.6020554286224847,
                "sd": null,
                "min": 0.6020554286224847,
                "max": 0.6020554286224847,
                "interval": null
              },
              "roc_auc": null,
              "average_precision": null,
              "calibration_error": null,
              "sampling_error": {
                "f1": 0.005963823019935527,
                "precision": 0.005991073285433916,
                "recall": 0.007068240515715735
              },
              "collapsed": [],
              "signature": null
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn a_blocked_row_has_its_reason_and_no_figures() {
    insta::assert_snapshot!(rows(fixtures::blocked(), 1..2), @r#"
    {
      "experiments": [
        {
          "name": "quickstart",
          "title": "Positive or negative tweet, from 100 labelled texts",
          "ddof": 1,
          "rows": [
            {
              "id": "fsl",
              "label": "FSL distilBERT",
              "state": "blocked",
              "n": 0,
              "reason": "encoder `distilbert-base-uncased` could not be fetched",
              "hint": "fsl-exp fetch distilbert-base-uncased",
              "f1": null,
              "precision": null,
              "recall": null,
              "mcc": null,
              "accuracy": null,
              "macro_f1": null,
              "roc_auc": null,
              "average_precision": null,
              "calibration_error": null,
              "sampling_error": null,
              "collapsed": [],
              "signature": null
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn unfinished_rows_say_how_far_they_are() {
    insta::assert_snapshot!(rows(fixtures::partial(), 2..4), @r#"
    {
      "experiments": [
        {
          "name": "quickstart",
          "title": "Positive or negative tweet, from 100 labelled texts",
          "ddof": 1,
          "rows": [
            {
              "id": "probe",
              "label": "probe",
              "state": "partial",
              "n": 0,
              "wanted": 4,
              "failed": 4,
              "f1": null,
              "precision": null,
              "recall": null,
              "mcc": null,
              "accuracy": null,
              "macro_f1": null,
              "roc_auc": null,
              "average_precision": null,
              "calibration_error": null,
              "sampling_error": null,
              "collapsed": [],
              "signature": null
            },
            {
              "id": "distill",
              "label": "distill MiniLM experts",
              "state": "missing",
              "n": 0,
              "f1": null,
              "precision": null,
              "recall": null,
              "mcc": null,
              "accuracy": null,
              "macro_f1": null,
              "roc_auc": null,
              "average_precision": null,
              "calibration_error": null,
              "sampling_error": null,
              "collapsed": [],
              "signature": null
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn hostile_labels_read_back_as_they_were() {
    let table = fixtures::hostile();
    let text = render(&[(&table, Style::default())]);
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (index, row) in table.rows.iter().enumerate() {
        assert_eq!(
            document["experiments"][0]["rows"][index]["label"],
            row.label.as_str()
        );
    }
}

#[test]
fn no_tables_are_an_empty_list() {
    let text = render(&fixtures::alike(&[], &Style::default()));
    assert_eq!(text, "{\n  \"experiments\": []\n}\n");
}
