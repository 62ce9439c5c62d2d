"""Label propagation by NumPy and scikit-learn: formulas of crates/methods/src/classic/label_propagation.rs, written anew.

Rows of layers are random, shifted by class. Neighbours are those of NearestNeighbors, and the equations are solved by a dense solver. Of
two classes, what comes of them has to be what LabelSpreading iterates to on the same graph; it knows no weights, which names of classes
have. Writes, beside itself:
  two.json         two classes, rows as they come; a transfer text that has no neighbour at a positive cosine, and test texts that have
                   no other neighbours
  three.json       three classes, layers centred on the pool, names of classes as labelled rows
  versions.txt     what it ran with

Run: python generate.py
"""

import json
import pathlib

import numpy
import sklearn
from sklearn.neighbors import NearestNeighbors
from sklearn.semi_supervised import LabelSpreading

HERE = pathlib.Path(__file__).resolve().parent
LAYERS, LAYER_WEIGHTS, WIDTH = 3, [1.0, 1.0, 2.0], 4
TEMPLATES, NAME_WEIGHT = ["{}", "it was {}."], 8.0


def rounded(rows):
    """To f32, as the program has them, with few decimals."""
    return numpy.round(rows, 4).astype(numpy.float32)


def layered(raw, center):
    """`√g · N(h − μ)` of each layer, end to end, in f32."""
    shares = numpy.sqrt(numpy.array(LAYER_WEIGHTS) / sum(LAYER_WEIGHTS))
    layers = (raw.astype(float) - center).reshape(len(raw), LAYERS, WIDTH)
    layers *= shares[:, None] / numpy.linalg.norm(layers, axis=2, keepdims=True)
    return layers.reshape(len(raw), -1).astype(numpy.float32)


def nearest(rows, others, count):
    """The nearest of `rows` for each of `others`, and their affinities; without `others`, of the other rows for each row."""
    model = NearestNeighbors(n_neighbors=count, metric="cosine", algorithm="brute").fit(rows.astype(float))
    distances, neighbours = model.kneighbors(None if others is None else others.astype(float))
    return neighbours, numpy.clip(1 - distances, 0, None) ** 3


def propagate(rows, targets, count, alpha):
    neighbours, affinities = nearest(rows, None, count)
    directed = numpy.zeros((len(rows), len(rows)))
    numpy.put_along_axis(directed, neighbours, affinities, axis=1)
    graph = directed + directed.T
    sums = graph.sum(axis=1)
    scale = numpy.where(sums > 0, 1 / numpy.sqrt(numpy.where(sums > 0, sums, 1)), 0)
    return graph, numpy.linalg.solve(numpy.eye(len(rows)) - alpha * scale[:, None] * graph * scale, targets)


def check_by_iteration(graph, scores, labels, alpha):
    """LabelSpreading on the same graph, where all weights are 1."""
    rows = numpy.arange(len(graph)).reshape(-1, 1)
    kernel = lambda some, others: graph[numpy.ix_(some.astype(int)[:, 0], others.astype(int)[:, 0])]  # noqa: E731
    model = LabelSpreading(kernel=kernel, alpha=alpha, max_iter=10_000, tol=1e-13)
    model.fit(rows, numpy.concatenate([labels, numpy.full(len(graph) - len(labels), -1)]))
    reached = scores.sum(axis=1) > 1e-12
    found = scores[reached] / scores[reached].sum(axis=1, keepdims=True)
    assert numpy.abs(found - model.label_distributions_[reached]).max() < 1e-9


def predicted(rows, scores, test, count):
    neighbours, affinities = nearest(rows, test, count)
    # The sum of the affinities cancels out of the mean.
    shares = numpy.einsum("ij,ijk->ik", affinities, scores[neighbours])
    sums = shares.sum(axis=1, keepdims=True)
    return numpy.where(sums > 1e-12, shares / numpy.where(sums > 1e-12, sums, 1), 1 / scores.shape[1])


def case(rng, classes, count, alpha, names):
    shifts = rng.normal(size=(classes, LAYERS * WIDTH)) * 0.5

    def draw(kind, number):
        labels = numpy.arange(number) % classes
        raw = rng.normal(size=(number, LAYERS * WIDTH)) * 0.6 + shifts[labels] + 1.0
        return [f"{kind} {index}" for index in range(number)], labels, rounded(raw)

    (train, labels, train_raw), (pool, _, pool_raw), (test, _, test_raw) = draw("train", 4 * classes + 1), draw("pool", 150), draw("test", 40)
    targets = numpy.eye(classes)[labels]
    texts, raws, words = [train, pool, test], [train_raw, pool_raw, test_raw], []
    if names:
        words = [f"class {index}" for index in range(classes)]
        filled = [template.replace("{}", word) for word in words for template in TEMPLATES]
        name_raw = rounded(rng.normal(size=(len(filled), LAYERS * WIDTH)) * 0.6 + numpy.repeat(shifts, len(TEMPLATES), axis=0) + 1.0)
        texts, raws = texts + [filled], raws + [name_raw]
        of_names = name_raw.astype(float).reshape(classes, len(TEMPLATES), -1).mean(axis=1).astype(numpy.float32)
        center = pool_raw.astype(float).mean(axis=0)
        x_train, x_pool, x_test, x_names = (layered(raw, center) for raw in (train_raw, pool_raw, test_raw, of_names))
        x_train, targets = numpy.vstack([x_train, x_names]), numpy.vstack([targets, NAME_WEIGHT * numpy.eye(classes)])
    else:
        # The second is near the first alone, the third near none.
        pool_raw[7], test_raw[3], test_raw[8] = -1, -2, 0
        x_train, x_pool, x_test = train_raw, pool_raw, test_raw
    rows = numpy.vstack([x_train, x_pool])
    targets = numpy.vstack([targets, numpy.zeros((len(pool), classes))])
    graph, scores = propagate(rows, targets, count, alpha)
    if not names:
        check_by_iteration(graph, scores, labels, alpha)
        assert graph[len(train) + 7].sum() == 0
    found = predicted(rows, scores, x_test, count)
    print(classes, "classes:", found[:4].round(3).tolist())
    return {
        "names": words or [str(index) for index in range(classes)],
        "neighbours": count,
        "alpha": alpha,
        "train": train,
        "labels": labels.tolist(),
        "pool": pool,
        "test": test,
        "raw": {text: [round(float(value), 4) for value in row] for some, rows in zip(texts, raws) for text, row in zip(some, rows)},
        "probabilities": found.tolist(),
    }


if __name__ == "__main__":
    rng = numpy.random.default_rng(8)
    for name, value in [("two", case(rng, 2, 5, 0.9, names=False)), ("three", case(rng, 3, 20, 0.99, names=True))]:
        (HERE / f"{name}.json").write_text(json.dumps(value, separators=(",", ":")) + "\n")
    (HERE / "versions.txt").write_text(f"numpy {numpy.__version__}\nscikit-learn {sklearn.__version__}\n")
