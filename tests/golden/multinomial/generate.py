"""Multinomial logistic regressions fitted by scikit-learn, to the last digit.

scikit-learn's newton-cholesky solver is asked for all the digits it can give; Newton steps with gradients of 64-bit mantissas then take
the rounding errors off. They may move nothing by more than 1e-10 of the largest.

Writes, beside itself:
  cases.json     per case `features` [N][P], `labels` [N], `coefficients` [K][P], `intercepts` [K], which sum to 0, and `probabilities`
                 [N][K]. The case of 77 classes has no `features` and `labels`: they come from the generator `drawn` below, which the
                 test repeats; of its results, the first classes and rows are there.
  versions.txt   what it ran with
"""

import json
import pathlib
import platform
import warnings

import numpy
import sklearn
from sklearn.linear_model import LogisticRegression

SEED = 15


def drawn(classes, texts, columns):
    """Features in 64ths from a linear congruential generator (Knuth's MMIX); those of column label mod columns are 1 larger."""
    state, labels = SEED, [text % classes for text in range(texts)]
    rows = numpy.zeros((texts, columns))
    for text in range(texts):
        for column in range(columns):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            rows[text, column] = (state >> 57) / 64 - 1 + (column == labels[text] % columns)
    return rows, numpy.array(labels)


def problems(random):
    for classes, texts in ((3, 30), (6, 48)):
        y = random.permutation(numpy.arange(texts) % classes)
        y[: texts // 4] = 0
        x = numpy.round((random.normal(size=(texts, 5)) + 0.7 * numpy.eye(6, 5)[y]) * 256) / 256
        for c, balanced in ((1.0, False), (1.0, True), (0.01, True), (1e4, False)):
            yield f"{classes} classes, C = {c:g}{', balanced' * balanced}", x, y, classes, c, balanced
        apart = x + 8 * numpy.eye(6, 5)[y]
        yield f"{classes} classes, separable", apart, y, classes, 1.0, False
        yield f"{classes} classes, separable, weak penalty", apart, y, classes, 1e4, True
        wide = numpy.round(random.random(size=(texts, 40)) * 64) / 64 * (random.random(size=(texts, 40)) < 0.1)
        yield f"{classes} classes, sparse", wide, y, classes, 1.0, False
        yield f"{classes} classes, sparse, balanced", wide, y, classes, 10.0, True
    yield "unlike scale", x * [1e3, 1, 1e-2, 0, 1], y, classes, 1.0, False
    yield "77 classes", *drawn(77, 308, 12), 77, 1.0, True


def polish(x, y, classes, c, weights, theta):
    """Newton steps; returns θ [P + 1][K] and the largest part of the last gradient, before its step."""
    (n, p), strengths = x.shape, c * weights
    rows = numpy.hstack([x, numpy.ones((n, 1))])
    exact, targets = rows.astype(numpy.longdouble), numpy.eye(classes)[y]
    theta = theta.astype(numpy.longdouble)
    for _ in range(6):
        margins = exact @ theta
        powers = numpy.exp(margins - margins.max(axis=1, keepdims=True))
        chances = powers / powers.sum(axis=1, keepdims=True)
        gradient = exact.T @ (strengths[:, None] * (chances - targets))
        gradient[:p] += theta[:p]
        hessian = numpy.zeros((p + 1, classes, p + 1, classes))
        q = chances.astype(float)
        for a in range(classes):
            for b in range(classes):
                curvature = strengths * q[:, a] * ((a == b) - q[:, b])
                hessian[:, a, :, b] = rows.T @ (curvature[:, None] * rows)
            hessian[range(p), a, range(p), a] += 1
        hessian[p, :, p, :] += strengths.sum() / classes  # the intercepts' sum, which nothing else determines
        step = numpy.linalg.solve(hessian.reshape((p + 1) * classes, -1), gradient.astype(float).ravel())
        theta -= step.reshape(p + 1, classes)
    theta[p] -= theta[p].mean()
    return theta.astype(float), float(abs(gradient).max())


def main():
    cases = []
    features = None
    for name, x, y, classes, c, balanced in problems(numpy.random.default_rng(SEED)):
        model = LogisticRegression(
            C=c, class_weight="balanced" if balanced else None, solver="newton-cholesky", tol=1e-14, max_iter=1000)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(x, y)
        weights = len(y) / (classes * numpy.bincount(y)[y]) if balanced else numpy.ones(len(y))
        found = numpy.vstack([model.coef_.T, model.intercept_ - model.intercept_.mean()])
        theta, gradient = polish(x, y, classes, c, weights, found)
        moved = float(abs(found - theta).max() / abs(theta).max())
        print(f"{name}: polishing moved θ by {moved:.1e} of {abs(theta).max():.1e}, gradient left {gradient:.1e}")
        assert gradient < 1e-14 * c * len(y) * abs(x).max() and moved < 1e-10
        margins = x @ theta[:-1] + theta[-1]
        powers = numpy.exp(margins - margins.max(axis=1, keepdims=True))
        probabilities = powers / powers.sum(axis=1, keepdims=True)
        case = {"name": name, "classes": classes, "c": c, "balanced": balanced}
        shown = classes
        if classes < 77:
            if features is None or not numpy.array_equal(x, features):
                case["features"], features = x.tolist(), x
            case["labels"] = y.tolist()
        else:
            shown, probabilities = 20, probabilities[:3]
        case |= {"coefficients": theta[:-1].T[:shown].tolist(), "intercepts": theta[-1].tolist(),
                 "probabilities": probabilities[:8].tolist()}
        cases.append(case)
    here = pathlib.Path(__file__).parent
    (here / "cases.json").write_text(json.dumps(cases) + "\n")
    (here / "versions.txt").write_text(
        f"python {platform.python_version()}\nscikit-learn {sklearn.__version__}\nnumpy {numpy.__version__}\n")


main()
