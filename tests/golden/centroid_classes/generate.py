"""Nearest of three class means or more, by scikit-learn: NearestCentroid(metric="euclidean") on vectors scaled to length 1.

Writes, beside itself:
  cases.json     per case: `classes`, `train` [N][D], `labels` [N] and `weights` [N], `test` [M][D], all before scaling; a text of
                 weight k is one that scikit-learn was given k times; `predicted` [M] and
                 `probabilities` [M][K] of the first five, the softmax over negative squared distances with the scale of every feature
                 set to 1 (see ../centroid/generate.py)
  versions.txt   what it ran with
"""

import json
import pathlib
import platform
import warnings

import numpy as np
import sklearn
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import normalize

SEED = 16


def drawn(random, classes, texts):
    """Vectors of five columns and of any length, in 64ths, so that single precision holds them exactly."""
    labels = random.permutation(np.arange(texts) % classes)
    vectors = random.normal(size=(texts, 5)) + np.linspace(-1, 1, 5 * classes).reshape(5, classes).T[labels]
    return np.round(vectors * random.uniform(0.25, 4, size=(texts, 1)) * 64) / 64, labels


def case(random, classes, texts, most=1):
    train, labels = drawn(random, classes, texts)
    test, _ = drawn(random, classes, 60)
    weights = random.integers(1, most, size=texts, endpoint=True) if most > 1 else np.ones(texts, dtype=int)
    model = NearestCentroid(metric="euclidean")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(normalize(train.repeat(weights, axis=0)), labels.repeat(weights))
    predicted = model.predict(normalize(test))
    model.within_class_std_dev_ = np.ones(train.shape[1])
    probabilities = model.predict_proba(normalize(test))
    assert (probabilities.argmax(axis=1) == predicted).all()
    if classes == 2:
        # Two classes have one column in the program.
        probabilities = probabilities[:, 1:]
    return {"classes": classes, "train": train.tolist(), "labels": labels.tolist(), "weights": weights.tolist(), "test": test.tolist(),
            "predicted": predicted.tolist(), "probabilities": probabilities[:5].tolist()}


def main():
    random = np.random.default_rng(SEED)
    cases = [case(random, classes, texts) for classes, texts in ((3, 24), (6, 30), (77, 231))]
    cases += [case(random, classes, texts, 9) for classes, texts in ((2, 20), (4, 24))]
    here = pathlib.Path(__file__).parent
    (here / "cases.json").write_text(json.dumps(cases) + "\n")
    (here / "versions.txt").write_text(
        f"python {platform.python_version()}\nscikit-learn {sklearn.__version__}\nnumpy {np.__version__}\n")


main()
