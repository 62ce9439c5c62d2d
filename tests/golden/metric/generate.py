"""Makes cases.json: what scikit-learn says about small sets of labels and probabilities.

    python tests/golden/metric/generate.py

scikit-learn gets hard predictions (probability > threshold), zero_division=0 and, for macro F1, both labels.
"f1_from_rounded" is the published table's order of work: percent, two decimals by numpy.round, then F1.
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    matthews_corrcoef,
    precision_score,
    recall_score,
)

HERE = Path(__file__).parent


def case(name, labels, probabilities, threshold=0.5):
    labels = np.asarray(labels, dtype=int)
    probabilities = np.asarray(probabilities, dtype=float)
    predicted = (probabilities > threshold).astype(int)
    (tn, fp), (fn, tp) = confusion_matrix(labels, predicted, labels=[0, 1])
    precision = precision_score(labels, predicted, zero_division=0)
    recall = recall_score(labels, predicted, zero_division=0)
    p, r = np.round(100 * precision, 2), np.round(100 * recall, 2)
    return {
        "name": name,
        "labels": labels.tolist(),
        "probabilities": probabilities.tolist(),
        "threshold": threshold,
        "expected": {
            "counts": [int(tp), int(fp), int(fn), int(tn)],
            "f1": float(f1_score(labels, predicted, zero_division=0)),
            "precision": float(precision),
            "recall": float(recall),
            "accuracy": float(accuracy_score(labels, predicted)),
            "macro_f1": float(f1_score(labels, predicted, labels=[0, 1], average="macro", zero_division=0)),
            "mcc": float(matthews_corrcoef(labels, predicted)),
            "f1_from_rounded": float(2 * p * r / (p + r) / 100) if p + r else 0.0,
        },
    }


def random_case(name, rng, size, threshold):
    labels = rng.integers(0, 2, size)
    probabilities = np.round(np.clip(rng.normal(0.35 + 0.25 * labels, 0.25), 0, 1), 3)
    return case(name, labels, probabilities, threshold)


def main():
    rng = np.random.default_rng(42)
    cases = [
        case("unequal precision and recall", [1, 0, 0, 0, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0]),
        case("no predicted positives", [1, 0, 1, 0], [0.1, 0.2, 0.3, 0.4]),
        case("no true positives", [1, 0, 1, 0], [0.1, 0.9, 0.3, 0.8]),
        case("no positive labels", [0, 0, 0], [0.9, 0.1, 0.2]),
        case("only negatives, all right", [0, 0, 0], [0.3, 0.1, 0.2]),
        case("only positives, all right", [1, 1], [0.7, 0.9]),
        case("all right", [1, 0, 1, 0, 1], [0.9, 0.1, 0.8, 0.2, 0.51]),
        case("all wrong", [1, 0, 1], [0.1, 0.9, 0.2]),
        case("exactly the threshold is negative", [1, 0, 1, 0], [0.5, 0.5, 0.500001, 0.499999]),
        case("threshold 0", [1, 0, 0], [0.0, 0.0, 1e-9], 0.0),
    ]
    for size, threshold in [(17, 0.5), (60, 0.5), (60, 0.3), (101, 0.7)]:
        cases.append(random_case(f"random, {size} texts, threshold {threshold}", rng, size, threshold))
    lines = ",\n".join(json.dumps(c) for c in cases)
    (HERE / "cases.json").write_text(f"[\n{lines}\n]\n")
    (HERE / "versions.txt").write_text(f"scikit-learn {sklearn.__version__}\nnumpy {np.__version__}\n")


if __name__ == "__main__":
    main()
