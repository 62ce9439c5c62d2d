//! Encoders whose tokenizer is not a vocab.txt and a case, through the commands.

use super::*;

/// Takes the vocab.txt away and puts the tokenizer.json there that transformers 5 writes for the same vocabulary.
fn as_transformers_saves(place: &Workplace, lowercase: bool) {
    let vocabulary = place.read("enc/vocab.txt");
    let lines = vocabulary.lines().zip(0..);
    let entries: serde_json::Map<String, serde_json::Value> = lines
        .map(|(entry, id)| (entry.to_owned(), id.into()))
        .collect();
    let tokenizer = serde_json::json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
            "lowercase": lowercase},
        "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": null, "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": entries},
    });
    place.write("enc/tokenizer.json", tokenizer.to_string());
    fs::remove_file(place.join("enc/vocab.txt")).unwrap();
}

const EMBED: &str = "embed --encoder ./enc --input test.csv --max-tokens 32 --threads 1";

/// The same tokens under another id: the numbers are the same, the keys are not.
#[test]
fn a_folder_that_transformers_5_wrote_goes_through_every_command() {
    let place = place();
    let row = "[[row]]\nid = \"fsl\"\nmethod.finetune = { encoder = \"./enc\", epochs = 1 }\n";
    place.write("s.toml", spec("s", "", row));
    let key = || {
        let plan = place.run("plan s.toml --json").expect(0).stdout;
        let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
        plan["trials"][0]["key"].as_str().unwrap().to_owned()
    };
    let key_before = key();
    assert_eq!(key(), key_before);
    place.run(&format!("{EMBED} -o before.csv")).expect(0);
    as_transformers_saves(&place, true);
    assert_ne!(key(), key_before);
    place.run(&format!("{EMBED} -o after.csv")).expect(0);
    assert_eq!(place.read("before.csv"), place.read("after.csv"));
    place
        .run(&format!("train train.csv -o m {QUICK}"))
        .expect(0);
    assert!(place.join("m/tokenizer.json").exists() && !place.join("m/vocab.txt").exists());
    place
        .run("infer --model m test.csv -o out.csv --threads 1")
        .expect(0);
    place
        .run(&format!("train train.csv -o m --force {QUICK}"))
        .expect(0);
    let ran = place.run("run s.toml --quiet").expect(0);
    assert!(!ran.stderr.contains("note:"), "{}", ran.stderr);
    place.run("run s.toml --quiet").expect(0);
}

#[test]
fn an_option_that_is_not_followed_is_told_by_check_run_embed_and_train() {
    let place = place();
    as_transformers_saves(&place, false);
    let row = "[[row]]\nid = \"fsl\"\nmethod.finetune = { encoder = \"./enc\", epochs = 1 }\n";
    place.write("s.toml", spec("s", "", row));
    for command in [
        "check s.toml".to_owned(),
        "run s.toml --quiet".to_owned(),
        format!("{EMBED} -o e.csv"),
        format!("train train.csv -o m {QUICK}"),
    ] {
        let said = place.run(&command).expect(0).stderr;
        let expected =
            "note: encoder `./enc`: `tokenizer.json` has `lowercase` false, which is not followed";
        assert!(said.contains(expected), "{command}: {said}");
    }
}

#[test]
fn accents_are_kept_where_the_options_say_so() {
    let place = place();
    place.write("test.csv", "text,label\ncaf\u{e9},0\ncafe,1\n");
    let pair = || {
        place.run(&format!("{EMBED} -o e.csv --force")).expect(0);
        let text = place.read("e.csv");
        let rows: Vec<&str> = text.lines().skip(1).collect();
        let numbers = |row: &str| row.split_once(',').map(|(_, rest)| rest.to_owned());
        numbers(rows[0]) == numbers(rows[1])
    };
    assert!(pair());
    place.write(
        "enc/tokenizer_config.json",
        "{\"do_lower_case\":true,\"strip_accents\":false}",
    );
    assert!(!pair());
}
