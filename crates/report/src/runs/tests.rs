use serde_json::json;

use super::*;

fn run(trial: u64) -> Run {
    Run {
        experiment: "quickstart".into(),
        row: "fsl".into(),
        label: "FSL, \"MiniLM\"".into(),
        trial,
        key: "ab".repeat(32),
        params: dotted(
            &json!({ "method": { "finetune": { "epochs": 10, "encoder": { "name": "x" } } } }),
        ),
        metrics: vec![("f1", 0.6441), ("precision", 2.0 / 3.0)],
        losses: vec![0.7, 0.5],
        began_ms: 1_795_419_830_000,
        ended_ms: 1_795_419_832_500,
        host: "here".into(),
    }
}

#[test]
fn a_line_per_trial_with_every_parameter() {
    insta::assert_snapshot!(String::from_utf8(csv(&[run(0)]).unwrap()).unwrap(), @r#"
    experiment,row,label,trial,key,seconds,began_unix_ms,host,f1,precision,params.method.finetune.epochs,params.method.finetune.encoder.name
    quickstart,fsl,"FSL, ""MiniLM""",0,abababababababababababababababababababababababababababababababab,2.5,1795419830000,here,0.6441,0.6666666666666666,10,x
    "#);
    let mut other = run(1);
    other.params = vec![("data.train-size".into(), json!(25))];
    let both = String::from_utf8(csv(&[run(0), other.clone()]).unwrap()).unwrap();
    let header = both.lines().next().unwrap();
    assert!(header.ends_with("params.method.finetune.encoder.name,params.data.train-size"));
    assert!(both.lines().nth(2).unwrap().ends_with(",,,25"));
    let lines = String::from_utf8(json_lines(&[run(0), other]).unwrap()).unwrap();
    let second: Value = serde_json::from_str(lines.lines().nth(1).unwrap()).unwrap();
    assert_eq!(second["params.data.train-size"], 25);
    assert_eq!(second["seconds"], 2.5);
}

#[cfg(feature = "mlflow")]
#[test]
fn mlflow_s_files_are_where_it_looks() {
    let files = mlflow(&[run(0), run(1)], "/a folder/mlruns");
    let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        paths
            .iter()
            .filter(|path| path.ends_with("/meta.yaml"))
            .count(),
        3
    );
    let meta: Value = serde_json::from_slice(&files[0].bytes).unwrap();
    let number = meta["experiment_id"].as_str().unwrap();
    assert_eq!(number.len(), 18);
    assert_eq!(
        meta["artifact_location"],
        format!("file:///a%20folder/mlruns/{number}")
    );
    let loss = files
        .iter()
        .find(|file| file.path.ends_with("metrics/train_loss"))
        .unwrap();
    assert_eq!(loss.bytes, b"1795419832500 0.7 0\n1795419832500 0.5 1\n");
}

/// Witness: the checksum of "123456789" by the Castagnoli polynomial is e3069283 (RFC 3720, B.4, and every catalogue of
/// checksums); the golden bytes of whole files are read by TensorBoard itself in tests/interop.
#[cfg(feature = "tensorboard")]
#[test]
fn an_event_file_is_framed() {
    assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
    let files = tensorboard(&[run(2)]);
    assert_eq!(
        files[0].path,
        "quickstart/fsl/trial-3/events.out.tfevents.1795419830.fsl-exp"
    );
    let bytes = &files[0].bytes;
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let first = &bytes[12..12 + length];
    assert!(first.windows(13).any(|part| part == b"brain.Event:2"));
}

#[cfg(feature = "tensorboard")]
#[test]
fn arms_stay_in_the_folder_and_apart() {
    let arm = |row: &str| {
        let mut run = run(0);
        run.row = row.into();
        run
    };
    let files = tensorboard(&[
        arm("bow[train=../../proj/data/t2.csv]"),
        arm("bow[train=..-..-proj-data-t2.csv]"),
        arm("bow[c=0.5]"),
    ]);
    let paths: std::collections::BTreeSet<&str> =
        files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths.len(), 3);
    for path in paths {
        assert!(
            !path.contains("../") && path.split('/').count() == 4,
            "{path}"
        );
    }
    assert!(files[2].path.starts_with("quickstart/bow[c=0.5]/trial-1/"));
}
