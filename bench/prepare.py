"""Texts and models for all contestants, made once and kept in the cache."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import random
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import launch
from settings import BATCH, MAX_TOKENS, STEPS_PER_EPOCH, TRAIN_TEXTS, TRIAL_TEXTS, Settings

MINILM = "all-MiniLM-L6-v2"
#: Epochs of the models that inference is measured with: enough to make their answers differ from text to text.
MODEL_EPOCHS = 5
Row = dict[str, str]


@dataclass(frozen=True)
class Texts:
    """The texts: one file to learn from, two to score; all with the columns `text_pp` and `category`."""

    dataset: str
    train: Path
    test: Path
    full: Path
    distinct: int


@dataclass(frozen=True)
class Model:
    """An encoder, a model that was trained from it, and where the ONNX peer's graphs of that model lie."""

    name: str
    encoder: Path
    trained: Path
    onnx: Path

    @property
    def config(self) -> dict[str, Any]:
        """Its config.json."""
        return json.loads((self.encoder / "config.json").read_text())


def fetch(settings: Settings, name: str) -> Path:
    """The folder of an encoder or dataset, fetched where needed."""
    _, out = launch.program([str(settings.program), "fetch", "--quiet", name], settings.timeout)
    return Path(out.strip().splitlines()[-1].partition(": ")[2])


def _preprocessed(settings: Settings, source: Path, folder: Path) -> list[Row]:
    target = folder / f"{source.stem}_pp.csv"
    command = [str(settings.program), "preprocess", str(source), "--output", str(target), "--force", "--quiet"]
    launch.program(command, settings.timeout)
    with open(target, encoding="utf-8", newline="") as file:
        return [{key: row[key] for key in ("text_pp", "category")} for row in csv.DictReader(file)]


def balanced(rows: list[Row], count: int) -> list[Row]:
    """The first `count` rows with as many of each label as of the other, in their order."""
    left = {"0": (count + 1) // 2, "1": count // 2}
    kept = []
    for row in rows:
        if left[row["category"]] > 0:
            left[row["category"]] -= 1
            kept.append(row)
    return kept


def cycled(rows: list[Row], count: int) -> list[Row]:
    """`count` rows: the first ones, from the start again where there are fewer."""
    return [rows[index % len(rows)] for index in range(count)]


def _write(path: Path, rows: list[Row]) -> Path:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["text_pp", "category"])
        writer.writeheader()
        writer.writerows(rows)
    return path


def texts(settings: Settings) -> Texts:
    """The MeToo texts where a mirror has them, else the catalogue's tweets."""
    mirror = os.environ.get("FSL_EXP_MIRROR")
    dataset = "metoo" if mirror and (Path(mirror) / "metoo").is_dir() else "tweets"
    source = fetch(settings, dataset)
    folder = settings.home / "texts" / dataset
    folder.mkdir(parents=True, exist_ok=True)
    train = balanced(_preprocessed(settings, source / "train.csv", folder), TRAIN_TEXTS)
    test = [row for row in _preprocessed(settings, source / "test.csv", folder) if row["text_pp"]]
    full = cycled(test, TRIAL_TEXTS)
    chosen = random.Random(0).sample(range(len(full)), min(settings.texts, len(full)))
    return Texts(
        dataset,
        _write(folder / "train.csv", train),
        _write(folder / f"test{len(chosen)}.csv", [full[index] for index in sorted(chosen)]),
        _write(folder / "test.csv", full),
        len(test),
    )


def _random_distilbert(settings: Settings, python: str | None, vocabulary: Path) -> Path:
    """A DistilBERT of the published size with random weights and MiniLM's vocabulary."""
    folder = settings.home / "encoders" / "distilbert-random"
    if not (folder / "model.safetensors").is_file():
        if python is None:
            raise launch.Failed("its random weights are made with PyTorch, which is not installed")
        script = str(Path(__file__).parent / "peers" / "make_distilbert.py")
        launch.program([python, script, str(folder)], settings.timeout, settings.cores)
        shutil.copy(vocabulary, folder / "vocab.txt")
    return folder


def trained(settings: Settings, name: str, encoder: Path, train: Path, epochs: int = MODEL_EPOCHS) -> Path:
    """A model trained on the texts; made anew when texts or encoder are others."""
    folder = settings.home / "models" / name
    stamp = folder.with_suffix(".sha256")
    digest = hashlib.sha256(train.read_bytes() + (encoder / "model.safetensors").read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != digest:
        folder.parent.mkdir(parents=True, exist_ok=True)
        command = [str(settings.program), "train", str(train), "--encoder", str(encoder), "--quiet", "--force"]
        command += ["--epochs", str(epochs), "--batch-size", str(BATCH), "--output", str(folder)]
        command += ["--max-tokens", str(MAX_TOKENS)]
        launch.program(command, settings.timeout)
        shutil.rmtree(settings.home / "onnx" / name, ignore_errors=True)
        stamp.write_text(digest)
    return folder


def model(settings: Settings, name: str, python: str | None, train: Path) -> Model:
    """The model `name`; `python` is the interpreter that has PyTorch."""
    minilm = fetch(settings, MINILM)
    encoder = minilm if name == "minilm" else _random_distilbert(settings, python, minilm / "vocab.txt")
    return Model(name, encoder, trained(settings, name, encoder, train), settings.home / "onnx" / name)


def onnx(settings: Settings, python: str, made: Model) -> None:
    """The ONNX peer's graphs, exported where they are not there yet."""
    if not (made.onnx / "int8.onnx").is_file():
        script = str(Path(__file__).parent / "peers" / "onnx_export.py")
        launch.program([python, script, str(made.trained), str(made.onnx)], settings.timeout, settings.cores)


def spec(settings: Settings, found: Texts, made: Model, trials: int, full: bool) -> str:
    """The spec of fsl-exp's experiment: the published recipe, at the peers' size or whole."""
    epochs = 30 if full else settings.steps // STEPS_PER_EPOCH
    return f"""name = "bench"

[data]
train      = {json.dumps(str(found.train))}
test       = {json.dumps(str(found.full if full else found.test))}
text       = "text_pp"
label      = "category"
max-tokens = {MAX_TOKENS}

[trials]
seed  = 42
count = {trials}
vary  = ["init", "order", "dropout"]

[[row]]
id = "fsl"
[row.method.finetune]
encoder = {json.dumps(str(made.encoder))}
recipe  = "reference"
epochs  = {epochs}
"""
