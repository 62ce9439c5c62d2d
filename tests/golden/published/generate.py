"""Makes cases.json: standard errors of F1, precision and recall, Student's quantiles and tolerances, by other programs.

    python tests/golden/published/generate.py

"errors": from the four counts.
  delta      gradients by PyTorch's autograd in float64, variances of the two rates by scipy.stats.beta (Jeffreys' posterior)
  posterior  the standard deviation of the figures over 400,000 draws of the two rates from scipy.stats.beta
  bootstrap  the standard deviation over 400,000 test sets whose classes were resampled with replacement (for large sets)
"quantiles": scipy.stats.t.ppf(0.975, df); df null is the normal distribution.
"welch": half the width of scipy.stats.ttest_ind(equal_var=False).confidence_interval(0.95): both sides have runs.
"single": the half width of the 95 % prediction interval of one more run: t(n - 1) s sqrt(1 + 1/n).
"medians": the standard deviation of the median of n standard normal runs, from 400,000 samples.
"""

import json
from pathlib import Path

import numpy as np
import scipy
import torch
from scipy import stats

HERE = Path(__file__).parent
DRAWS = 400_000


def figures(hits, alarms, positives, negatives):
    found, false = positives * hits, negatives * alarms
    return {"f1": 2 * found / (found + false + positives), "precision": found / (found + false), "recall": hits}


def errors(rng, name, tp, fp, fn, tn, bootstrap):
    positives, negatives = tp + fn, fp + tn
    hits, alarms = stats.beta(tp + 0.5, fn + 0.5), stats.beta(fp + 0.5, tn + 0.5)
    case = {"name": name, "counts": [tp, fp, fn, tn], "delta": {}, "posterior": {}}
    rates = torch.tensor([hits.mean(), alarms.mean()], dtype=torch.float64)
    for key in ("f1", "precision", "recall"):
        def figure(at, key=key):
            return figures(at[0], at[1], positives, negatives)[key]
        gradient = torch.autograd.functional.jacobian(figure, rates).numpy()
        case["delta"][key] = float(np.sqrt(gradient**2 @ np.array([hits.var(), alarms.var()])))
    drawn = figures(hits.rvs(DRAWS, random_state=rng), alarms.rvs(DRAWS, random_state=rng), positives, negatives)
    case["posterior"] = {key: float(values.std()) for key, values in drawn.items()}
    if bootstrap:
        r = rng.binomial(positives, tp / positives, DRAWS) / positives
        f = rng.binomial(negatives, fp / negatives, DRAWS) / negatives
        case["bootstrap"] = {key: float(v.std()) for key, v in figures(r, f, positives, negatives).items()}
    return case


def welch(rng, n, m, sd):
    ours, theirs = rng.normal(0.66, 0.02, n).round(6), rng.normal(0.65, sd, m).round(6)
    low, high = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval(0.95)
    return {
        "ours": ours.tolist(),
        "published": {"value": float(theirs.mean()), "n": m, "sd": [float(theirs.std(ddof=d)) for d in (0, 1)]},
        "tolerance": float((high - low) / 2),
    }


def single(rng, n):
    ours = rng.normal(0.66, 0.02, n).round(6)
    tolerance = stats.t.ppf(0.975, n - 1) * ours.std(ddof=1) * np.sqrt(1 + 1 / n)
    return {"ours": ours.tolist(), "tolerance": float(tolerance)}


def main():
    rng = np.random.default_rng(42)
    cases = {
        "errors": [
            errors(rng, "the published bow row", 2550, 1493, 2450, 3507, True),
            errors(rng, "the mean of the experts", 3399, 1618, 1601, 3382, True),
            errors(rng, "fair coins", 2551, 2506, 2449, 2494, True),
            errors(rng, "few positives", 120, 300, 80, 3500, True),
            errors(rng, "small", 30, 12, 20, 38, False),
            errors(rng, "all right", 200, 0, 0, 200, False),
            errors(rng, "nothing found", 0, 0, 500, 500, False),
        ],
        "quantiles": [
            [df, float(stats.t.ppf(0.975, df) if df else stats.norm.ppf(0.975))]
            for df in (1, 1.5, 2, 4, 9.73, 14, 27.9, 120, 5_000, 99_999, None)
        ],
        "welch": [welch(rng, 15, 15, 0.02), welch(rng, 3, 15, 0.05), welch(rng, 5, 2, 0.01), welch(rng, 15, 5, 0.002)],
        "single": [single(rng, 2), single(rng, 5), single(rng, 15)],
        "medians": [[n, float(np.median(rng.standard_normal((DRAWS, n)), axis=1).std())] for n in (1, 2, 3, 4, 5, 6, 14, 15, 50)],
    }
    lines = [f'"{key}": [\n' + ",\n".join(json.dumps(c) for c in group) + "\n]" for key, group in cases.items()]
    (HERE / "cases.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    versions = f"scipy {scipy.__version__}\nnumpy {np.__version__}\ntorch {torch.__version__.split('+')[0]}\n"
    (HERE / "versions.txt").write_text(versions)


if __name__ == "__main__":
    main()
