"""Nearest of three class means or more, by scikit-learn: NearestCentroid(metric="euclidean") on vectors scaled to length 1.

Writes, beside itself:
  cases.json     per case: `classes`, `train` [N][D] and `labels` [N], `test` [M][D], all before scaling; `predicted` [M] and
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


def case(random, classes, texts):
    train, labels = drawn(random, classes, texts)
    test, _ = drawn(random, classes, 60)
    model = NearestCentroid(metric="euclidean")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(normalize(train), labels)
    predicted = model.predict(normalize(test))
    model.within_class_std_dev_ = np.ones(train.shape[1])
    probabilities = model.predict_proba(normalize(test))
    assert (probabilities.argmax(axis=1) == predicted).all()
    return {"classes": classes, "train": train.tolist(), "labels": labels.tolist(), "test": test.tolist(),
            "predicted": predicted.tolist(), "probabilities": probabilities[:5].tolist()}


def main():
    random = np.random.default_rng(SEED)
    cases = [case(random, classes, texts) for classes, texts in ((3, 24), (6, 30), (77, 231))]
    here = pathlib.Path(__file__).parent
    (here / "cases.json").write_text(json.dumps(cases) + "\n")
    (here / "versions.txt").write_text(
        f"python {platform.python_version()}\nscikit-learn {sklearn.__version__}\nnumpy {np.__version__}\n")


main()
