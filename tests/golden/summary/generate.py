"""Makes cases.json: mean, median, extremes and standard deviations by NumPy.

    python tests/golden/summary/generate.py

"sd" holds numpy.std with ddof 0 and 1; null for one value, which the program shows without a spread.
"""

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def case(name, values):
    values = np.asarray(values, dtype=float)
    return {
        "name": name,
        "values": values.tolist(),
        "mean": float(values.mean()),
        "median": float(np.median(values)),
        "min": float(values.min()),
        "max": float(values.max()),
        "sd": [float(values.std(ddof=ddof)) if len(values) > 1 else None for ddof in (0, 1)],
    }


def main():
    rng = np.random.default_rng(42)
    cases = [
        case("one value", [0.564]),
        case("two values", [0.25, 0.75]),
        case("three, unsorted", [0.7, 0.1, 0.4]),
        case("four, with a tie", [0.3, 0.1, 0.3, 0.9]),
        case("all equal", [0.1] * 15),
        case("zeros and ones", [0, 1, 1, 0, 1]),
        case("one collapsed trial", [0.64, 0.66, 0.65, 0.67, 0.0]),
        case("tiny spread beside the mean", 1e6 + np.arange(10) * 1e-3),
        case("fifteen trials", np.round(rng.normal(0.64, 0.05, 15), 6)),
        case("a hundred trials", np.round(rng.beta(8, 4, 100), 6)),
    ]
    lines = ",\n".join(json.dumps(c) for c in cases)
    (HERE / "cases.json").write_text(f"[\n{lines}\n]\n")
    (HERE / "versions.txt").write_text(f"numpy {np.__version__}\n")


if __name__ == "__main__":
    main()
