"""F1 of the same trials in f32, bf16 and int8, pair by pair, as Markdown.

Usage: python3 bench/precision.py SPEC ROW TRIALS RESULTS, after

    for p in f32 bf16 int8; do fsl-exp run SPEC --set trials.count=TRIALS --precision $p --results RESULTS; done

The program is `$FSL_EXP`, else target/release/fsl-exp. Scores are computed here, from exported probabilities. A precision of which
trials are missing is left out, and said.
"""

from __future__ import annotations

import csv
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = os.environ.get("FSL_EXP", "target/release/fsl-exp")
PRECISIONS = ("f32", "bf16", "int8")
Scored = list[tuple[int, float]]


def f1(scored: Scored) -> float:
    """F1 of class 1 in percent; positive is what has a probability above one half."""
    hits = sum(label == 1 and probability > 0.5 for label, probability in scored)
    wrong = sum((label == 1) != (probability > 0.5) for label, probability in scored)
    return 200 * hits / (2 * hits + wrong)


def export(spec: str, row: str, trials: int, results: str, precision: str) -> dict[int, Scored]:
    """Labels and probabilities by trial."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.csv"
        command = [PROGRAM, "export", spec, "--set", f"trials.count={trials}", "--precision", precision]
        command += ["--results", results, "--predictions", str(path)]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        found: dict[int, Scored] = {}
        with path.open(newline="") as lines:
            for line in csv.DictReader(lines):
                if line["row"] == row:
                    scored = (int(line["label"]), float(line["probability"]))
                    found.setdefault(int(line["trial"]), []).append(scored)
        return found


def table(runs: dict[str, dict[int, Scored]]) -> str:
    """A line per trial: F1, and for others than f32 the difference and how many labels changed."""
    others = [precision for precision in runs if precision != "f32"]
    head = ["trial", "F1 f32"] + [f"F1 {name} (difference, labels changed)" for name in others]
    lines = [" | ".join(head), " | ".join(["--:"] * len(head))]
    differences: dict[str, list[float]] = {name: [] for name in others}
    for trial, base in sorted(runs["f32"].items()):
        cells = [str(trial + 1), f"{f1(base):.2f}"]
        for name in others:
            other = runs[name][trial]
            difference = f1(other) - f1(base)
            differences[name].append(difference)
            changed = sum((a[1] > 0.5) != (b[1] > 0.5) for a, b in zip(base, other))
            cells.append(f"{f1(other):.2f} ({difference:+.2f}, {changed})")
        lines.append(" | ".join(cells))
    scores = [f1(scored) for scored in runs["f32"].values()]
    last = ["mean, sd", f"{statistics.mean(scores):.2f}, {statistics.stdev(scores):.2f}"]
    last += [f"{statistics.mean(d):+.2f}, {statistics.stdev(d):.2f}" for d in differences.values()]
    return "\n".join(f"| {line} |" for line in [*lines, " | ".join(last)])


def main() -> None:
    """Reads the runs that are whole and prints their table."""
    spec, row, trials, results = sys.argv[1:5]
    runs = {}
    for precision in PRECISIONS:
        found = export(spec, row, int(trials), results, precision)
        if len(found) == int(trials):
            runs[precision] = found
        else:
            print(f"{precision}: {len(found)} of {trials} trials are stored; left out", file=sys.stderr)
    print(table(runs))


if __name__ == "__main__":
    main()
