"""Nearest class means by scikit-learn: the predictions of NearestCentroid(metric="euclidean") on vectors scaled to length 1.

Writes, beside itself:
  cases.json     per case: `train` [N][D] and `labels` [N], `test` [M][D], all before scaling; `predicted` [M] and `probabilities`
                 [M] of label 1. The case "encoder" has no `train` and `test`: they are the first 40 and the last 60 rows of
                 mean_64 in ../embed/embeddings.safetensors, MiniLM's vectors of 100 texts.
  versions.txt   what it ran with

The probabilities are scikit-learn's softmax over negative squared distances with the scale of every feature set to 1. Its own scale,
the within-class standard deviation, is used by predict_proba but not by predict, so that the two can disagree.
"""

import json
import pathlib
import platform
import warnings

import numpy as np
import safetensors
import safetensors.numpy
import sklearn
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import normalize

HERE = pathlib.Path(__file__).parent
SEED = 14


def drawn(random, texts, positives, distance):
    """Vectors of five columns and of any length, in 64ths, so that single precision holds them exactly."""
    labels = random.permutation(np.arange(texts) < positives).astype(int)
    vectors = random.normal(size=(texts, 5)) * random.uniform(0.25, 4, size=(texts, 1))
    vectors[:, :2] += distance * labels[:, None]
    return np.round(vectors * 64) / 64, labels


def problems(random):
    for name, texts, positives, distance in (
        ("apart", 30, 15, 3.0), ("close", 30, 15, 0.2), ("unbalanced", 40, 4, 1.0), ("one text per class", 2, 1, 1.0)
    ):
        train, labels = drawn(random, texts, positives, distance)
        test, _ = drawn(random, 25, 12, distance)
        yield name, train, labels, test
    axes = np.array([[1, 0], [2, 0], [0, 1], [0, 3]], dtype=float)
    near = [[1, 1], [-2, -2], [0, 0], [1, 1.25], [1.25, 1], [-1, -1.25], [-1.25, -1]]
    yield "ties", axes, np.array([0, 0, 1, 1]), np.array(near)
    yield "ties, label 1 first", axes, np.array([1, 1, 0, 0]), np.array(near)
    yield "equal means", axes, np.array([0, 1, 0, 1]), np.array(near)
    vectors = safetensors.numpy.load_file(HERE / "../embed/embeddings.safetensors")["mean_64"].astype(np.float64)
    yield "encoder", vectors[:40], random.permutation(np.arange(40) < 20).astype(int), vectors[40:]


def case(name, train, labels, test):
    model = NearestCentroid(metric="euclidean")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with np.errstate(all="ignore"):
            model.fit(normalize(train), labels)
    predicted = model.predict(normalize(test))
    model.within_class_std_dev_ = np.ones(train.shape[1])
    probabilities = model.predict_proba(normalize(test))[:, 1]
    ties = np.abs(probabilities - 0.5) < 1e-12
    assert ("ties" in name or name == "equal means") == ties.any(), name
    assert ((probabilities > 0.5) == (predicted == 1))[~ties].all() and (predicted[ties] == 0).all(), name
    print(f"{name}: {predicted.sum()} of {len(test)} have label 1, {ties.sum()} ties")
    vectors = {} if name == "encoder" else {"train": train.tolist(), "test": test.tolist()}
    return {"name": name, "labels": labels.tolist(), **vectors, "predicted": predicted.tolist(),
            "probabilities": probabilities.tolist()}


def main():
    cases = [case(*problem) for problem in problems(np.random.default_rng(SEED))]
    (HERE / "cases.json").write_text(json.dumps(cases) + "\n")
    (HERE / "versions.txt").write_text(
        f"python {platform.python_version()}\nscikit-learn {sklearn.__version__}\nnumpy {np.__version__}\n"
        f"safetensors {safetensors.__version__}\n")


main()
