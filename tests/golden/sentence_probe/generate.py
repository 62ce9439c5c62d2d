"""Probes of the encoders of ../sentence: sentence-transformers' `encode` of the texts of the integration tests' workplace, cut at 32
tokens, and scikit-learn's LogisticRegression with balanced classes on them.

Writes, beside itself:
  probabilities.json   of class 1, for each test text, by folder: as it declares; `-passage` with that prompt, `-none` without one,
                       `-plain` the mean alone
  versions.txt         what it ran with

Run: python generate.py
"""

import json
import pathlib

import sentence_transformers
import sklearn
import torch
import transformers
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Pooling
from sklearn.linear_model import LogisticRegression

HERE = pathlib.Path(__file__).resolve().parent
ENCODERS = HERE.parent / "sentence"
TOKENS = 32
# Vectors of random encoders are alike: a weak penalty tells them apart.
C = 1e5
WORDS = [["dull", "slow", "grey"], ["bright", "quick", "warm"]]


def labelled(first, count):
    """As `labelled_from` of tests/support/mod.rs."""
    numbers = range(first, first + count)
    texts = ["the {} day number {} was {} and {}, they said".format(WORDS[n % 2][0], n, *WORDS[n % 2][1:]) for n in numbers]
    return texts, [n % 2 for n in numbers]


def probabilities(model, **prompt):
    model.max_seq_length = TOKENS
    (train, labels), (test, _) = labelled(0, 12), labelled(12, 40)
    train, test = (model.encode(texts, **prompt).astype("float64") for texts in (train, test))
    probe = LogisticRegression(C=C, class_weight="balanced", solver="newton-cholesky", tol=1e-12, max_iter=1000)
    return probe.fit(train, labels).predict_proba(test)[:, 1].tolist()


def encoder(name):
    return SentenceTransformer(str(ENCODERS / name), device="cpu")


def plain(name):
    """The Transformer and the mean alone."""
    transformer = encoder(name)[0]
    return SentenceTransformer(modules=[transformer, Pooling(16, pooling_mode="mean")], device="cpu")


def main():
    made = {name: probabilities(encoder(name)) for name in ("mean-normalize", "weighted-dense")}
    made["weighted-dense-passage"] = probabilities(encoder("weighted-dense"), prompt_name="passage")
    made["weighted-dense-none"] = probabilities(encoder("weighted-dense"), prompt="")
    for name in ("mean-normalize", "weighted-dense"):
        made[f"{name}-plain"] = probabilities(plain(name))
    (HERE / "probabilities.json").write_text(json.dumps(made, indent=1) + "\n")
    versions = [
        f"torch {torch.__version__}", f"transformers {transformers.__version__}",
        f"sentence-transformers {sentence_transformers.__version__}", f"scikit-learn {sklearn.__version__}",
    ]
    (HERE / "versions.txt").write_text("\n".join(versions) + "\n")


main()
