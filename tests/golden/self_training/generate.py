"""Self-training by scikit-learn: SelfTrainingClassifier around LogisticRegression; as many of each class by a loop in NumPy.

Rows are random, shifted by class. A name of a class, which weighs 8, is its row repeated 8 times. Writes, beside itself:
  two.json, three.json   rows of texts, and what becomes of them by each selection, with and without names of classes
  versions.txt           what it ran with

Run: python generate.py
"""

import json
import pathlib

import numpy
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.semi_supervised import SelfTrainingClassifier

HERE = pathlib.Path(__file__).resolve().parent
WIDTH = 6
TEMPLATES, NAME_WEIGHT = ["{}", "it was {}."], 8


def rounded(rows):
    """To f32, as the program has them, with few decimals."""
    return numpy.round(rows, 4).astype(numpy.float32)


def regression(c, balanced):
    return LogisticRegression(
        C=c, class_weight="balanced" if balanced else None, solver="newton-cholesky", tol=1e-12, max_iter=1000
    )


def by_sklearn(rows, labels, pool, settings):
    by, number = next(iter(settings["by"].items()))
    chosen = {"criterion": "threshold", "threshold": number} if by == "threshold" else {"criterion": "k_best", "k_best": number}
    model = SelfTrainingClassifier(regression(settings["c"], settings["balanced"]), max_iter=settings["rounds"], **chosen)
    model.fit(numpy.vstack([rows, pool]), numpy.concatenate([labels, numpy.full(len(pool), -1)]))
    return model, len(numpy.unique(model.labeled_iter_[model.labeled_iter_ > 0])) + 1


def by_numpy(rows, labels, pool, settings):
    """The surest of each class, by the class that they would get."""
    by, number = next(iter(settings["by"].items()))
    assert by == "rank-per-class"
    classes = labels.max() + 1
    given = numpy.full(len(pool), -1)
    for fits in range(1, settings["rounds"] + 2):
        known = given >= 0
        model = regression(settings["c"], settings["balanced"])
        model.fit(numpy.vstack([rows, pool[known]]), numpy.concatenate([labels, given[known]]))
        if fits > settings["rounds"] or known.all():
            return model, fits
        probabilities = model.predict_proba(pool)
        for label in range(classes):
            surest = [row for row in numpy.argsort(-probabilities.max(axis=1)) if not known[row] and probabilities[row].argmax() == label]
            given[surest[: -(-number // classes)]] = label


def file_of(rng, classes):
    shifts = rng.normal(size=(classes, WIDTH)) * 0.6

    def draw(kind, number):
        # The last class is twice as frequent.
        labels = numpy.minimum(numpy.arange(number) % (classes + 1), classes - 1)
        return [f"{kind} {index}" for index in range(number)], labels, rounded(rng.normal(size=(number, WIDTH)) * 0.6 + shifts[labels])

    (train, labels, x_train), (pool, _, x_pool), (test, _, x_test) = draw("train", 3 * classes + 3), draw("pool", 70), draw("test", 30)
    words = [f"class {index}" for index in range(classes)]
    filled = [template.replace("{}", word) for word in words for template in TEMPLATES]
    name_raw = rounded(rng.normal(size=(len(filled), WIDTH)) * 0.6 + numpy.repeat(shifts, len(TEMPLATES), axis=0))
    x_names = name_raw.astype(float).reshape(classes, len(TEMPLATES), -1).mean(axis=1).astype(numpy.float32)
    cases = []
    for names in [False, True]:
        rows, targets = x_train, labels
        if names:
            rows = numpy.vstack([x_train, numpy.repeat(x_names, NAME_WEIGHT, axis=0)])
            targets = numpy.concatenate([labels, numpy.repeat(numpy.arange(classes), NAME_WEIGHT)])
        for settings in [
            {"by": {"threshold": 0.75}, "c": 1.0, "balanced": True, "rounds": 10},
            {"by": {"threshold": 0.6}, "c": 3.0, "balanced": False, "rounds": 2},
            {"by": {"threshold": 0.9999}, "c": 1.0, "balanced": True, "rounds": 10},
            {"by": {"rank": 10}, "c": 1.0, "balanced": True, "rounds": 3},
            {"by": {"rank": 25}, "c": 0.5, "balanced": False, "rounds": 10},
            {"by": {"rank-per-class": 7}, "c": 1.0, "balanced": True, "rounds": 4},
            {"by": {"rank-per-class": 40}, "c": 1.0, "balanced": False, "rounds": 10},
        ]:
            fit = by_numpy if "rank-per-class" in settings["by"] else by_sklearn
            model, fits = fit(rows.astype(float), targets, x_pool.astype(float), settings)
            found = model.predict_proba(x_test.astype(float))
            print(classes, "classes, names:", names, settings, fits, "fits", found[0].round(3).tolist())
            cases.append({"label_names": names, "settings": settings, "fits": fits, "probabilities": found.tolist()})
    raws = zip([train, pool, test, filled], [x_train, x_pool, x_test, name_raw])
    return {
        "names": words,
        "train": train,
        "labels": labels.tolist(),
        "pool": pool,
        "test": test,
        "raw": {text: [round(float(value), 4) for value in row] for some, rows in raws for text, row in zip(some, rows)},
        "cases": cases,
    }


if __name__ == "__main__":
    rng = numpy.random.default_rng(11)
    for name, classes in [("two", 2), ("three", 3)]:
        (HERE / f"{name}.json").write_text(json.dumps(file_of(rng, classes), separators=(",", ":")) + "\n")
    (HERE / "versions.txt").write_text(f"numpy {numpy.__version__}\nscikit-learn {sklearn.__version__}\n")
