"""Does tuning the encoder on texts without labels help rows on frozen layers? SimCSE and TSDAE, then the rows of experiments/beyond.toml.

    python bench/domain_tuning.py OUT [DATASET …]      # DATASET: names of the catalogue; default: the development sets

Needs an interpreter with torch, transformers and pandas, FSL_EXP (the program; default: `fsl-exp`), and the encoder and datasets in the cache
(`fsl-exp fetch`). Tunes all-MiniLM-L6-v2 on 2,500 texts of the training file without their labels, one pass:

    simcse      a text and itself under other dropout against the other texts of the batch (Gao et al. 2021, unsupervised): temperature 0.05,
                batches of 64, learning rate 3e-5
    tsdae       a decoder writes a text from the vector of what is left of it without 60 % of its words (Wang et al. 2021): batches of 8,
                learning rate 3e-5; the decoder starts from the encoder and is not tied to it

and writes OUT/DATASET_KIND (a folder that fsl-exp reads as an encoder) and OUT/DATASET.toml, which compares them with the encoder as it is.
There is no masked-word head for this encoder, so that masked words are not tried. BENCH_SHOTS (default 8), BENCH_DRAWS (5), BENCH_POOL (2500).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer, get_linear_schedule_with_warmup

FSL = os.environ.get("FSL_EXP") or "fsl-exp"
CACHE = Path(os.environ.get("FSL_EXP_CACHE") or Path.home() / ".cache/fsl-exp")
SHOTS = int(os.environ.get("BENCH_SHOTS") or 8)
DRAWS = int(os.environ.get("BENCH_DRAWS") or 5)
ENCODER = "all-MiniLM-L6-v2"
POOL = int(os.environ.get("BENCH_POOL") or 2500)
MAX_TOKENS = 64
LEARNING_RATE = 3e-5
KEPT_WORDS = 0.4
TEMPERATURE = 0.05

SPEC = """name = "domain_{name}"
[data]
dataset    = "{dataset}"
transfer   = "train"
transfer-size = 2500
max-tokens = 64
[trials]
seed  = 42
count = {draws}
vary  = ["sample"]
shots = {shots}
[table]
metrics = ["accuracy", "macro-f1", "mcc"]
"""
ROW = """[[row]]
id = "{kind}-{method}"
[row.method.{method}]
encoder  = "{encoder}"
features = {{ layers = [3, 4, 5, 6], weights = [1, 1, 1, 3], center = "pool" }}
label-names = {{}}
"""


def pooled(model, batch) -> torch.Tensor:
    """The mean of the tokens' vectors."""
    hidden = model(**batch).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1)
    return (hidden * mask).sum(1) / mask.sum(1)


def simcse(model, tokenizer, texts: list[str]):
    """Yields the loss of each batch."""
    for begin in range(0, len(texts) - 1, 64):
        batch = tokenizer(texts[begin : begin + 64], padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        one, other = (torch.nn.functional.normalize(pooled(model, batch)) for _ in range(2))
        yield torch.nn.functional.cross_entropy(one @ other.T / TEMPERATURE, torch.arange(len(one)))


def without_words(text: str) -> str:
    """What is left of a text."""
    words = text.split()
    return " ".join(word for word in words if random.random() < KEPT_WORDS) or random.choice(words or [text])


def tsdae(model, tokenizer, texts: list[str], decoder):
    """Yields the loss of each batch."""
    for begin in range(0, len(texts), 8):
        whole = texts[begin : begin + 8]
        options = {"padding": True, "truncation": True, "max_length": MAX_TOKENS, "return_tensors": "pt"}
        vectors = pooled(model, tokenizer([without_words(text) for text in whole], **options))
        target = tokenizer(whole, **options)
        labels = target["input_ids"].masked_fill(target["attention_mask"] == 0, -100)
        yield decoder(**target, encoder_hidden_states=vectors.unsqueeze(1), labels=labels).loss


def tuned(encoder: Path, kind: str, texts: list[str], out: Path) -> None:
    """Tunes the encoder, and leaves it in a folder."""
    torch.manual_seed(0)
    random.seed(0)
    texts = random.sample(texts, len(texts))
    tokenizer, model = AutoTokenizer.from_pretrained(encoder), AutoModel.from_pretrained(encoder).train()
    parameters = list(model.parameters())
    if kind == "simcse":
        losses, steps = simcse(model, tokenizer, texts), len(texts) // 64
    else:
        decoder = AutoModelForCausalLM.from_pretrained(encoder, is_decoder=True, add_cross_attention=True).train()
        parameters += decoder.parameters()
        losses, steps = tsdae(model, tokenizer, texts, decoder), len(texts) // 8
    optimizer = torch.optim.AdamW(parameters, lr=LEARNING_RATE)
    schedule = get_linear_schedule_with_warmup(optimizer, 0, steps + 1)
    began, first, last = time.perf_counter(), None, None
    for loss in losses:
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        first, last = first or loss.item(), loss.item()
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    print(f"{out.name}: loss {first:.3f} to {last:.3f}, {time.perf_counter() - began:.0f} s", flush=True)


def main() -> None:
    """Tunes what is not there yet, and runs the specs."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    out, datasets = Path(sys.argv[1]), sys.argv[2:] or ["cr", "emotion", "amazon_counterfactual"]
    out.mkdir(parents=True, exist_ok=True)
    encoder = next((CACHE / "encoders" / ENCODER).glob("**/config.json")).parent
    for dataset in datasets:
        train = pd.read_csv(CACHE / "datasets" / dataset / "train.csv", keep_default_na=False)
        texts = train["text"].astype(str).sample(min(POOL, len(train)), random_state=0).tolist()
        text = SPEC.format(name=dataset, dataset=dataset, draws=DRAWS, shots=SHOTS)
        for kind in ("plain", "simcse", "tsdae"):
            folder = out / f"{dataset}_{kind}"
            if kind != "plain" and not (folder / "model.safetensors").is_file():
                tuned(encoder, kind, texts, folder)
            name = ENCODER if kind == "plain" else f"./{folder.name}"
            text += "".join(ROW.format(kind=kind, method=method, encoder=name) for method in ("probe", "cross-view"))
        path = out / f"{dataset}.toml"
        path.write_text(text)
        subprocess.run([FSL, "run", path, "--results", out / "results", "--quiet", "--format", "markdown"], check=True)


main()
