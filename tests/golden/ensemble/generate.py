"""Ensembles by numpy and scikit-learn: the figures of the mean of members, and their spread where the members are resampled.

    python tests/golden/ensemble/generate.py > tests/golden/ensemble/cases.json

Each case: `members` [M][N] probabilities, `labels` [N], `f1`/`precision`/`recall` of the mean at 0.5, and `sd` of the three over
100,000 times M members drawn with replacement (ddof 1).
"""

import json
import sys

import numpy as np
from sklearn.metrics import f1_score, precision_score, recall_score

RESAMPLES = 100_000


def figures(labels, mean):
    predicted = mean > 0.5
    return [score(labels, predicted, zero_division=0) for score in (f1_score, precision_score, recall_score)]


def spread(members, labels, random):
    """The three standard deviations, by counts, because scikit-learn would take hours for this many."""
    positives = labels == 1
    values = []
    for _ in range(RESAMPLES):
        mean = members[random.integers(0, len(members), len(members))].mean(axis=0)
        predicted = mean > 0.5
        hits, said = np.sum(predicted & positives), predicted.sum()
        precision, recall = (hits / said if said else 0.0), hits / positives.sum()
        values.append((2 * hits / (said + positives.sum()), precision, recall))
    return np.std(values, axis=0, ddof=1)


def case(random, size, texts, noise, bias):
    labels = random.integers(0, 2, texts)
    signal = 0.35 + 0.3 * labels + random.normal(0, noise, (size, texts)) + random.normal(0, bias, (size, 1))
    members = np.round(np.clip(signal, 0, 1), 4)
    f1, precision, recall = figures(labels, members.mean(axis=0))
    return {
        "members": members.tolist(),
        "labels": labels.tolist(),
        "f1": f1,
        "precision": precision,
        "recall": recall,
        "sd": spread(members, labels, random).tolist(),
    }


random = np.random.default_rng(7)
cases = [case(random, *shape) for shape in ((15, 60, 0.3, 0.08), (5, 80, 0.4, 0.15), (2, 50, 0.3, 0.1))]
json.dump(cases, sys.stdout)
print()
