//! Exports, read by the programs that they are for.

use std::process::Command;

use crate::support::{CHEAP_ROWS, Workplace, spec};

/// Results of a few trials and all exports of them.
fn exported() -> Workplace {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "count = 2", CHEAP_ROWS));
    place.run("run s.toml --quiet").expect(0);
    place
        .run("export s.toml --trials trials.csv --mlflow mlruns --tensorboard tb")
        .expect(0);
    place.run("export s.toml --trials trials.jsonl").expect(0);
    place
}

/// Runs code in the Python that `FSL_EXP_TEST_PYTHON` names.
fn python(place: &Workplace, code: &str) {
    let program = std::env::var("FSL_EXP_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = Command::new(&program)
        .args(["-c", code])
        .current_dir(place.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

mod needs_readers {
    use super::*;

    #[test]
    #[ignore = "needs Python with pandas, MLflow and TensorBoard (scripts/interop.sh)"]
    fn pandas_reads_trials_in_one_line() {
        let place = exported();
        let lines = place.read("trials.csv").lines().count();
        assert_eq!(lines, 5);
        python(
            &place,
            r#"
import pandas
a = pandas.read_csv("trials.csv")
b = pandas.read_json("trials.jsonl", lines=True)
assert list(a["row"]) == ["random", "random", "majority", "bow"] == list(b["row"])
# pandas reads decimals to 15 digits unless told otherwise.
assert ((a["f1"] - b["f1"]).abs() < 1e-12).all()
assert a.groupby("row")["f1"].mean()["bow"] == 1.0
assert a["params.method.random.draws"].notna().sum() == 2
"#,
        );
    }

    #[test]
    #[ignore = "needs Python with pandas, MLflow and TensorBoard (scripts/interop.sh)"]
    fn mlflow_lists_the_runs() {
        let place = exported();
        python(
            &place,
            r#"
import os
from mlflow import MlflowClient
client = MlflowClient("file:" + os.path.abspath("mlruns"))
[experiment] = [e for e in client.search_experiments() if e.name == "s"]
runs = client.search_runs([experiment.experiment_id])
assert len(runs) == 4, runs
[bow] = [run for run in runs if run.data.tags["fsl-exp.row"] == "bow"]
assert bow.data.metrics["f1"] == 1.0 and bow.info.status == "FINISHED", bow
assert bow.data.params["method.bow.c"] == "1.0", bow
assert client.list_artifacts(bow.info.run_id) is not None
[best] = client.search_runs([experiment.experiment_id], "metrics.f1 > 0.9")
assert best.info.run_id == bow.info.run_id
"#,
        );
    }

    #[test]
    #[ignore = "needs Python with pandas, MLflow and TensorBoard (scripts/interop.sh)"]
    fn tensorboard_reads_the_events() {
        let place = exported();
        python(
            &place,
            r#"
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator("tb/s/bow/trial-1")
events.Reload()
assert events.Scalars("test/f1")[0].value == 1.0
assert set(events.Tags()["scalars"]) >= {"test/precision", "test/recall"}
"#,
        );
    }
}

#[test]
fn something_has_to_be_asked_for() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    let refused = place.run("export s.toml").expect(2);
    assert!(refused.stderr.contains("--mlflow"), "{}", refused.stderr);
}
