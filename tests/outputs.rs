//! Outputs: what no command replaces, and what `--force` does.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::support::{CHEAP_ROWS, Workplace, entries, labelled, spec};

/// A place with an encoder in `enc`, texts with a column `category` in `my.csv`, and the results of `s.toml`.
fn place() -> Workplace {
    let place = Workplace::new();
    place.copy_encoder("distilbert", "enc");
    place.write(
        "my.csv",
        labelled(40).replace("text,label", "text_pp,category"),
    );
    place.write("foreign.txt", "dear");
    place.write("s.toml", spec("s", "", CHEAP_ROWS));
    place
}

fn with_results() -> Workplace {
    let place = place();
    place.run("run s.toml --quiet").expect(0);
    place
}

const EMBED: &str = "embed --encoder ./enc --input test.csv --max-tokens 32 --quiet --threads 1";

fn train(output: &str, more: &str) -> String {
    format!(
        "train my.csv -o {output} --encoder ./enc --max-tokens 32 --learning-rate 0.01 --threads 1 --quiet {more}"
    )
}

/// Every file with its bytes, by its path; the cache, which remembers checksums, apart.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for path in entries(folder) {
        if path.ends_with("cache") {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let name = path.to_string_lossy().into_owned();
            found.push((name, fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

/// Runs a command that must be refused, changing nothing; returns what it says.
#[track_caller]
fn refused(place: &Workplace, command: &str) -> String {
    let before = files(place.path());
    let ran = place.run(command).expect(2);
    assert!(files(place.path()) == before, "`{command}` changed a file");
    ran.stderr
}

#[track_caller]
fn refused_because(place: &Workplace, command: &str, reason: &str) {
    let said = refused(place, command);
    assert!(said.contains(reason), "`{command}`: {said}");
}

#[test]
fn an_encoder_is_never_replaced() {
    let place = place();
    assert_snapshot!(refused(&place, &format!("{EMBED} --force -o enc/vocab.txt")), @r"
    error: `--output`: `enc/vocab.txt` lies in the encoder `./enc`
    hint: choose another path: inputs, specs, encoders, models and stored results are never replaced, even with `--force`
    ");
    let embed =
        |output: &str| refused_because(&place, &format!("{EMBED} --force -o {output}"), "encoder");
    embed("enc/new.csv");
    embed("enc/../enc/config.json");
    embed("missing/../enc/vocab.txt");
    fs::hard_link(place.join("enc/vocab.txt"), place.join("hard.csv")).unwrap();
    embed("hard.csv");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("enc/vocab.txt", place.join("soft.csv")).unwrap();
        std::os::unix::fs::symlink("enc", place.join("folder")).unwrap();
        embed("soft.csv");
        embed("folder/vocab.txt");
    }
    refused_because(&place, &train("enc", "--force"), "is the encoder `./enc`");
    // An encoder that this command knows nothing of.
    let other = "preprocess my.csv --text-column text_pp --force -o enc/vocab.txt";
    refused_because(&place, other, "is a file of the encoder");
}

#[test]
fn inputs_specs_and_results_are_never_replaced() {
    let place = with_results();
    place.write("catalog.toml", "[encoder]\n");
    let stored = "results/store/format";
    fs::hard_link(place.join(stored), place.join("hard.csv")).unwrap();
    for command in [
        "export s.toml --force --predictions",
        "export s.toml --force --trials",
        "export s.toml --force --samples",
        "report s.toml --force -o",
        EMBED_FORCED,
    ] {
        for output in ["test.csv", "./test.csv", "enc/../test.csv"] {
            refused_because(&place, &format!("{command} {output}"), "`--");
        }
        let is_export = command.starts_with("export");
        if !is_export {
            refused_because(&place, &format!("{command} {stored}"), "results store");
            refused_because(&place, &format!("{command} s.toml"), "is ");
            refused_because(&place, &format!("{command} catalog.toml"), "is a TOML file");
        }
        refused_because(
            &place,
            &format!("{command} results/store/new.csv"),
            "results store",
        );
    }
    for command in [
        "export s.toml --force --predictions",
        "report s.toml --force -o",
    ] {
        refused_because(
            &place,
            &format!("{command} train.csv"),
            "is a data file of `s.toml`",
        );
        refused_because(&place, &format!("{command} hard.csv"), "results store");
    }
    for option in ["--mlflow", "--tensorboard"] {
        let command = format!("export s.toml --force {option} results/store/x");
        refused_because(&place, &command, "results store");
        refused_because(
            &place,
            &format!("export s.toml {option} test.csv"),
            "is not a folder",
        );
    }
    for option in ["--plots", "--paper"] {
        let command = format!("report s.toml --force {option} results/store/trials");
        refused_because(&place, &command, "results store");
    }
    refused_because(
        &place,
        &train("results/store/m", "--force"),
        "results store",
    );
    refused_because(&place, &train("results", "--force"), "holds `store`");
    refused_because(
        &place,
        "split my.csv --text-column text_pp --label-column category --rules none --test 4 --force -o results/store",
        "results store",
    );
}

const EMBED_FORCED: &str =
    "embed --encoder ./enc --input test.csv --max-tokens 32 --quiet --threads 1 --force -o";

#[test]
fn a_file_that_exists_is_replaced_by_force_only() {
    let place = with_results();
    for command in [
        format!("{EMBED} -o"),
        "report s.toml -o".to_owned(),
        "export s.toml --predictions".to_owned(),
        "export s.toml --samples".to_owned(),
        "export s.toml --trials".to_owned(),
        "preprocess my.csv --text-column text_pp -o".to_owned(),
    ] {
        place.write("foreign.csv", "dear");
        let said = refused(&place, &format!("{command} foreign.csv"));
        assert!(
            said.contains("`foreign.csv` already exists\nhint: `--force` replaces it"),
            "{said}"
        );
        place
            .run(&format!("{command} foreign.csv --force"))
            .expect(0);
        assert_ne!(place.read("foreign.csv"), "dear");
    }
    place
        .run("export s.toml --predictions - --trials /dev/null")
        .expect(0);
}

#[test]
fn a_report_replaces_its_own_page_only() {
    let place = with_results();
    place.run("report s.toml").expect(0);
    place.run("report s.toml --title again").expect(0);
    assert!(place.read("report.html").contains("<title>again</title>"));
    place.write("report.html", "<html><title>fsl-exp</title></html>");
    refused_because(&place, "report s.toml", "already exists");
}

#[test]
fn files_of_a_folder_are_replaced_by_force_only() {
    let place = with_results();
    for (command, folder) in [
        ("export s.toml --mlflow out", "out"),
        ("export s.toml --tensorboard tb", "tb"),
        ("report s.toml --plots plots -o -", "plots"),
        ("report s.toml --paper paper -o -", "paper"),
    ] {
        place.run(command).expect(0);
        // The same files once more are no change.
        place.run(command).expect(0);
        let (file, bytes) = files(&place.join(folder)).swap_remove(0);
        fs::write(&file, "mine").unwrap();
        refused_because(&place, command, "already exists");
        place.run(&format!("{command} --force")).expect(0);
        assert!(fs::read(&file).unwrap() == bytes, "{file}");
    }
}

#[test]
fn only_a_model_and_nothing_else_is_replaced() {
    let place = place();
    place.write("proj/fsl-exp.json", "{}");
    place.write("proj/thesis.tex", "");
    assert_snapshot!(refused(&place, &train("proj", "--force")), @r"
    error: `--output`: `proj` holds `thesis.tex`, which is not part of a model
    hint: choose another folder: `--force` only replaces folders that hold a model and nothing else
    ");
    // Files that have the names of a model's files need not be one's.
    for (name, text) in [("README.md", "my notes"), ("vocab.txt", "[PAD]\n")] {
        let folder = format!("mine-{name}");
        place.write(&format!("{folder}/fsl-exp.json"), "{}");
        place.write(&format!("{folder}/{name}"), text);
        let command = train(&folder, "--force");
        refused_because(&place, &command, "which is not part of a model");
        assert_eq!(place.read(&format!("{folder}/{name}")), text);
    }
    place.run(&train("m", "--epochs 1")).expect(0);
    assert_snapshot!(refused(&place, &train("m", "")), @r"
    error: `--output`: `m` already holds a model
    hint: `--force` replaces it
    ");
    place.run(&train("m", "--epochs 1 --force")).expect(0);
    refused_because(
        &place,
        &format!("{EMBED} --force -o m/vocab.txt"),
        "lies in the model",
    );
    refused_because(
        &place,
        &format!("{EMBED} --force -o m/new.csv"),
        "lies in the model",
    );
    refused_because(
        &place,
        "infer --model m my.csv --threads 1 --force -o m/config.json",
        "lies in the model `m`",
    );
    place.write("m/notes/thesis.tex", "");
    refused_because(&place, &train("m", "--force"), "holds `notes`");
    fs::remove_dir_all(place.join("m/notes")).unwrap();
    let card = place.read("m/README.md");
    place.write("m/README.md", "my notes on this model");
    refused_because(&place, &train("m", "--force"), "holds `README.md`");
    place.write("m/README.md", card + "\nMy notes.\n");
    place.run(&train("m", "--epochs 1 --force")).expect(0);
}

#[test]
fn two_trainings_do_not_share_a_folder() {
    let place = place();
    let mut first = place
        .command(&train("deep/mm", "--epochs 100000"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !place.join("deep/.fsl-exp-lock-mm").exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never begins");
        thread::sleep(Duration::from_millis(20));
    }
    let second = place.run(&train("./deep/mm", "--epochs 1"));
    let forced = place.run(&train("deep/mm", "--epochs 1 --force"));
    // SIGKILL: nothing is cleared away, yet nobody holds the folder any more.
    first.kill().unwrap();
    first.wait().unwrap();
    assert_snapshot!(second.expect(2).stderr, @r"
    error: `--output`: `./deep/mm` is being written by another process
    hint: wait for it to finish, or choose another folder
    ");
    assert!(forced.expect(2).stderr.contains("another process"));
    place.run(&train("deep/mm", "--epochs 1")).expect(0);
    assert_eq!(entries(&place.join("deep")), [place.join("deep/mm")]);
    place.run(&train("bad/mm", "--text-column none")).expect(5);
    assert!(!place.join("bad").exists());
}
