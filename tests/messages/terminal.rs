//! Escape codes wherever a stranger's text can stand.

use super::{HOSTILE, assert_fit};
use crate::support::hub::HubServer;
use crate::support::{CHEAP_ROWS, Workplace, spec, zip};

/// The text as TOML has it.
fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|character| match character {
            'a'..='z' | '0'..='9' | '[' | ';' => character.to_string(),
            other => format!("\\U{:08X}", u32::from(other)),
        })
        .collect();
    format!("\"{escaped}\"")
}

/// Two tables with these classes.
fn labelled(place: &Workplace, classes: &[&str]) {
    let rows = (0..24).map(|text| {
        let class = text % classes.len();
        format!("\"text {text} of kind{class}\",\"{}\"\n", classes[class])
    });
    let table = "text,label\n".to_owned() + &rows.collect::<String>();
    place.write("train.csv", &table);
    place.write("test.csv", &table);
}

/// What must stand where the text stood.
fn assert_written_out(text: &str) {
    for sign in [r"\u{1b}[31m", r"\u{9b}2J", r"\u{202e}", r"\u{7f}"] {
        assert!(text.contains(sign), "{text}");
    }
}

#[test]
fn labels_are_written_out_in_tables_plans_logs_and_summaries() {
    let place = Workplace::new();
    labelled(&place, &[HOSTILE, "plain", "\u{9b}31mthird\nline"]);
    let title = format!("title = {}\n", quoted(HOSTILE));
    let rows = format!("{CHEAP_ROWS}label = {}\n", quoted(HOSTILE));
    place.write("s.toml", title + &spec("s", "", &rows));
    assert_written_out(&place.fit(&["check", "s.toml"]).expect(0).stdout);
    assert_fit(&place.fit(&["plan", "s.toml"]).expect(0).stdout, "plan");
    assert_written_out(&place.fit(&["run", "s.toml", "-vv"]).expect(0).stdout);
    for command in ["table", "plan", "compare", "variance", "verify"] {
        place.fit(&[command, "s.toml"]);
    }
    place.fit(&["table", "s.toml", "--signature", "--against", "bow"]);
    place.fit(&["report", "s.toml"]).expect(0);
    place
        .fit(&["export", "s.toml", "--predictions", "p.csv"])
        .expect(0);
    let split = [
        "split",
        "train.csv",
        "-o",
        "out",
        "--label-column",
        "label",
        "--train",
        "6",
    ];
    let split = place.fit(&[&split[..], &["--rules", "none", "--min-chars", "0"]].concat());
    assert!(split.expect(0).stdout.contains(r"\u{1b}[31mb"));
    // A label that no text has, and one that no training text has.
    labelled(&place, &["0", HOSTILE]);
    place.write("test.csv", "text,label\na,0\nb,1\n");
    place.fit(&["run", "s.toml"]).expect(5);
}

#[test]
fn headers_names_of_files_and_members_are_written_out() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    place.write("train.csv", format!("\"{HOSTILE}\",label\na,0\nb,1\n"));
    let header = place.fit(&["run", "s.toml"]).expect(5);
    assert!(header.stderr.contains(r"\u{1b}[31mb"), "{}", header.stderr);
    place.write(
        "train.csv",
        zip(&[(&format!("{HOSTILE}.csv"), "a"), ("b.csv", "a")]),
    );
    assert_written_out(&place.fit(&["run", "s.toml"]).expect(5).stderr);
    let folder = format!("{HOSTILE}\nerror: all is well");
    let written = spec("s", "", CHEAP_ROWS).replace("\"train.csv\"", &quoted(&folder));
    place.write("s.toml", written);
    let missing = place.fit(&["run", "s.toml"]).expect(4).stderr;
    assert_written_out(&missing);
    assert!(!missing.contains("\nerror:"), "{missing}");
    for command in ["check", "preprocess", "split", "explain", "fetch"] {
        let ran = place.fit(&[command, &folder]);
        assert_ne!(ran.code, 0, "{command}");
        assert!(!ran.stderr.contains("\nerror: all"), "{}", ran.stderr);
    }
    // Tables by this name are read, and what is told of them is fit.
    place.write(&format!("{HOSTILE}.csv"), "text,label\na,0\n");
    let done = place
        .fit(&["preprocess", &format!("{HOSTILE}.csv")])
        .expect(0);
    assert_written_out(&done.stderr);
}

