//! Static encoders in folders, on the hub and in the catalogue.

use super::server::HubServer;
use super::*;
use fsl_common::sentence::VectorModule;
use fsl_common::settings::Pooling;

/// What model2vec saves, `normalize` true.
const STATIC: [(&str, &str); 4] = [
    (
        "modules.json",
        r#"[{"type": "sentence_transformers.models.StaticEmbedding", "path": "."}, {"type": "sentence_transformers.models.Normalize", "path": "1_Normalize"}]"#,
    ),
    (
        "config.json",
        r#"{"model_type": "model2vec", "normalize": true}"#,
    ),
    (
        "tokenizer.json",
        r#"{"model": {"vocab": {}}, "normalizer": {"type": "Lowercase"}}"#,
    ),
    ("model.safetensors", "w"),
];

/// Its config.json declares all that is followed, with a modules.json beside it and without.
#[test]
fn static_encoders_are_read_from_folders_the_hub_and_the_catalogue() {
    let (server, home) = (HubServer::start(), tempfile::tempdir().unwrap());
    let repository = "minishlab/potion-base-8M";
    for (name, text) in STATIC {
        server.put(repository, name, text.as_bytes());
    }
    let settings = settings(home.path(), Some(server.endpoint()));
    let assets = Assets::new(settings, Catalog::built_in().clone());
    let here = tempfile::tempdir().unwrap();
    for (name, text) in STATIC {
        write_atomic(&here.path().join(name), text.as_bytes()).unwrap();
    }
    let names = [
        "potion-base-8M".to_owned(),
        format!("hf:{repository}"),
        here.path().display().to_string(),
    ];
    let found = names.map(|name| {
        let reference = EncoderRef::parse(&name).unwrap();
        assets.encoder(&reference, &mut ignore).unwrap()
    });
    for encoder in &found {
        assert_eq!(encoder.declared.pooling, Some(Pooling::Mean));
        assert_eq!(encoder.declared.modules, [VectorModule::Normalize]);
        assert_eq!(encoder.sha256, found[0].sha256);
        assert!(encoder.source.lowercase && encoder.notices.is_empty());
    }
}
