"""Makes seeds.json, texts.json, ranking.json and variance.json: statistics by SciPy, statsmodels, scikit-learn and NumPy.

    python tests/golden/statistics/generate.py

What is exact there is compared to ten digits; what is drawn at random is compared within its own Monte Carlo error, which the tests state.
"""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import scipy
import scipy.stats
import sklearn
import statsmodels
import statsmodels.api as sm
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, f1_score, precision_recall_curve, roc_auc_score
from statsmodels.formula.api import ols
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

HERE = Path(__file__).parent

# Texts that one of two models alone gets right, and the other one alone.
DIVISIONS = [(13, 13), (12, 13), (0, 30), (10, 20), (400, 500), (5000, 5300), (480_000, 485_000)]


def write(name, value):
    (HERE / name).write_text(json.dumps(value) + "\n")


def difference(a, b, axis=-1):
    return np.mean(a, axis=axis) - np.mean(b, axis=axis)


def welch_t(a, b, axis=-1):
    return scipy.stats.ttest_ind(a, b, equal_var=False, axis=axis).statistic


def test_p(a, b, kind):
    statistic = difference if kind == "samples" else welch_t
    exact = scipy.stats.permutation_test(
        (a, b), statistic, permutation_type=kind, vectorized=True, n_resamples=np.inf, alternative="two-sided"
    )
    return float(exact.pvalue)


def one_row(values):
    """Interval and centre of one row, with bootstrap percentiles at Hesterberg's expanded levels."""
    values = np.asarray(values)
    n = len(values)
    interval = scipy.stats.t.interval(0.95, n - 1, values.mean(), scipy.stats.sem(values))
    upper = scipy.stats.norm.cdf(scipy.stats.t.ppf(0.975, n - 1) * np.sqrt(n / (n - 1)))
    bootstrap = {}
    for name, statistic in {
        "mean": np.mean,
        "median": np.median,
        "iqm": lambda x, axis: scipy.stats.trim_mean(x, 0.25, axis=axis),
    }.items():
        drawn = scipy.stats.bootstrap(
            (values,), statistic, n_resamples=200_000, method="percentile", vectorized=True, batch=20_000, rng=3,
            confidence_level=2 * upper - 1,
        )
        bootstrap[name] = list(map(float, drawn.confidence_interval))
    return {
        "values": values.tolist(),
        "iqm": float(scipy.stats.trim_mean(values, 0.25)),
        "t": list(map(float, interval)),
        "bootstrap": bootstrap,
    }


def paired(a, b):
    a, b = np.asarray(a), np.asarray(b)
    d = a - b
    return {
        "a": a.tolist(),
        "b": b.tolist(),
        "p": test_p(a, b, "samples"),
        "dz": float(d.mean() / d.std(ddof=1)),
        "superiority": float(np.mean((d > 0) + 0.5 * (d == 0))),
    }


def unpaired(a, b):
    a, b = np.asarray(a), np.asarray(b)
    ranks = scipy.stats.mannwhitneyu(a, b).statistic
    degrees = len(a) + len(b) - 2
    pooled = np.sqrt((a.var(ddof=1) * (len(a) - 1) + b.var(ddof=1) * (len(b) - 1)) / degrees)
    return {
        "a": a.tolist(),
        "b": b.tolist(),
        "p": test_p(a, b, "independent"),
        "g": float((a.mean() - b.mean()) / pooled * (1 - 3 / (4 * degrees - 1))),
        "superiority": float(ranks / (len(a) * len(b))),
    }


