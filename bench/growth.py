"""How time grows: with training texts, test texts, tokens per text, trials and the encoder's width.

Usage: python3 bench/growth.py [REPEATS]   (default 3). The program is `$FSL_EXP`, else target/release/fsl-exp. The encoders have random weights
and are made by the bench's PyTorch (bench/install.sh torch; BENCH_TORCH_PYTHON names another interpreter). Texts are random words of one token
each, so that lengths are exact. Writes bench/results/growth.{md,json,svg}.

Training and inference are the records' own `fit-secs` and `predict-secs`, of a run on one core at a time; trials are the wall time of the
whole run with its default `--jobs`. Shown are medians, and the exponent: the slope of a straight line through the logarithms, of the upper half
of the points, where fixed costs weigh little.
"""

from __future__ import annotations

import csv
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Iterable

import growth_plot
from settings import BENCH, CLONE, cache_folder

PROGRAM = os.environ.get("FSL_EXP", str(CLONE / "target/release/fsl-exp"))
WIDTH = 384


@dataclass(frozen=True)
class Point:
    """One experiment's size."""

    train: int = 64
    test: int = 512
    tokens: int = 34
    width: int = WIDTH
    trials: int = 1


@dataclass
class Axis:
    """One size that grows, what is timed along it, and what bounds it."""

    name: str
    timed: str
    points: list[tuple[int, Point]]
    bound: str
    seconds: dict[int, list[float]] = field(default_factory=dict)

    @property
    def medians(self) -> list[tuple[int, float]]:
        """Size and median seconds."""
        return [(size, median(values)) for size, values in sorted(self.seconds.items())]

    @property
    def exponent(self) -> float:
        """The slope of log seconds against log size, over the upper half of the sizes."""
        points = self.medians
        return slope(points[len(points) // 2 :])


def slope(points: list[tuple[int, float]]) -> float:
    """Least squares through the logarithms."""
    xs = [math.log(x) for x, _ in points]
    ys = [math.log(y) for _, y in points]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys)) / sum((x - mean_x) ** 2 for x in xs)


def axes() -> list[Axis]:
    """What is measured."""
    widths = (128, 256, 384, 512, 768)
    lengths = (16, 32, 64, 128, 256, 512)
    return [
        Axis("training texts", "fit", [(n, Point(train=n, test=16)) for n in (32, 64, 128, 256, 512)], "matrix products"),
        Axis("test texts", "predict", [(n, Point(train=16, test=n)) for n in (256, 512, 1024, 2048, 4096)], "matrix products"),
        Axis("tokens per text, training", "fit", [(n, Point(train=32, test=16, tokens=n)) for n in lengths],
             "matrix products; attention's share grows with the length"),
        Axis("tokens per text, inference", "predict", [(n, Point(train=16, test=128, tokens=n)) for n in lengths],
             "matrix products; attention's share grows with the length"),
        Axis("encoder's width, training", "fit", [(n, Point(test=16, width=n)) for n in widths],
             "matrix products (width squared), Adam (width squared)"),
        Axis("encoder's width, inference", "predict", [(n, Point(train=16, test=256, width=n)) for n in widths],
             "matrix products (width squared), element by element (width)"),
        Axis("trials", "wall", [(n, Point(train=16, test=64, trials=n)) for n in (2, 4, 8, 16)],
             "cores; what a fork and its files take"),
    ]


def words(encoder: Path) -> list[str]:
    """Words that are one token."""
    entries = (encoder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    return [word for word in entries if word.isascii() and word.isalpha() and len(word) > 3][:8000]


def write_texts(path: Path, count: int, tokens: int, vocabulary: list[str], seed: int) -> None:
    """Texts of exactly so many tokens, the two special ones included; labels alternate."""
    source = random.Random(seed)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["text", "label"])
        for row in range(count):
            out.writerow([" ".join(source.choices(vocabulary, k=tokens - 2)), row % 2])


def encoder(width: int) -> Path:
    """A six-layer BERT with random weights and MiniLM's vocabulary."""
    home = cache_folder(os.environ) / "bench"
    folder = home / f"bert-{width}"
    if not (folder / "vocab.txt").is_file():
        python = os.environ.get("BENCH_TORCH_PYTHON", str(home / "torch/bin/python"))
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([python, str(BENCH / "peers/make_bert.py"), str(folder), str(width)], check=True)
        found = subprocess.run([PROGRAM, "fetch", "-q", "all-MiniLM-L6-v2"], check=True, capture_output=True, text=True)
        minilm = Path(found.stdout.strip().splitlines()[-1].partition(": ")[2])
        shutil.copy(minilm / "vocab.txt", folder / "vocab.txt")
    return folder


SPEC = """
name = "growth"
title = "growth"
[data]
train = "train.csv"
test = "test.csv"
text = "text"
label = "label"
max-tokens = {tokens}
[trials]
seed = {seed}
count = {trials}
precision = "f32"
[[row]]
id = "fsl"
label = "FSL"
method.finetune = {{ encoder = "{encoder}", epochs = 1 }}
"""


def measure(point: Point, timed: str, seed: int) -> float:
    """Seconds of one run."""
    model = encoder(point.width)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        vocabulary = words(model)
        write_texts(folder / "train.csv", point.train, point.tokens, vocabulary, 1)
        write_texts(folder / "test.csv", point.test, point.tokens, vocabulary, 2)
        spec = folder / "growth.toml"
        spec.write_text(SPEC.format(tokens=point.tokens, seed=seed, trials=point.trials, encoder=model))
        jobs = [] if timed == "wall" else ["--jobs", "1"]
        started = time.perf_counter()
        subprocess.run([PROGRAM, "run", "growth.toml", "-q", *jobs], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        wall = time.perf_counter() - started
        if timed == "wall":
            return wall
        record = next(folder.glob("results/store/trials/*/*/record.json"))
        return json.loads(record.read_text())["timings"][f"{timed}-secs"]


def markdown(measured: Iterable[Axis], load: tuple[float, float]) -> str:
    """The table."""
    lines = [f"Load average before and after: {load[0]:.1f}, {load[1]:.1f}. A random BERT of six layers, f32.", ""]
    lines += ["| What grows | size: median seconds | exponent | bounded by |", "|:--|:--|--:|:--|"]
    for axis in measured:
        cells = ", ".join(f"{size}: {seconds:.2f}" for size, seconds in axis.medians)
        lines.append(f"| {axis.name} | {cells} | {axis.exponent:.2f} | {axis.bound} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measures all points in turns and writes the results."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    before = os.getloadavg()[0]
    measured = axes()
    for repeat in range(repeats):
        for axis in measured:
            for size, point in axis.points:
                axis.seconds.setdefault(size, []).append(measure(point, axis.timed, repeat))
            print(f"{repeat + 1}/{repeats} {axis.name}: {axis.medians}", file=sys.stderr)
    results = BENCH / "results"
    results.mkdir(exist_ok=True)
    load = (before, os.getloadavg()[0])
    (results / "growth.md").write_text(markdown(measured, load))
    (results / "growth.svg").write_text(growth_plot.svg([(a.name, a.exponent, a.medians) for a in measured]))
    data = [{"what": a.name, "timed": a.timed, "exponent": a.exponent, "seconds": a.seconds} for a in measured]
    (results / "growth.json").write_text(json.dumps({"load": load, "axes": data}, indent=1) + "\n")


if __name__ == "__main__":
    main()