#[test]
fn swept_values_are_written_out() {
    let place = Workplace::new();
    let rows = (0..12).map(|text| format!("first text {text},second text,{}\n", text % 2));
    let table = format!("text,\"{HOSTILE}\",label\n{}", rows.collect::<String>());
    place.write("train.csv", &table);
    place.write("test.csv", &table);
    let sweep = format!(
        "[sweep.grid]\ndata.text = [\"text\", {}]\n",
        quoted(HOSTILE)
    );
    place.write("s.toml", spec("s", "", &format!("{CHEAP_ROWS}{sweep}")));
    assert_written_out(&place.fit(&["plan", "s.toml"]).expect(0).stdout);
    assert_written_out(&place.fit(&["run", "s.toml"]).expect(0).stderr);
    assert_written_out(&place.fit(&["table", "s.toml"]).expect(0).stdout);
    for command in ["check", "compare", "variance", "report"] {
        place.fit(&[command, "s.toml"]);
    }
}

#[test]
fn arguments_and_overrides_are_written_out() {
    let place = Workplace::new();
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    for set in ["trials.seed=", "trials.", "row.", "", "name="] {
        let set = format!("{set}{HOSTILE}");
        assert_written_out(
            &place
                .fit(&["check", "s.toml", "--set", &set])
                .expect(4)
                .stderr,
        );
    }
    for words in [
        ["check", "s.toml", &format!("--{HOSTILE}")],
        ["run", "s.toml", &format!("--device={HOSTILE}")],
        ["table", "s.toml", &format!("--format={HOSTILE}")],
        ["table", "s.toml", &format!("--against={HOSTILE}")],
        ["compare", "s.toml", &format!("--row={HOSTILE}")],
        ["verify", "s.toml", &format!("--row={HOSTILE}")],
        [
            "preprocess",
            "train.csv",
            &format!("--text-column={HOSTILE}"),
        ],
    ] {
        assert_written_out(&place.fit(&words).stderr);
    }
    assert_written_out(&place.fit(&[HOSTILE]).expect(2).stderr);
    place.write("results/store/format", HOSTILE);
    place.fit(&["table", "s.toml"]).expect(6);
}

#[test]
fn what_encoders_and_hubs_say_is_written_out() {
    let place = Workplace::new();
    let folder = format!("{HOSTILE}/enc");
    place.copy_encoder("bert", &folder);
    let embed = |encoder: &str| {
        place.fit(&[
            "embed",
            "--encoder",
            encoder,
            "--input",
            "test.csv",
            "-o",
            "o.csv",
        ])
    };
    let config = place.read(&format!("{folder}/config.json"));
    let json = serde_json::to_string(HOSTILE).unwrap();
    place.write(
        &format!("{folder}/config.json"),
        config.replace("\"bert\"", &json),
    );
    assert_written_out(&embed(&format!("./{folder}")).expect(5).stderr);
    place.write(&format!("{folder}/config.json"), config);
    let header = format!(r#"{{"a":{{"dtype":{json},"shape":[1],"data_offsets":[0,4]}}}}"#);
    let mut weights = (header.len() as u64).to_le_bytes().to_vec();
    weights.extend(header.bytes().chain([0; 4]));
    place.write(&format!("{folder}/model.safetensors"), weights);
    assert_written_out(&embed(&format!("./{folder}")).expect(5).stderr);
    let row = format!(
        "[[row]]\nid = \"a\"\nmethod.probe = {{ encoder = {} }}\n",
        quoted(&format!("./{folder}"))
    );
    place.write("s.toml", spec("s", "", &row));
    for command in ["check", "plan", "run", "run", "table"] {
        place.fit(&[command, "s.toml"]);
    }
    let server = HubServer::start();
    for (name, value) in [
        ("HF_ENDPOINT", server.endpoint()),
        ("HF_ENDPOINT", HOSTILE.to_owned()),
        ("FSL_EXP_MIRROR", format!("./{HOSTILE}")),
    ] {
        for encoder in [
            format!("hf:{HOSTILE}/b"),
            format!("hf:a/b@{HOSTILE}"),
            "hf:a/b".to_owned(),
        ] {
            let mut fetch = place.command("fetch");
            fetch
                .arg(&encoder)
                .env(name, &value)
                .env_remove("HF_HUB_OFFLINE");
            fetch
                .env("NO_PROXY", "*")
                .env("HF_HUB_CACHE", place.join("hub"));
            if name == "FSL_EXP_MIRROR" {
                fetch.env("HF_HUB_OFFLINE", "1");
            }
            let ran = place.ran(&mut fetch);
            assert_ne!(ran.code, 0);
            assert_fit(&(ran.stdout + &ran.stderr), &format!("{name} {encoder:?}"));
        }
    }
}