def seeds(rng):
    def f1(n, center=0.68, sd=0.02):
        return np.round(rng.normal(center, sd, n), 4)

    long_a = f1(40, 0.69)
    long_b = f1(40, 0.68)
    drawn = scipy.stats.permutation_test(
        (long_a, long_b), difference, permutation_type="samples", vectorized=True, n_resamples=2_000_000, batch=50_000, rng=5
    )
    own = np.random.default_rng(77)
    many_a, many_b = own.normal(0.70, 0.01, 14), own.normal(0.69, 0.03, 16)
    p = [rng.uniform(0, 0.1, 7), [0.04, 0.01, 0.03, 0.005], [0.2], [0.01, 0.01, 0.5]]
    return {
        "rows": [one_row(f1(n)) for n in (3, 5, 15, 30)] + [one_row([0.66, 0.67, 0.65, 0.68, 0.0])],
        # Not rounded: SciPy takes ties for unequal where sums differ in their last digits.
        "paired": [paired(rng.normal(0.685, 0.02, n), rng.normal(0.68, 0.02, n)) for n in (2, 5, 6, 10, 15)]
        + [paired([0.7, 0.6, 0.65, 0.7, 0.71, 0.68], [0.7, 0.61, 0.65, 0.69, 0.7, 0.66])],
        "long": {"a": long_a.tolist(), "b": long_b.tolist(), "p": float(drawn.pvalue)},
        "unpaired": [unpaired(f1(n, 0.70), f1(m)) for n, m in ((3, 4), (5, 15), (8, 8), (2, 6))],
        "many": {
            "a": many_a.tolist(),
            "b": many_b.tolist(),
            "welch": float(scipy.stats.ttest_ind(many_a, many_b, equal_var=False).pvalue),
        },
        "holm": [{"p": list(map(float, one)), "adjusted": multipletests(one, method="holm")[1].tolist()} for one in p],
        "student": [
            [q, df, float(scipy.stats.t.ppf(q, df))] for q in (0.9, 0.975, 0.99, 0.9995) for df in (1, 2.5, 4, 14, 200, 5000)
        ],
    }


def answers(rng, labels, right, bias=0.0):
    """Predictions that are right with this probability."""
    chance = right + bias * np.where(labels == 1, 1, -1)
    return np.where(rng.random(len(labels)) < chance, labels, 1 - labels)


def contest(rng, texts, share, trials):
    """Two rows of trials on the same texts, and the bootstrap's spread by brute force."""
    labels = (rng.random(texts) < share).astype(int)
    hard = rng.normal(0, 0.12, texts)
    a = np.array([answers(rng, labels, 0.74 + hard, 0.05) for _ in range(trials[0])])
    b = np.array([answers(rng, labels, 0.70 + hard, -0.03) for _ in range(trials[1])])
    classes = [np.flatnonzero(labels == one) for one in (1, 0)]

    def score(rows, draw):
        said, true = rows[:, draw], labels[draw]
        hits, said = (said * true).sum(axis=1), said.sum(axis=1)
        return (2 * hits / (said + true.sum())).mean()

    only_texts, both = [], []
    for _ in range(20_000):
        draw = np.concatenate([rng.choice(one, len(one)) for one in classes])
        only_texts.append(score(a, draw) - score(b, draw))
        chosen = [rng.integers(0, n, n) for n in trials]
        both.append(score(a[chosen[0]], draw) - score(b[chosen[1]], draw))
    return {
        "labels": labels.tolist(),
        "a": a.tolist(),
        "b": b.tolist(),
        "f1": [float(np.mean([f1_score(labels, one) for one in rows])) for rows in (a, b)],
        "texts": [float(np.std(only_texts, ddof=1)), *map(float, np.percentile(only_texts, [2.5, 97.5]))],
        "two_way": [float(np.std(both, ddof=1)), *map(float, np.percentile(both, [2.5, 97.5]))],
    }


def mcnemar_case(rng, texts, first, second):
    labels = rng.integers(0, 2, texts)
    a, b = answers(rng, labels, first), answers(rng, labels, second)
    a = np.where(rng.random(texts) < 0.6, b, a)
    right_a, right_b = a == labels, b == labels
    table = [[int(np.sum(x & y)) for y in (right_b, ~right_b)] for x in (right_a, ~right_a)]
    return {
        "labels": labels.tolist(),
        "a": a.tolist(),
        "b": b.tolist(),
        "discordant": [table[0][1], table[1][0]],
        "p": float(mcnemar(table, exact=True).pvalue),
    }


