"""What scikit-learn learns of a teacher's probabilities: LogisticRegression on every text once per class, weighed by its probability, and Ridge.

Words are drawn at random, by class; rows of vectors are random, shifted by class. Writes, beside itself:
  cases.json     bags of words and probes, of two and three classes, with and without labelled texts and names of classes
  versions.txt   what it ran with

Run: python generate.py
"""

import json
import pathlib

import numpy
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge

HERE = pathlib.Path(__file__).resolve().parent
WIDTH = 5
TEMPLATES, NAME_WEIGHT = ["{}", "it was {}."], 8.0


def learnt(rows, targets, weights, settings):
    """A function that gives probabilities to rows."""
    classes = targets.shape[1]
    if "alpha" in settings:
        model = Ridge(alpha=settings["alpha"], solver="cholesky").fit(rows, targets, sample_weight=weights)

        def clipped(others):
            found = numpy.clip(model.predict(others), 0, 1)
            sums = found.sum(axis=1, keepdims=True)
            return numpy.where(sums > 0, found / numpy.where(sums > 0, sums, 1), 1 / classes)

        if classes > 2:
            return clipped
        model.fit(rows, targets[:, 1], sample_weight=weights)
        second = lambda others: numpy.clip(model.predict(others), 0, 1)  # noqa: E731
        return lambda others: numpy.stack([1 - second(others), second(others)], axis=1)
    counts = targets * weights[:, None]
    if settings["balanced"]:
        counts = counts * counts.sum() / (classes * counts.sum(axis=0))
    model = LogisticRegression(C=settings["c"], solver="newton-cholesky", tol=1e-12, max_iter=1000)
    labels = numpy.tile(numpy.arange(classes), len(rows))
    model.fit(numpy.repeat(rows, classes, axis=0), labels, sample_weight=counts.ravel())
    return model.predict_proba


def drawn_words(rng, classes, kind, number):
    labels = numpy.arange(number) % classes

    def text(label):
        own = [f"of{label}{letter}" for letter in "abcd"]
        common = [f"any{letter}" for letter in "abcdefgh"]
        return " ".join(rng.choice(own if rng.random() < 0.35 else common) for _ in range(9))

    return [f"{text(label)} {kind}{index}" for index, label in enumerate(labels)], labels


def soft(rng, labels, classes):
    """Probabilities of a teacher that is often wrong, sometimes sure; those of a class are more frequent."""
    scores = rng.normal(size=(len(labels), classes)) * 2 + 2 * numpy.eye(classes)[labels] + 0.7 * numpy.arange(classes)
    probabilities = numpy.exp(scores) / numpy.exp(scores).sum(axis=1, keepdims=True)
    probabilities[0] = numpy.eye(classes)[1]
    if classes == 2:
        probabilities[:, 0] = 1 - probabilities[:, 1]
    return probabilities


def case(kind, classes, settings, labelled, names, texts, taught, targets, labels, found):
    train, transfer, test = texts
    return {
        "kind": kind,
        "settings": settings,
        "labelled": labelled,
        "label_names": bool(names),
        "names": names or [str(index) for index in range(classes)],
        "train": train,
        "labels": labels.tolist(),
        "transfer": transfer,
        "taught": (targets[:, 1:] if classes == 2 else targets).tolist(),
        "test": test,
        "probabilities": found.tolist(),
        **taught,
    }


def of_words(rng, classes, settings, labelled):
    (train, labels), (transfer, of_transfer), (test, _) = (
        drawn_words(rng, classes, *draw) for draw in [("train", 3 * classes), ("transfer", 40), ("test", 12)]
    )
    targets = soft(rng, of_transfer, classes)
    texts, all_targets = list(transfer), targets
    if labelled:
        texts, all_targets = texts + train, numpy.vstack([targets, numpy.eye(classes)[labels]])
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2).fit(texts)
    model = learnt(vectorizer.transform(texts).toarray(), all_targets, numpy.ones(len(texts)), settings)
    found = model(vectorizer.transform(test).toarray())
    return case("bow", classes, settings, labelled, [], (train, transfer, test), {"raw": {}}, targets, labels, found)


def of_vectors(rng, classes, settings, labelled, with_names):
    shifts = rng.normal(size=(classes, WIDTH)) * 0.6

    def draw(kind, number):
        labels = numpy.arange(number) % classes
        rows = rng.normal(size=(number, WIDTH)) * 0.7 + shifts[labels]
        return [f"{kind} {index}" for index in range(number)], labels, numpy.round(rows, 4).astype(numpy.float32)

    (train, labels, x_train), (transfer, of_transfer, x_transfer), (test, _, x_test) = draw("train", 3 * classes), draw("transfer", 40), draw("test", 12)
    targets = soft(rng, of_transfer, classes)
    rows, all_targets, weights = x_transfer, targets, numpy.ones(len(transfer))
    texts, raws = train + transfer + test, [*x_train, *x_transfer, *x_test]
    if labelled:
        rows, all_targets = numpy.vstack([rows, x_train]), numpy.vstack([all_targets, numpy.eye(classes)[labels]])
        weights = numpy.concatenate([weights, numpy.ones(len(train))])
    words = [f"class {index}" for index in range(classes)] if with_names else []
    if with_names:
        filled = [template.replace("{}", word) for word in words for template in TEMPLATES]
        name_raw = numpy.round(rng.normal(size=(len(filled), WIDTH)), 4).astype(numpy.float32)
        texts, raws = texts + filled, [*raws, *name_raw]
        of_names = name_raw.astype(float).reshape(classes, len(TEMPLATES), -1).mean(axis=1).astype(numpy.float32)
        rows, all_targets = numpy.vstack([rows, of_names]), numpy.vstack([all_targets, numpy.eye(classes)])
        weights = numpy.concatenate([weights, numpy.full(classes, NAME_WEIGHT)])
    found = learnt(rows.astype(float), all_targets, weights, settings)(x_test.astype(float))
    raw = {text: [round(float(value), 4) for value in row] for text, row in zip(texts, raws)}
    return case("probe", classes, settings, labelled, words, (train, transfer, test), {"raw": raw}, targets, labels, found)


if __name__ == "__main__":
    rng = numpy.random.default_rng(5)
    plain, weighted = {"c": 1.0, "balanced": False}, {"c": 3.0, "balanced": True}
    cases = []
    for classes in [2, 3]:
        for settings in [plain, weighted, {"alpha": 1.0}, {"alpha": 0.1}]:
            cases += [of_words(rng, classes, settings, labelled) for labelled in [False, True]]
        for settings in [plain, weighted]:
            cases += [of_vectors(rng, classes, settings, labelled, names) for labelled, names in [(False, False), (True, False), (False, True), (True, True)]]
    for found in cases:
        print(found["kind"], found["settings"], found["labelled"], numpy.round(found["probabilities"][:2], 3).tolist())
    (HERE / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
    (HERE / "versions.txt").write_text(f"numpy {numpy.__version__}\nscikit-learn {sklearn.__version__}\n")
