"""95 % intervals of a trial's F1, accuracy and ROC AUC over its test texts, by resampling them. Two classes.

    fsl-exp export SPEC --predictions P.csv && python bench/intervals.py P.csv

Percentiles of 2,000 resamples (of the AUC 300) with a fixed seed, a line per row and trial. Needs NumPy, pandas and scikit-learn.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

RESAMPLES, RESAMPLES_OF_AUC = 2000, 300


def scores(labels: np.ndarray, predicted: np.ndarray) -> tuple[float, float]:
    """F1 of label 1 and accuracy, in percent."""
    hits = (labels & predicted).sum()
    return 200 * hits / (labels.sum() + predicted.sum()), 100 * (labels == predicted).mean()


def report(labels: np.ndarray, probabilities: np.ndarray) -> str:
    """The three figures with their intervals."""
    rng = np.random.default_rng(0)
    predicted = probabilities > 0.5
    draws = [rng.integers(0, len(labels), len(labels)) for _ in range(RESAMPLES)]
    of_labels = np.array([scores(labels[draw], predicted[draw]) for draw in draws])
    of_auc = [100 * roc_auc_score(labels[draw], probabilities[draw]) for draw in draws[:RESAMPLES_OF_AUC]]
    auc = 100 * roc_auc_score(labels, probabilities)
    found = zip(("F1", "accuracy", "ROC AUC"), (*scores(labels, predicted), auc), (*of_labels.T, of_auc))
    return ", ".join("{} {:.2f} [{:.2f}, {:.2f}]".format(name, value, *np.percentile(all_, [2.5, 97.5])) for name, value, all_ in found)


def main() -> None:
    """Every file named on the command line."""
    for file in sys.argv[1:]:
        for (row, trial), texts in pd.read_csv(file).groupby(["row", "trial"], sort=False):
            print(f"{row} trial {trial + 1}: {report(texts.label.to_numpy(), texts.probability.to_numpy())}")


if __name__ == "__main__":
    main()
