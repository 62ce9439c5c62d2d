"""Writes cases.json: logistic regressions fitted by scikit-learn, to the last digit.

scikit-learn's newton-cholesky solver is asked for all the digits it can give; Newton steps with 40 digits then take the
rounding errors off, so that the expected values are exact to double precision. They may move nothing by more than 1e-11.
"""

import json
import pathlib
import platform
import warnings

import mpmath
import numpy
import sklearn
from sklearn.linear_model import LogisticRegression

SEED = 7


def problems(random):
    dense = random.normal(size=(30, 4))
    noisy = (dense[:, 0] - dense[:, 1] + random.normal(size=30) > 0.2).astype(int)
    yield "dense", dense, noisy, 1.0, False
    yield "dense balanced", dense, noisy, 1.0, True
    yield "weak penalty", dense, noisy, 1e4, False
    yield "strong penalty", dense, noisy, 1e-4, True
    separable = random.normal(size=(24, 3))
    sides = (separable[:, 0] > 0).astype(int)
    separable[:, 0] += 2 * sides - 1
    yield "separable", separable, sides, 1.0, False
    yield "separable, weak penalty", separable, sides, 1e6, False
    few = numpy.zeros(40, dtype=int)
    few[:3] = 1
    unbalanced = random.normal(size=(40, 3)) + few[:, None]
    yield "unbalanced", unbalanced, few, 1.0, False
    yield "unbalanced, balanced weights", unbalanced, few, 1.0, True
    wide = random.normal(size=(12, 30)) * (random.random(size=(12, 30)) < 0.3)
    yield "more columns than rows", wide, numpy.arange(12) % 2, 10.0, True
    yield "columns of unlike scale", dense * [1e3, 1, 1e-3, 0], noisy, 1.0, False


def polish(x, y, c, weights, theta):
    """Four Newton steps with 40 digits; returns θ and the largest part of the last gradient."""
    mpmath.mp.dps = 40
    n, p = x.shape
    rows = mpmath.matrix(numpy.hstack([x, numpy.ones((n, 1))]).tolist())
    theta = mpmath.matrix(theta.tolist())
    for _ in range(4):
        chances = [1 / (1 + mpmath.exp(-margin)) for margin in rows * theta]
        slopes = mpmath.matrix([c * w * (q - int(t)) for w, q, t in zip(weights, chances, y)])
        gradient = rows.T * slopes
        hessian = rows.T * mpmath.diag([c * w * q * (1 - q) for w, q in zip(weights, chances)]) * rows
        for column in range(p):
            gradient[column] += theta[column]
            hessian[column, column] += 1
        theta -= mpmath.lu_solve(hessian, gradient)
    return [float(value) for value in theta], float(max(abs(value) for value in gradient))


def main():
    cases = []
    for name, x, y, c, balanced in problems(numpy.random.default_rng(SEED)):
        model = LogisticRegression(
            C=c, class_weight="balanced" if balanced else None, solver="newton-cholesky", tol=1e-14, max_iter=1000)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(x, y)
        of_class = numpy.bincount(y)[y]
        weights = len(y) / (2 * of_class) if balanced else numpy.ones(len(y))
        found = numpy.append(model.coef_[0], model.intercept_)
        theta, gradient = polish(x, y, c, weights.tolist(), found)
        moved = float(abs(found - theta).max())
        print(f"{name}: polishing moved θ by {moved:.1e}, gradient left {gradient:.1e}")
        assert gradient < 1e-20 and moved < 1e-11
        margins = x @ theta[:-1] + theta[-1]
        cases.append({
            "name": name, "c": c, "balanced": balanced, "features": x.tolist(), "labels": y.tolist(),
            "coefficients": theta[:-1], "intercept": theta[-1],
            "probabilities": (1 / (1 + numpy.exp(-margins))).tolist(),
        })
    here = pathlib.Path(__file__).parent
    (here / "cases.json").write_text(json.dumps(cases) + "\n")
    (here / "versions.txt").write_text(
        f"python {platform.python_version()}\nscikit-learn {sklearn.__version__}\nnumpy {numpy.__version__}\n"
        f"mpmath {mpmath.__version__}\n")


main()
