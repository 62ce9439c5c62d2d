"""Cross-view students by NumPy and scikit-learn: formulas of crates/methods/src/views.rs, written anew.

Texts are random words, with other frequencies in each class; rows of layers are random, shifted by class. Writes, beside itself:
  ridge.json       problems of weighted ridge regression and what `Ridge(solver="cholesky")` predicts
  f1_shares.json   the share of positives with the largest F1, for an AUC
  two.json, three.json   texts, rows, and the scores after one round and after two, those of the students alone and the cuts after
                   one, and the cross-validated AUC that come of them, of two classes and of three
  views_two.json, views_three.json   the same with other views than words and vectors
  versions.txt     what it ran with

Run: python generate.py
"""

import json
import pathlib

import numpy
import scipy
import sklearn
from scipy.optimize import minimize_scalar
from scipy.stats import norm
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

HERE = pathlib.Path(__file__).resolve().parent
LAYERS, WEIGHTS, WIDTH = 3, [1.0, 1.0, 2.0], 4
TEMPLATES = ["{}", "it was {}."]


def write(name, value):
    (HERE / name).write_text(json.dumps(value, indent=None, separators=(",", ":")) + "\n")


def ridge_cases(rng):
    cases = []
    for rows, columns, targets, alpha in [(12, 3, 1, 1.0), (8, 20, 3, 0.1), (40, 5, 2, 30.0)]:
        features = rng.normal(size=(rows, columns)) * (rng.random((rows, columns)) < 0.6)
        wanted = rng.normal(size=(rows, targets))
        weights = rng.choice([1.0, 10.0], size=rows)
        model = Ridge(alpha=alpha, solver="cholesky").fit(features, wanted, sample_weight=weights)
        found = model.predict(features).reshape(rows, targets)
        arrays = {"features": features, "targets": wanted, "weights": weights, "predictions": found}
        cases.append({"alpha": alpha, **{name: array.tolist() for name, array in arrays.items()}})
    return cases


def f1_share(auc):
    apart = 2**0.5 * norm.ppf(auc)
    shares = lambda cut: (norm.sf(cut - apart), norm.sf(cut))  # noqa: E731
    loss = lambda cut: -2 * shares(cut)[0] / (sum(shares(cut)) + 1)  # noqa: E731
    best = min((minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-9}) for bounds in [(-6, 0), (-1, 6)]), key=lambda one: one.fun)
    return sum(shares(best.x)) / 2


def rounded(rows):
    """To f32, as the program has them."""
    return numpy.asarray(rows, dtype=numpy.float32)


def layered(raw, center):
    """`√g · N(h − μ)` of each layer, end to end, in f32."""
    parts = []
    shares = numpy.array(WEIGHTS) / sum(WEIGHTS)
    for layer in range(LAYERS):
        part = raw[:, layer * WIDTH : (layer + 1) * WIDTH].astype(float) - center[layer * WIDTH : (layer + 1) * WIDTH]
        parts.append(numpy.sqrt(shares[layer]) * part / numpy.linalg.norm(part, axis=1, keepdims=True))
    return rounded(numpy.hstack(parts)).astype(float)


def squashed(scores):
    return numpy.tanh(0.75 * (scores - numpy.median(scores)) / scores.std())


def student(features, targets, alpha, labels):
    """Ridge on the labelled rows (weight 10) and the pool: the model of all, and the pool's scores by the other half's model."""
    count = len(labels)

    def fit(pool):
        rows = numpy.concatenate([numpy.arange(count), count + pool])
        wanted = numpy.vstack([labels, targets[pool]])
        weights = numpy.concatenate([numpy.full(count, 10.0), numpy.ones(len(pool))])
        return Ridge(alpha=alpha, solver="cholesky").fit(features[rows], wanted, sample_weight=weights)

    texts = numpy.arange(len(targets))
    found = numpy.empty_like(targets)
    for half in (0, 1):
        out = texts[texts % 2 == half]
        found[out] = fit(texts[texts % 2 != half]).predict(features[count + out]).reshape(len(out), -1)
    return fit(texts), found


def cross_validated_auc(x, labels, x_names):
    """The mean AUC over many partitions into six parts (there are six texts of the rarer class); names stay with every teacher."""
    found = []
    for seed in range(200):
        scores = numpy.empty(len(labels))
        for kept, out in StratifiedKFold(6, shuffle=True, random_state=seed).split(x, labels):
            model = LogisticRegression(C=10, class_weight="balanced", tol=1e-10, max_iter=100_000)
            weights = numpy.concatenate([numpy.ones(len(kept)), numpy.full(2, 8.0)])
            model.fit(numpy.vstack([x[kept], x_names]), numpy.concatenate([labels[kept], [0, 1]]), sample_weight=weights)
            scores[out] = model.decision_function(x[out])
        found.append(roc_auc_score(labels, scores))
    return float(numpy.mean(found))


