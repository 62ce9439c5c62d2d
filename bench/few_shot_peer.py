"""The setfit package on the draws of experiments/beyond.toml: accuracy by `method.predictions`, and seconds. See bench/README.md.

    python bench/few_shot_peer.py OUT [DATASET …]      # DATASET: names of the catalogue; default: the sets of SetFit's published table

Needs an interpreter with setfit 1.2, FSL_EXP (the program; default: `fsl-exp`), and the encoder and datasets in the cache
(`fsl-exp fetch`). For every set and draw it trains SetFit on the sample that `export --samples` lists, and writes

    OUT/DATASET_SHOTS_iITERATIONS_DRAW.csv   probabilities of the test texts
    OUT/seconds.csv              of every draw: seconds of training and of prediction, loading the encoder not counted
    OUT/setfit.toml              a spec that imports those of the datasets that were named

Draws that are there are kept, so that an interrupted run goes on. BENCH_SHOTS (default 8), BENCH_DRAWS (10), BENCH_ITERATIONS
(`num_iterations`, 0 for the package's own sampling; default 20, the paper's, which is slower and on cr more accurate).
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from datasets import Dataset
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Normalize, Pooling, Transformer
from setfit import SetFitModel, Trainer, TrainingArguments
from sklearn.linear_model import LogisticRegression

FSL = os.environ.get("FSL_EXP") or "fsl-exp"
CACHE = Path(os.environ.get("FSL_EXP_CACHE") or Path.home() / ".cache/fsl-exp")
SHOTS = int(os.environ.get("BENCH_SHOTS") or 8)
DRAWS = int(os.environ.get("BENCH_DRAWS") or 10)
ITERATIONS = int(os.environ.get("BENCH_ITERATIONS") or 20)
PUBLISHED = ("cr", "sst5", "emotion", "ag_news", "amazon_counterfactual")
#: As experiments/beyond.toml: the draws depend on data, seed, shots and trial.
SEED = 42
MAX_TOKENS = 64
ENCODER = "all-MiniLM-L6-v2"

SPEC = """name = "setfit"
[data]
dataset    = "{dataset}"
max-tokens = {max_tokens}
[trials]
seed  = {seed}
count = {draws}
vary  = ["sample"]
shots = {shots}
[table]
metrics = ["accuracy", "macro-f1", "mcc"]
[[row]]
id = "{row}"
method.{method}
{sweep}"""


def spec(dataset: str, row: str, method: str, sweep: str = "") -> str:
    """A spec with the draws of experiments/beyond.toml and one row."""
    return SPEC.format(
        dataset=dataset, row=row, method=method, sweep=sweep, seed=SEED, draws=DRAWS, shots=SHOTS, max_tokens=MAX_TOKENS
    )


def samples(out: Path, dataset: str) -> pd.DataFrame:
    """Which training texts each draw has."""
    path, listed = out / f"{dataset}.toml", out / f"{dataset}_samples.csv"
    path.write_text(spec(dataset, "bow", "bow = {}"))
    subprocess.run([FSL, "export", path, "--samples", listed, "--force", "--results", out / "results"], check=True)
    return pd.read_csv(listed)


def folder() -> Path:
    """The encoder in the cache."""
    found = sorted((CACHE / "encoders" / ENCODER).glob("**/config.json"))
    if not found:
        sys.exit(f"{ENCODER} is not in {CACHE}: run `{FSL} fetch {ENCODER}`")
    return found[0].parent


def trained(encoder: Path, train: pd.DataFrame, names: list[str], seed: int) -> tuple[SetFitModel, float]:
    """SetFit as its package trains it, and the seconds that it took."""
    # As the hub's folder declares it: the mean, scaled to length 1. The catalogue's has weights and tokenizer only.
    transformer = Transformer(str(encoder), max_seq_length=MAX_TOKENS)
    body = SentenceTransformer(modules=[transformer, Pooling(transformer.get_word_embedding_dimension()), Normalize()], device="cpu")
    model = SetFitModel(model_body=body, model_head=LogisticRegression(), labels=names)
    options = {"num_iterations": ITERATIONS} if ITERATIONS else {}
    arguments = TrainingArguments(seed=seed, report_to="none", save_strategy="no", show_progress_bar=False, **options)
    labels = [names.index(str(label)) for label in train["label"]]
    data = Dataset.from_dict({"text": train["text"].astype(str).tolist(), "label": labels})
    began = time.perf_counter()
    Trainer(model=model, args=arguments, train_dataset=data).train()
    return model, time.perf_counter() - began


def draw(encoder: Path, files: tuple[pd.DataFrame, pd.DataFrame], sample: pd.DataFrame, path: Path) -> tuple[float, float]:
    """One draw: writes the probabilities; seconds of training and of prediction."""
    pool, test = files
    names = sorted(map(str, pool["label"].unique()))
    model, training = trained(encoder, pool.iloc[sample["index"]], names, int(sample["trial"].iloc[0]))
    began = time.perf_counter()
    with torch.inference_mode():
        probabilities = np.asarray(model.predict_proba(test["text"].astype(str).tolist(), as_numpy=True), dtype=float)
    prediction = time.perf_counter() - began
    table = pd.DataFrame(probabilities / probabilities.sum(axis=1, keepdims=True), columns=[f"probability_{name}" for name in names])
    table["train_rows_sha256"] = sample["train_rows_sha256"].iloc[0]
    part = path.with_suffix(".part")
    table.to_csv(part, index_label="index")
    part.rename(path)
    return training, prediction


def main() -> None:
    """Trains what is not there yet, and writes the spec."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    out, datasets = Path(sys.argv[1]), sys.argv[2:] or list(PUBLISHED)
    out.mkdir(parents=True, exist_ok=True)
    encoder, seconds = folder(), out / "seconds.csv"
    if not seconds.is_file():
        seconds.write_text("dataset,shots,iterations,draw,training,prediction\n")
    for dataset in datasets:
        files = tuple(pd.read_csv(CACHE / "datasets" / dataset / f"{part}.csv", keep_default_na=False) for part in ("train", "test"))
        for number, sample in samples(out, dataset).groupby("trial"):
            path = out / f"{dataset}_{SHOTS}_i{ITERATIONS}_{number}.csv"
            if path.is_file():
                continue
            took = draw(encoder, files, sample, path)
            with seconds.open("a", newline="") as file:
                csv.writer(file).writerow([dataset, SHOTS, ITERATIONS, number, *(f"{one:.2f}" for one in took)])
            print(f"{dataset}, draw {number}: {took[0]:.1f} s of training, {took[1]:.1f} s of prediction", flush=True)
    names = [f'"{dataset}"' for dataset in datasets]
    paths = [f'"{dataset}_{{shots}}_i{ITERATIONS}_{{trial}}.csv"' for dataset in datasets]
    sweep = f"[sweep.zip]\ndata.dataset = [{', '.join(names)}]\nrow.setfit.method.predictions.file = [{', '.join(paths)}]\n"
    first = f'predictions = {{ file = {paths[0]} }}'
    (out / "setfit.toml").write_text(spec(datasets[0], "setfit", first, sweep))


main()
