"""Golden long texts: which token ids are read of texts with more than the limit, and the vectors of their windows' means.

Tokenizers: the BERT of tests/golden/sentence (vocab.txt) and the RoBERTa of tests/golden/tokenizers (tokenizer.json). Writes, beside
itself:
  ids.json             the texts, and by tokenizer and limit, for every text: `head-tail`, by the formula of Sun et al. 2019
                       (arXiv 1905.05583, section 5.3.1) on transformers' ids; `windows`, transformers' own
                       (`return_overflowing_tokens`), of which the first 64 count
  vectors.safetensors  by folder of tests/golden/sentence: a row per text, the mean over the windows of the pooled vectors that
                       sentence-transformers gives to each, weighted by their tokens without special ones, then its own Dense and Normalize
  versions.txt         what it ran with

Run: python generate.py
"""

import json
import shutil
import tempfile
from fractions import Fraction
from pathlib import Path

import safetensors.torch
import sentence_transformers
import torch
import transformers
from sentence_transformers import SentenceTransformer
from transformers import AutoTokenizer

HERE = Path(__file__).resolve().parent
SENTENCE = HERE.parent / "sentence"
ROBERTA = HERE.parent / "tokenizers" / "bases" / "roberta.json"
LIMITS = (3, 8, 17)
MOST_WINDOWS = 64
WORDS = "the train is late and nobody said a word about it , which is what they do .".split()


def words(count, step=1):
    return " ".join(WORDS[(number * step) % len(WORDS)] for number in range(count))


TEXTS = ["", "a", "the train is late", "a b c d e f", "a b c d e f g", words(12), words(40), words(33, 5), words(230, 7)]


def head_tail(own, places):
    """The ids at both ends: 128 of 510 places for the begin, of other numbers the nearest whole one."""
    if len(own) <= places:
        return own
    head = round(Fraction(places * 128, 510))
    return own[:head] + own[len(own) - (places - head):]


def ids(tokenizer, text, limit):
    whole = tokenizer(text)["input_ids"]
    before, behind = whole[:1], whole[-1:]
    assert len(tokenizer("")["input_ids"]) == 2
    ends = before + head_tail(whole[1:-1], limit - 2) + behind
    windows = tokenizer(text, truncation=True, max_length=limit, return_overflowing_tokens=True)["input_ids"]
    assert sum(len(window) - 2 for window in windows) == len(whole) - 2
    return {"head-tail": ends, "windows": windows[:MOST_WINDOWS]}


def vector(model, windows):
    """Each window alone through Transformer and Pooling; their mean; what follows."""
    pooled, weights = [], []
    for window in windows:
        features = {"input_ids": torch.tensor([window]), "attention_mask": torch.ones(1, len(window), dtype=torch.long)}
        pooled.append(model[1](model[0](features))["sentence_embedding"][0])
        weights.append(float(len(window) - 2))
    weights = torch.tensor(weights if sum(weights) else [1.0])
    features = {"sentence_embedding": (torch.stack(pooled) * weights[:, None]).sum(0, keepdim=True) / weights.sum()}
    for module in list(model)[2:]:
        features = module(features)
    return features["sentence_embedding"][0]


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        shutil.copy(ROBERTA, folder / "tokenizer.json")
        (folder / "config.json").write_text('{"model_type": "roberta"}')
        tokenizers = {"bert": AutoTokenizer.from_pretrained(SENTENCE / "cls"), "roberta": AutoTokenizer.from_pretrained(folder)}
        golden = {
            name: {str(limit): [ids(tokenizer, text, limit) for text in TEXTS] for limit in LIMITS}
            for name, tokenizer in tokenizers.items()
        }
    text = json.dumps({"texts": TEXTS, "ids": golden}, separators=(",", ":"))
    (HERE / "ids.json").write_text(text.replace("},{", "},\n{") + "\n")
    vectors = {}
    with torch.no_grad():
        for name in ("cls", "mean-normalize", "weighted-dense", "last-dense"):
            model = SentenceTransformer(str(SENTENCE / name), device="cpu").eval()
            vectors[name] = torch.stack([vector(model, each["windows"]) for each in golden["bert"]["8"]])
    safetensors.torch.save_file(vectors, HERE / "vectors.safetensors")
    versions = [
        f"torch {torch.__version__}", f"transformers {transformers.__version__}",
        f"sentence-transformers {sentence_transformers.__version__}", f"safetensors {safetensors.__version__}",
    ]
    (HERE / "versions.txt").write_text("\n".join(versions) + "\n")


main()