#: scikit-learn's vectorizers of the views that have one.
VECTORIZERS = {"words": {"ngram_range": (1, 2)}, "characters": {"analyzer": "char_wb", "ngram_range": (2, 5)}}


def view(name, pool, train, test, x):
    """A view's features of the labelled texts and the pool, and of the test texts, and its student's α; `x` has the vectors of the three."""
    if name == "vectors":
        return numpy.vstack([x[0], x[1]]), x[2], 3.0
    tfidf = TfidfVectorizer(**VECTORIZERS[name], min_df=2, sublinear_tf=True).fit(pool)
    return tfidf.transform(train + pool).toarray(), tfidf.transform(test).toarray(), 1.0


def case(classes, rng, names_of_views=("words", "vectors")):
    frequencies = rng.dirichlet(numpy.full(30, 0.3), size=classes)
    shifts = rng.normal(size=(classes, LAYERS * WIDTH)) * 0.7

    def draw(count):
        labels = numpy.arange(count) % classes
        texts = [" ".join(f"word{word}" for word in rng.choice(30, size=8, p=frequencies[label])) for label in labels]
        texts = [f"{text} number{index}" for index, text in enumerate(texts)]
        return texts, labels, rounded(rng.normal(size=(count, LAYERS * WIDTH)) + shifts[labels] + 1.0)

    (train, labels, train_raw), (pool, _, pool_raw), (test, _, test_raw) = draw(6 * classes + 1), draw(60), draw(20)
    names = [f"class {index}" for index in range(classes)]
    name_texts = [template.replace("{}", name) for name in names for template in TEMPLATES]
    name_raw = rounded(rng.normal(size=(len(name_texts), LAYERS * WIDTH)) + numpy.repeat(shifts, len(TEMPLATES), axis=0) + 1.0)
    center = pool_raw.astype(float).mean(axis=0)
    of_names = rounded(name_raw.astype(float).reshape(classes, len(TEMPLATES), -1).mean(axis=1))
    x_train, x_pool, x_test, x_names = (layered(raw, center) for raw in (train_raw, pool_raw, test_raw, of_names))

    weights = numpy.concatenate([numpy.ones(len(train)), numpy.full(classes, 8.0)])
    teacher = LogisticRegression(C=10, class_weight="balanced", tol=1e-12, max_iter=100_000)
    teacher.fit(numpy.vstack([x_train, x_names]), numpy.concatenate([labels, numpy.arange(classes)]), sample_weight=weights)
    of_two = classes == 2
    score = (lambda x: teacher.decision_function(x).reshape(-1, 1)) if of_two else teacher.predict_proba
    z, z_test = score(x_pool), score(x_test)
    wanted = (2.0 * labels - 1).reshape(-1, 1) if of_two else numpy.eye(classes)[labels]

    views = [view(name, pool, train, test, (x_train, x_pool, x_test)) for name in names_of_views]
    scores, students, cuts, taught, taught_test = [], [], {}, z, z_test
    for _ in range(2):
        before, of_pool, of_test, found_of_pool = taught, 0.0, 0.0, []
        for features, features_of_test, alpha in views:
            model, found = student(features, squashed(before) if of_two else taught, alpha, wanted)
            of_pool = of_pool + found / found.std()
            of_test = of_test + model.predict(features_of_test).reshape(len(test), -1) / found.std()
            before = found
            found_of_pool.append(found)
        students = students or of_test.tolist()
        added, added_test = (taught, taught_test) if of_two else (z, z_test)
        of_pool, of_test = of_pool + added / added.std(), of_test + added_test / added.std()
        taught, taught_test = (of_pool, of_test) if of_two else (sum(found_of_pool) / len(views), None)
        if of_two and not cuts:
            cuts = {"half": 0.0, "balanced": numpy.quantile(of_pool, 0.5), "prior": numpy.quantile(of_pool, 0.7)}
        scores.append(of_test.tolist())
    raw = {text: row.tolist() for texts, rows in [(train, train_raw), (pool, pool_raw), (test, test_raw), (name_texts, name_raw)] for text, row in zip(texts, rows)}
    auc = cross_validated_auc(x_train, labels, x_names) if of_two else None
    return {
        "auc": auc,
        "names": names,
        "train": train,
        "labels": labels.tolist(),
        "pool": pool,
        "test": test,
        "raw": raw,
        "scores": scores,
        "students": students,
        "cuts": cuts,
    }


if __name__ == "__main__":
    rng = numpy.random.default_rng(3)
    write("ridge.json", ridge_cases(rng))
    write("f1_shares.json", [[auc, f1_share(auc)] for auc in (0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9)])
    write("two.json", case(2, rng))
    write("three.json", case(3, rng))
    write("views_two.json", case(2, rng, ("characters", "words", "vectors")))
    write("views_three.json", case(3, rng, ("vectors", "characters")))
    (HERE / "versions.txt").write_text(f"numpy {numpy.__version__}\nscikit-learn {sklearn.__version__}\nscipy {scipy.__version__}\n")
