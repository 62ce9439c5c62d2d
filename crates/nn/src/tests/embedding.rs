//! all-MiniLM-L6-v2, where it is at hand.

use std::path::PathBuf;

use tch::{Device, Tensor};

use super::tensors;
use crate::{Encoder, OpenEncoder, VectorModules, embed};
use fsl_common::settings::{EncoderSource, Pooling};
use fsl_test_support::golden;

/// The folder of all-MiniLM-L6-v2 in `FSL_EXP_MINILM`.
fn minilm() -> EncoderSource {
    let folder = PathBuf::from(std::env::var_os("FSL_EXP_MINILM").unwrap());
    EncoderSource {
        config: folder.join("config.json"),
        vocab: folder.join("vocab.txt"),
        weights: folder.join("model.safetensors"),
        shards: Vec::new(),
        lowercase: true,
        tokenizer: Vec::new(),
    }
}

mod needs_encoder {
    use super::*;

    /// Witness: sentence-transformers, tests/golden/embed/generate.py. 1e-5: values are of order 0.1 to 1.
    #[test]
    #[ignore = "needs the folder of all-MiniLM-L6-v2 in FSL_EXP_MINILM"]
    fn embeddings_of_minilm_equal_those_of_sentence_transformers() {
        let files = OpenEncoder::open(&minilm()).unwrap();
        let encoder = Encoder::load(&files, Device::Cpu).unwrap();
        let tokenizer = files.tokenizer().unwrap();
        let mut file = csv::Reader::from_path(golden("embed/texts.csv")).unwrap();
        let texts: Vec<String> = file
            .records()
            .map(|record| record.unwrap()[0].to_owned())
            .collect();
        let golden_file = tensors(&golden("embed/embeddings.safetensors"));
        let long = Vec::<i64>::try_from(&golden_file["long"]).unwrap();
        let long: Vec<String> = long
            .iter()
            .map(|&index| texts[index as usize].clone())
            .collect();
        for (texts, tokens) in [(&texts, 64), (&long, 256)] {
            let expected = &golden_file[&format!("mean_{tokens}")];
            let ids = tokenizer.encode_all(texts, tokens);
            let rows = embed(
                &encoder,
                &ids,
                Pooling::Mean,
                &VectorModules::default(),
                &mut |_| (),
            )
            .unwrap();
            let found = Tensor::from_slice(&rows.concat()).view([texts.len() as i64, -1]);
            let worst = (found - expected).abs().max().double_value(&[]);
            assert!(worst < 1e-5, "{tokens} tokens: {worst}");
        }
    }
}