def ranking_case(rng, texts, decimals):
    labels = rng.integers(0, 2, texts)
    labels[:2] = [0, 1]
    probabilities = np.round(np.clip(rng.normal(0.4 + 0.2 * labels, 0.25), 0, 1), decimals)
    precision, recall, thresholds = precision_recall_curve(labels, probabilities)
    true, mean = calibration_curve(labels, probabilities, n_bins=15, strategy="uniform")
    edges = np.linspace(0, 1, 16)
    counts = np.bincount(np.searchsorted(edges[1:-1], probabilities), minlength=15)
    counts = counts[counts > 0]
    return {
        "labels": labels.tolist(),
        "probabilities": probabilities.tolist(),
        "auc": float(roc_auc_score(labels, probabilities)),
        "ap": float(average_precision_score(labels, probabilities)),
        "ece": float(np.sum(counts * np.abs(true - mean)) / texts),
        "bins": [[int(n), float(p), float(t)] for n, p, t in zip(counts, mean, true)],
        "curve": [
            [float(t), float(f1_score(labels, probabilities >= t, zero_division=0)), float(p), float(r)]
            for t, p, r in list(zip(thresholds, precision, recall))[::-1]
        ],
    }


def variance_case(rng, levels, repeats, sds, noise):
    effects = [rng.normal(0, sd, n) for sd, n in zip(sds, levels)]
    rows = []
    for cell in itertools.product(*map(range, levels)):
        for _ in range(repeats):
            rows.append([*cell, 0.68 + sum(e[i] for e, i in zip(effects, cell)) + rng.normal(0, noise)])
    names = [f"f{i}" for i in range(len(levels))]
    frame = pd.DataFrame(rows, columns=[*names, "value"])
    table = sm.stats.anova_lm(ols("value ~ " + " + ".join(f"C({name})" for name in names), frame).fit())
    squares = table["sum_sq"] / table["df"]
    residual = float(squares["Residual"])
    parts = [max(0.0, (float(squares[f"C({name})"]) - residual) * n / len(frame)) for name, n in zip(names, levels)]
    return {
        "observations": [[list(map(int, row[:-1])), float(row[-1])] for row in rows],
        "mean_squares": [float(squares[f"C({name})"]) for name in names],
        "components": parts,
        "residual": residual,
        "degrees": float(table["df"]["Residual"]),
    }


def division(b, c):
    return {"counts": [b, c], "p": float(scipy.stats.binomtest(b, b + c, 0.5).pvalue)}


def main():
    rng = np.random.default_rng(20)
    write("seeds.json", seeds(rng))
    write(
        "texts.json",
        {
            "contests": [contest(rng, 300, 0.5, (4, 3)), contest(rng, 120, 0.25, (1, 1)), contest(rng, 80, 0.5, (6, 1))],
            "mcnemar": [mcnemar_case(rng, n, *right) for n, right in ((40, (0.8, 0.7)), (400, (0.8, 0.7)), (60, (0.7, 0.7)))],
            "divisions": [division(*counts) for counts in DIVISIONS],
        },
    )
    write("ranking.json", [ranking_case(rng, *shape) for shape in ((50, 1), (120, 6), (7, 2))])
    write(
        "variance.json",
        [
            variance_case(rng, (5, 5), 1, (0.02, 0.01), 0.005),
            variance_case(rng, (4, 3), 2, (0.0, 0.02), 0.01),
            variance_case(rng, (3, 3, 4), 1, (0.02, 0.01, 0.003), 0.004),
        ],
    )
    versions = {"scipy": scipy, "statsmodels": statsmodels, "scikit-learn": sklearn, "numpy": np, "pandas": pd}
    (HERE / "versions.txt").write_text("".join(f"{name} {module.__version__}\n" for name, module in versions.items()))


if __name__ == "__main__":
    main()
