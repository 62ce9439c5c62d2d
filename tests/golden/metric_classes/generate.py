"""Makes cases.json: what scikit-learn says about 2, 3, 6 and 77 classes.

    python tests/golden/metric_classes/generate.py

Labels and probabilities are not stored: both languages draw them from the same whole numbers. scikit-learn gets zero_division=0 and all
classes as labels. It refuses ROC AUC and average precision where a class has no text: the value is null then, as is kappa's where it is
not a number. scikit-learn has no calibration error; NumPy's is in 15 bins, of P(label 1) for two classes, otherwise of the top label.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn import metrics as sk

HERE = Path(__file__).parent
TEXTS = {2: 40, 3: 60, 6: 90, 77: 308}
KINDS = ["plain", "ties", "absent", "one answer", "one class", "right"]


class Draws:
    """Knuth's linear congruential generator (MMIX); the upper 31 bits."""

    def __init__(self, seed):
        self.state = seed

    def below(self, end):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % end


def data(kind, classes, seed):
    """Labels, and for each text one whole number per class, whose shares are the probabilities."""
    draws, labels, weights = Draws(seed), [], []
    for text in range(TEXTS[classes]):
        label = draws.below(classes)
        if kind == "absent":
            label -= label % 2
        elif kind == "one class":
            label = 1
        elif text < classes:
            label = text
        if kind == "ties":
            row = [1 + draws.below(4) for _ in range(classes)]
            row[label] += 1
        else:
            row = [1 + draws.below(1000) for _ in range(classes)]
            row[label] += 700
        favourite = {"one answer": 0, "one class": 1, "right": label}.get(kind)
        if favourite is not None:
            row[favourite] += 100_000
        labels.append(label)
        weights.append(row)
    return np.array(labels), np.array(weights, dtype=float)


def calibration_error(probability, outcome):
    bins = np.digitize(probability, np.arange(1, 15) * (1 / 15), right=True)
    gaps = [abs((probability - outcome)[bins == one].sum()) for one in range(15)]
    return sum(gaps) / len(outcome)


def averages(labels, predicted, classes):
    every = {"labels": list(range(classes)), "zero_division": 0}
    for average in ["macro", "micro", "weighted"]:
        for name, function in [("precision", sk.precision_score), ("recall", sk.recall_score), ("f1", sk.f1_score)]:
            yield f"{average}_{name}", function(labels, predicted, average=average, **every)


def ranking(labels, columns, positive):
    """ROC AUC and average precision; None where a class has no text."""
    classes = columns.shape[1]
    own = [labels == one for one in range(classes)]
    precisions = [sk.average_precision_score(own[one], columns[:, one]) if own[one].any() else None for one in range(classes)]
    if positive:
        average_precision = precisions[1]
    else:
        average_precision = None if None in precisions else np.mean(precisions)
    if len(set(labels.tolist())) < classes:
        return None, average_precision
    scores = columns[:, 1] if classes == 2 else columns
    return sk.roc_auc_score(labels, scores, multi_class="ovr", labels=list(range(classes))), average_precision


def case(kind, classes, positive, seed):
    labels, weights = data(kind, classes, seed)
    columns = weights / weights.sum(axis=1, keepdims=True)
    if classes == 2:
        columns = np.stack([1 - columns[:, 1], columns[:, 1]], axis=1)
    predicted = columns.argmax(axis=1)
    every = list(range(classes))
    values = dict(averages(labels, predicted, classes))
    values["accuracy"] = sk.accuracy_score(labels, predicted)
    values["balanced_accuracy"] = sk.balanced_accuracy_score(labels, predicted)
    values["mcc"] = sk.matthews_corrcoef(labels, predicted)
    kappa = sk.cohen_kappa_score(labels, predicted, labels=every)
    values["kappa"] = None if np.isnan(kappa) else kappa
    values["roc_auc"], values["average_precision"] = ranking(labels, columns, positive)
    values["log_loss"] = sk.log_loss(labels, columns, labels=every)
    if classes == 2:
        values["brier"] = sk.brier_score_loss(labels, columns[:, 1], labels=every, pos_label=1)
        values["calibration_error"] = calibration_error(columns[:, 1], labels)
    else:
        values["brier"] = sk.brier_score_loss(labels, columns, labels=every)
        values["calibration_error"] = calibration_error(columns.max(axis=1), predicted == labels)
    if positive:
        for name, function in [("precision", sk.precision_score), ("recall", sk.recall_score), ("f1", sk.f1_score)]:
            values[name] = function(labels, predicted, pos_label=1, zero_division=0)
    per_class = sk.precision_recall_fscore_support(labels, predicted, labels=every, zero_division=0)
    matrix = sk.confusion_matrix(labels, predicted, labels=every)
    small = classes <= 6
    return {
        "kind": kind,
        "classes": classes,
        "positive": positive,
        "seed": seed,
        "values": {name: None if value is None else float(value) for name, value in sorted(values.items())},
        "right": int(np.trace(matrix)),
        "matrix": matrix.tolist() if small else None,
        "per_class": np.transpose(per_class).tolist() if small else None,
    }


def main():
    warnings.simplefilter("ignore")
    kinds = [(classes, positive, kind) for classes in TEXTS for positive in [True, False] for kind in KINDS]
    kinds = [one for one in kinds if one[0] == 2 or not one[1]]
    cases = [case(kind, classes, positive, seed) for seed, (classes, positive, kind) in enumerate(kinds, 1)]
    lines = ",\n".join(json.dumps(one) for one in cases)
    (HERE / "cases.json").write_text(f"[\n{lines}\n]\n")
    (HERE / "versions.txt").write_text(f"scikit-learn {sklearn.__version__}\nnumpy {np.__version__}\n")


if __name__ == "__main__":
    main()
