//! The bench's candle peer: probabilities of texts by a model folder of fsl-exp, batches of texts of similar length.
//!
//! Speaks the protocol of `bench/launch.py`. Every text's tokens are cut, padded to the batch's longest text, and masked.

#[cfg(feature = "mkl")]
extern crate intel_mkl_src; // links MKL

use std::fs;
use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

use anyhow::{anyhow, Context, Result};
use candle_core::{DType, Device, IndexOp, Tensor};
use candle_nn::{Linear, Module, VarBuilder};
use candle_transformers::models::{bert, distilbert};
use serde::Deserialize;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::{Tokenizer, TruncationParams};

/// Texts per batch, as in the Python peers.
const BATCH: usize = 32;

/// What the bench asks for.
#[derive(Deserialize)]
struct Job {
    model: String,
    test: String,
    max_tokens: usize,
}

enum Encoder {
    Bert(bert::BertModel),
    DistilBert(distilbert::DistilBertModel),
}

struct Classifier {
    encoder: Encoder,
    dense: Linear,
    output: Linear,
}

impl Classifier {
    fn load(folder: &Path) -> Result<Self> {
        let config = fs::read_to_string(folder.join("config.json"))?;
        let family: serde_json::Value = serde_json::from_str(&config)?;
        let weights = weights(&folder.join("model.safetensors"))?;
        let encoder = if family["model_type"] == "distilbert" {
            Encoder::DistilBert(distilbert::DistilBertModel::load(
                weights,
                &serde_json::from_str(&config)?,
            )?)
        } else {
            Encoder::Bert(bert::BertModel::load(
                weights,
                &serde_json::from_str(&config)?,
            )?)
        };
        let head =
            candle_core::safetensors::load(folder.join("head.safetensors"), &Device::Cpu)?;
        let layer = |name: &str| -> Result<Linear> {
            let part = |kind: &str| {
                let name = format!("{name}.{kind}");
                head.get(&name)
                    .cloned()
                    .ok_or_else(|| anyhow!("the head has no `{name}`"))
            };
            Ok(Linear::new(part("weight")?, Some(part("bias")?)))
        };
        Ok(Self {
            encoder,
            dense: layer("dense")?,
            output: layer("output")?,
        })
    }

    /// Logits `[B]` of texts whose longest is the first.
    fn logits(&self, texts: &[&[u32]]) -> Result<Vec<f32>> {
        let (count, width) = (texts.len(), texts[0].len());
        let mut ids = vec![0_u32; count * width];
        let mut mask = vec![0_u32; count * width];
        for (row, text) in texts.iter().enumerate() {
            ids[row * width..][..text.len()].copy_from_slice(text);
            mask[row * width..][..text.len()].fill(1);
        }
        let ids = Tensor::from_vec(ids, (count, width), &Device::Cpu)?;
        let hidden = match &self.encoder {
            Encoder::Bert(model) => {
                let mask = Tensor::from_vec(mask, (count, width), &Device::Cpu)?;
                model.forward(&ids, &ids.zeros_like()?, Some(&mask))?
            }
            // This one masks where the number is not 0.
            Encoder::DistilBert(model) => {
                let hidden: Vec<u8> = mask.iter().map(|&kept| u8::from(kept == 0)).collect();
                let mask = Tensor::from_vec(hidden, (count, 1, 1, width), &Device::Cpu)?;
                model.forward(&ids, &mask)?
            }
        };
        let cls = hidden.i((.., 0))?.contiguous()?;
        let logits = self.output.forward(&self.dense.forward(&cls)?.relu()?)?;
        Ok(logits.flatten_all()?.to_vec1()?)
    }

    /// Probabilities in the order of `texts`.
    fn predict(&self, tokenizer: &Tokenizer, texts: &[String]) -> Result<Vec<f64>> {
        let inputs: Vec<&str> = texts.iter().map(String::as_str).collect();
        let encoded = tokenizer
            .encode_batch(inputs, true)
            .map_err(|error| anyhow!(error))?;
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(encoded[index].len()));
        let mut probabilities = vec![0.0; texts.len()];
        for chosen in order.chunks(BATCH) {
            let batch: Vec<&[u32]> = chosen.iter().map(|&i| encoded[i].get_ids()).collect();
            for (&index, logit) in chosen.iter().zip(self.logits(&batch)?) {
                probabilities[index] = 1.0 / (1.0 + (-f64::from(logit)).exp());
            }
        }
        Ok(probabilities)
    }
}

/// Weights in memory, without the prefix that some checkpoints have.
fn weights(path: &Path) -> Result<VarBuilder<'static>> {
    let tensors = candle_core::safetensors::load(path, &Device::Cpu)?;
    Ok(VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu))
}

fn tokenizer(folder: &Path, longest: usize) -> Result<Tokenizer> {
    let path = folder.join("vocab.txt");
    let model = WordPiece::from_file(path.to_str().context("the path is not UTF-8")?)
        .build()
        .map_err(|error| anyhow!(error))?;
    let id = |token: &str| {
        tokenizers::Model::token_to_id(&model, token)
            .map(|id| (token.to_owned(), id))
            .ok_or_else(|| anyhow!("the vocabulary has no {token}"))
    };
    let ends = BertProcessing::new(id("[SEP]")?, id("[CLS]")?);
    let mut tokenizer = Tokenizer::new(model);
    tokenizer.with_normalizer(Some(BertNormalizer::default()));
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    tokenizer.with_post_processor(Some(ends));
    tokenizer
        .with_truncation(Some(TruncationParams {
            max_length: longest,
            ..TruncationParams::default()
        }))
        .map_err(|error| anyhow!(error))?;
    Ok(tokenizer)
}

/// The column `text_pp`.
fn read_texts(path: &str) -> Result<Vec<String>> {
    let mut reader = csv::Reader::from_path(path)?;
    let column = reader
        .headers()?
        .iter()
        .position(|name| name == "text_pp")
        .context("no column `text_pp`")?;
    reader
        .records()
        .map(|record| Ok(record?[column].to_owned()))
        .collect()
}

fn main() -> Result<()> {
    let path = std::env::args().nth(1).context("which job?")?;
    let job: Job = serde_json::from_str(&fs::read_to_string(path)?)?;
    let folder = Path::new(&job.model);
    let classifier = Classifier::load(folder)?;
    let tokenizer = tokenizer(folder, job.max_tokens)?;
    let texts = read_texts(&job.test)?;
    classifier.predict(&tokenizer, &texts[..texts.len().min(2 * BATCH)])?;
    println!("bench: ready");
    std::io::stdin().lock().read_line(&mut String::new())?;
    let began = Instant::now();
    let probabilities = classifier.predict(&tokenizer, &texts)?;
    let seconds = began.elapsed().as_secs_f64();
    let version = format!("0.11.1{}", if cfg!(feature = "mkl") { " with MKL" } else { "" });
    let result = serde_json::json!({
        "seconds": seconds,
        "texts": texts.len(),
        "probabilities": probabilities,
        "versions": { "candle": version },
    });
    println!("bench: {result}");
    Ok(())
}
