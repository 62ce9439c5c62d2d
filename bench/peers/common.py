"""What the Python peers share: the protocol with the bench, texts, tokens, batches.

See `bench/launch.py` for the protocol. Every peer tokenizes with Hugging Face's `tokenizers`, which is what transformers'
fast tokenizers are; tokenizing is part of what is measured at inference.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from pathlib import Path
from typing import Any, Callable, Iterator, Sequence

import numpy as np
import tokenizers

Job = dict[str, Any]
#: Texts per batch at inference.
INFERENCE_BATCH = 32


def read_job() -> Job:
    """The job whose path is the first argument."""
    return json.loads(Path(sys.argv[1]).read_text())


def meet() -> None:
    """Says that everything is loaded and warm, and waits until the bench says go."""
    print("bench: ready", flush=True)
    sys.stdin.readline()


def report(**result: Any) -> None:
    """Hands the result to the bench."""
    print("bench: " + json.dumps(result), flush=True)


def read_texts(path: str) -> tuple[list[str], list[int]]:
    """The columns `text_pp` and `category` of a CSV file."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text_pp"] for row in rows], [int(row["category"]) for row in rows]


class Tokenizer:
    """The folder's tokenizer.json, else WordPiece by its vocab.txt, with special tokens, cut to `longest` tokens."""

    def __init__(self, folder: str, longest: int) -> None:
        whole = Path(folder) / "tokenizer.json"
        if whole.is_file():
            self.inner = tokenizers.Tokenizer.from_file(str(whole))
        else:
            self.inner = tokenizers.BertWordPieceTokenizer(str(Path(folder) / "vocab.txt"), lowercase=True)
        self.inner.enable_truncation(longest)

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self.inner.encode_batch(list(texts))]


def pad(texts: Sequence[Sequence[int]], width: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Ids and mask, int64 `[B, T]`, where T is `width` or the longest text's length."""
    width = width or max(len(text) for text in texts)
    ids = np.zeros((len(texts), width), np.int64)
    mask = np.zeros_like(ids)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
        mask[row, : len(text)] = 1
    return ids, mask


def training_batches(count: int, size: int, seed: int) -> Iterator[np.ndarray]:
    """Indices of batches without end: a new order each epoch, the smaller last batch left out."""
    generator = np.random.default_rng(seed)
    while True:
        order = generator.permutation(count)
        for start in range(0, count - size + 1, size):
            yield order[start : start + size]


def predict(
    texts: Sequence[str],
    tokenizer: Tokenizer,
    forward: Callable[[np.ndarray, np.ndarray], np.ndarray],
    width: int | None,
) -> np.ndarray:
    """Probabilities `[N]` in the order of `texts`: batches padded to `width`, or, without one, of texts of similar length."""
    tokens = tokenizer(texts)
    order = np.arange(len(tokens))
    if width is None:
        order = np.argsort([-len(text) for text in tokens], kind="stable")
    logits = np.empty(len(tokens))
    for start in range(0, len(tokens), INFERENCE_BATCH):
        chosen = order[start : start + INFERENCE_BATCH]
        logits[chosen] = forward(*pad([tokens[index] for index in chosen], width))
    return 1 / (1 + np.exp(-logits))


def measure_inference(
    job: Job, forward: Callable[[np.ndarray, np.ndarray], np.ndarray], width: int | None, **facts: Any
) -> None:
    """Warms up on the first texts, waits for the bench, measures all texts, and reports."""
    texts, _ = read_texts(job["test"])
    tokenizer = Tokenizer(job["model"], job["max_tokens"])
    predict(texts[: 2 * INFERENCE_BATCH], tokenizer, forward, width)
    meet()
    began = time.perf_counter()
    probabilities = predict(texts, tokenizer, forward, width)
    seconds = time.perf_counter() - began
    report(seconds=seconds, texts=len(texts), probabilities=probabilities.tolist(), **facts)
