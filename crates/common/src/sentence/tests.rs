use std::path::Path;

use super::*;
use crate::fsio::{sha256_file, write_atomic};
use crate::settings::Pooling;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_atomic(&path, text.as_bytes()).unwrap();
    }
    folder
}

/// What the folder of these files declares; of an error its message, without the folder.
fn declared(files: &[(&str, &str)]) -> Result<SentenceEncoder, String> {
    let folder = folder(files);
    let read = || -> Result<SentenceEncoder, SentenceFault> {
        let layout = read_layout(folder.path())?.unwrap();
        SentenceEncoder::read(folder.path(), &layout, sha256_file)
    };
    read().map_err(|fault| {
        let place = format!("{}/", folder.path().display());
        fault.to_string().replace(&place, "")
    })
}

const TWO: &str = r#"[
  {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
  {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}
]"#;

/// A modules.json of these modules after the first two.
fn modules(more: &[(&str, &str)]) -> String {
    let more = more.iter().map(|(kind, path)| {
        format!(r#", {{"path": "{path}", "type": "sentence_transformers.models.{kind}"}}"#)
    });
    let more: String = more.collect();
    TWO.replace("\n]", &(more + "]"))
}

#[test]
fn old_and_new_keys_of_pooling_are_read() {
    for (config, expected) in [
        (r#"{"pooling_mode": "cls"}"#, Pooling::Cls),
        (r#"{"pooling_mode": ["max"]}"#, Pooling::Max),
        (r#"{"pooling_mode": "mean"}"#, Pooling::Mean),
        (r#"{"pooling_mode": "weightedmean"}"#, Pooling::WeightedMean),
        (r#"{"pooling_mode": "lasttoken"}"#, Pooling::Last),
        (
            r#"{"pooling_mode": "mean_sqrt_len_tokens"}"#,
            Pooling::MeanSqrtLen,
        ),
        (
            r#"{"word_embedding_dimension": 384, "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#,
            Pooling::Cls,
        ),
        (
            r#"{"pooling_mode_weightedmean_tokens": true}"#,
            Pooling::WeightedMean,
        ),
        (r#"{"pooling_mode_lasttoken": true}"#, Pooling::Last),
        // As sentence-transformers: new keys win, and where no kind is switched on it is the mean.
        (
            r#"{"pooling_mode": "cls", "pooling_mode_max_tokens": true}"#,
            Pooling::Cls,
        ),
        (r#"{"pooling_mode_max_tokens": false}"#, Pooling::Mean),
        ("{}", Pooling::Mean),
    ] {
        let found = declared(&[("modules.json", TWO), ("1_Pooling/config.json", config)]);
        assert_eq!(found.unwrap().pooling, Some(expected), "{config}");
    }
}

#[test]
fn what_pooling_cannot_be_is_refused_by_name() {
    let names =
        "must be one of `cls`, `max`, `mean`, `mean_sqrt_len_tokens`, `weightedmean`, `lasttoken`";
    let several = "is the concatenation of `cls`, `mean`, must be true in one of them";
    for (config, expected) in [
        (
            r#"{"pooling_mode": "attention"}"#,
            format!("`pooling_mode` is `\"attention\"`, {names}"),
        ),
        (
            r#"{"pooling_mode": ["cls", "mean"]}"#,
            format!("`pooling_mode` is `[\"cls\",\"mean\"]`, {names}"),
        ),
        (
            r#"{"pooling_mode": ["cls", 1]}"#,
            format!("`pooling_mode` is `[\"cls\",1]`, {names}"),
        ),
        (
            r#"{"pooling_mode": 1}"#,
            format!("`pooling_mode` is `1`, {names}"),
        ),
        (
            r#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true}"#,
            format!("`pooling_mode_*` {several}"),
        ),
        (
            r#"{"pooling_mode_cls_token": "yes"}"#,
            "`pooling_mode_cls_token` is `\"yes\"`, must be true or false".to_owned(),
        ),
        (
            r#"{"pooling_mode_attention": true}"#,
            "`pooling_mode_attention` is `true`, must be false: this kind of pooling is not known"
                .to_owned(),
        ),
    ] {
        let found = declared(&[("modules.json", TWO), ("1_Pooling/config.json", config)]);
        assert_eq!(
            found.unwrap_err(),
            format!("`1_Pooling/config.json`: {expected}"),
            "{config}"
        );
    }
    let found = declared(&[("modules.json", TWO)]).unwrap_err();
    assert_eq!(
        found,
        "`1_Pooling/config.json` is not there, modules.json asks for it"
    );
}

/// Checks what is said of a modules.json.
fn refused(modules: &str, expected: &str) {
    let found = declared(&[("modules.json", modules), ("1_Pooling/config.json", "{}")]);
    let found = found.unwrap_err();
    assert!(found.ends_with(expected), "{modules}\n{found}");
    assert!(found.starts_with("`modules.json`"), "{found}");
}

#[test]
fn modules_that_are_not_known_are_refused() {
    let cases = [
        (
            "[]".to_owned(),
            "`length` is 0, must be at least 2: a Transformer and a Pooling",
        ),
        ("{}".to_owned(), "is not a JSON list"),
        ("[1]".to_owned(), "is not a JSON list of objects"),
        (
            TWO.replace("models.Pooling", "models.LSTM"),
            "`1.type` is `\"sentence_transformers.models.LSTM\"`, must be a module of sentence_transformers: Transformer, Pooling, Dense or Normalize",
        ),
        (
            TWO.replace("sentence_transformers.models.Pooling", "custom.Pooling"),
            "`1.type` is `\"custom.Pooling\"`, must be a module of sentence_transformers: Transformer, Pooling, Dense or Normalize",
        ),
        (
            TWO.replace("models.Pooling", "models.Dense"),
            "`1.type` is `\"sentence_transformers.models.Dense\"`, must be a Pooling in this place",
        ),
        (
            modules(&[("Pooling", "2_Pooling")]),
            "`2.type` is `\"sentence_transformers.models.Pooling\"`, must be a Dense or a Normalize in this place",
        ),
        (
            TWO.replace("\"1_Pooling\"", "7"),
            "`1.path` is `7`, must be a text",
        ),
        (
            modules(&[("Normalize", "2"); 40]),
            "`length` is 42, must be at most 32",
        ),
    ];
    for (modules, expected) in cases {
        refused(&modules, expected);
    }
}

#[test]
fn folders_outside_are_refused() {
    let place = |path: &str| TWO.replace("1_Pooling", path);
    for path in [
        "..",
        "../b",
        "a/../b",
        "/etc",
        "a//b",
        "a/",
        ".hidden",
        "C:\\\\x",
        "a\\u0000b",
        "a b",
        "ü",
    ] {
        let expected =
            format!("`1.path` is `\"{path}\"`, must be a sub-folder, such as `1_Pooling`");
        refused(&place(path), &expected);
    }
    let long = place(&"a".repeat(201));
    assert!(declared(&[("modules.json", &long)]).is_err());
    let deep = "[".repeat(100_000);
    let found = declared(&[("modules.json", &deep)]).unwrap_err();
    assert!(
        found.starts_with("`modules.json` is not a JSON list: recursion limit"),
        "{found}"
    );
}

#[test]
fn dense_layers_and_normalisation_are_followed_in_their_order() {
    let list = modules(&[("Dense", "2_Dense"), ("Normalize", "3_Normalize")]);
    let config = r#"{"in_features": 8, "out_features": 4, "bias": false, "activation_function": "torch.nn.modules.linear.Identity"}"#;
    let files = |config: &str| {
        declared(&[
            ("modules.json", list.as_str()),
            ("1_Pooling/config.json", "{}"),
            ("2_Dense/config.json", config),
            ("2_Dense/pytorch_model.bin", "w"),
        ])
    };
    let found = files(config).unwrap();
    // Witness: `printf` of the three lines through `sha256sum`.
    let id = "5afcf838a791a5b7aea861a66a413ee60a8f1666ee504fec82ae201e1457c5d4";
    assert_eq!(
        found.modules,
        [VectorModule::Dense(id.to_owned()), VectorModule::Normalize]
    );
    assert!(
        found.dense[0]
            .weights
            .ends_with("2_Dense/pytorch_model.bin")
    );
    let refused = |from: &str, to: &str| files(&config.replace(from, to)).unwrap_err();
    assert_eq!(
        refused("linear.Identity", "activation.Mish"),
        "`2_Dense/config.json`: `activation_function` is `\"torch.nn.modules.activation.Mish\"`, must be a class of torch.nn: Identity, Tanh, ReLU, GELU, Sigmoid or SiLU"
    );
    assert!(refused("torch.nn", "os").contains("`activation_function` is `\"os.modules"));
    assert!(
        refused("4", "0")
            .ends_with("`out_features` is `0`, must be a whole number from 1 to 1000000")
    );
    assert!(refused("4", "-1").contains("`out_features` is `-1`"));
    assert!(
        refused("in_features", "x").ends_with("`in_features` is missing, must be a whole number")
    );
    let residual = refused("\"bias\"", "\"use_residual\": true, \"bias\"");
    assert!(
        residual.ends_with("`use_residual` is `true`, must be false"),
        "{residual}"
    );
    let tokens = refused(
        "\"bias\"",
        "\"module_input_name\": \"token_embeddings\", \"bias\"",
    );
    assert!(tokens.contains("must be `sentence_embedding`"), "{tokens}");
    let without = declared(&[
        ("modules.json", &list),
        ("1_Pooling/config.json", "{}"),
        ("2_Dense/config.json", config),
    ]);
    assert_eq!(
        without.unwrap_err(),
        "`2_Dense/model.safetensors` is not there, modules.json asks for it"
    );
}

/// What the folder with these prompts and limits declares.
fn with(prompts: &str, bert: &str) -> Result<SentenceEncoder, String> {
    declared(&[
        ("modules.json", TWO),
        ("1_Pooling/config.json", "{}"),
        ("config_sentence_transformers.json", prompts),
        ("sentence_bert_config.json", bert),
    ])
}

#[test]
fn prompts_and_limits_are_read() {
    let prompts = r#"{"prompts": {"query": "query: ", "none": null}, "default_prompt_name": "query", "similarity_fn_name": "cosine"}"#;
    let found = with(
        prompts,
        r#"{"max_seq_length": 512, "do_lower_case": false}"#,
    )
    .unwrap();
    assert_eq!(found.max_tokens, Some(512));
    let text = |given: Option<&str>| found.prompts.text(given).map_err(|fault| fault.to_string());
    assert_eq!(text(None), Ok(Some("query: ".to_owned())));
    assert_eq!(text(Some("query")), Ok(Some("query: ".to_owned())));
    assert_eq!(text(Some("none")), Ok(None));
    assert_eq!(text(Some("")), Ok(None));
    assert_eq!(text(Some("q: ")), Ok(Some("q: ".to_owned())));
    assert_eq!(
        text(Some("qeury")),
        Err("the encoder declares no prompt `qeury`; it declares `none`, `query`".to_owned())
    );
    let nothing = Prompts::default();
    assert_eq!(nothing.text(None), Ok(None));
    assert!(nothing.text(Some("query")).is_err());
}

#[test]
fn prompts_and_limits_that_cannot_be_are_refused() {
    for (prompts, bert, expected) in [
        (
            "[]",
            "{}",
            "`config_sentence_transformers.json` is not a JSON object",
        ),
        (
            r#"{"default_prompt_name": "x"}"#,
            "{}",
            "`config_sentence_transformers.json`: `default_prompt_name` is `\"x\"`, must be the name of one of `prompts`",
        ),
        (
            r#"{"prompts": {"a": 1}}"#,
            "{}",
            "`config_sentence_transformers.json`: `prompts` is `{\"a\":1}`, must be an object of texts",
        ),
        (
            r#"{"model_type": "SparseEncoder"}"#,
            "{}",
            "`config_sentence_transformers.json`: `model_type` is `\"SparseEncoder\"`, must be `SentenceTransformer`",
        ),
        (
            "{}",
            r#"{"max_seq_length": 0}"#,
            "`sentence_bert_config.json`: `max_seq_length` is `0`, must be a whole number from 3 to 4294967295",
        ),
        (
            "{}",
            r#"{"transformer_task": "fill-mask"}"#,
            "`sentence_bert_config.json`: `transformer_task` is `\"fill-mask\"`, must be `feature-extraction`",
        ),
    ] {
        assert_eq!(with(prompts, bert).unwrap_err(), expected);
    }
}

#[test]
fn a_pooling_that_leaves_prompts_out_has_none() {
    let found = declared(&[
        ("modules.json", TWO),
        ("1_Pooling/config.json", r#"{"include_prompt": false}"#),
    ]);
    let prompts = found.unwrap().prompts;
    assert_eq!(prompts.text(None), Ok(None));
    assert_eq!(prompts.text(Some("a: ")), Err(PromptFault::LeftOut));
}

#[test]
fn a_folder_without_modules_declares_nothing_and_large_files_are_not_read() {
    let empty = folder(&[]);
    assert_eq!(read_layout(empty.path()).unwrap(), None);
    let large = folder(&[("modules.json", &" ".repeat((4 << 20) + 1))]);
    let fault = read_layout(large.path()).unwrap_err();
    assert!(matches!(fault, SentenceFault::Unreadable { .. }), "{fault}");
}

#[test]
fn files_of_modules_are_named_from_the_folder() {
    let list = modules(&[("Dense", "2_Dense"), ("Normalize", "3_Normalize")]);
    let list = list.replace(r#""path": """#, r#""path": "0_Transformer""#);
    let layout = Layout::parse(Path::new("modules.json"), list.as_bytes()).unwrap();
    assert_eq!(layout.transformer, "0_Transformer");
    assert_eq!(
        layout.required(),
        ["1_Pooling/config.json", "2_Dense/config.json"]
    );
    assert_eq!(
        layout.optional(),
        [
            "config_sentence_transformers.json",
            "0_Transformer/sentence_bert_config.json",
            "3_Normalize/config.json"
        ]
    );
    assert_eq!(layout.dense().collect::<Vec<_>>(), ["2_Dense"]);
}
