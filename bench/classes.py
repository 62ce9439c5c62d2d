"""How long a bag of words with many classes takes, beside scikit-learn: python3 bench/classes.py TRAIN.csv TEST.csv

Both train on the same samples (8 texts per class, drawn by fsl-exp and exported), with the same features (words of two letters or more,
n-grams up to 3, two texts at least, no stop words) and the same objective, and give the whole test file its probabilities. fsl-exp's
time is that of its records (fit and predict); scikit-learn's is that of the same steps, once with its default tolerance, where it
stops early, and once with one at which its probabilities agree with ours. They take turns. Needs scikit-learn; FSL_EXP names the program.
"""

import csv
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

TRIALS = 5
SPEC = """
name = "classes"
[data]
train = {train}
test = {test}
[trials]
seed = 42
count = {trials}
shots = 8
vary = ["sample"]
[[row]]
id = "bow"
method.bow = {{ stop-words = "none", min-df = 2 }}
"""


def columns(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["label"] for row in rows]


def ours(program, spec, results):
    """Fit and predict of every trial, in seconds, and the probabilities by trial, in the order of the records' samples."""
    subprocess.run([program, "run", spec, "--results", results, "--jobs", "1", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    found = {}
    for path in pathlib.Path(results).glob("store/trials/*/*/record.json"):
        record = json.loads(path.read_text())
        values = np.loadtxt(path.with_name("predictions.csv"), delimiter=",", skiprows=1, usecols=None, dtype=str)
        timings = record["timings"]
        found[record["data"]["train-rows-sha256"]] = (
            timings["fit-secs"] + timings["predict-secs"],
            values[:, 2:].astype(float),
        )
    return found


def theirs(train, labels, test, tolerance):
    began = time.perf_counter()
    vectorizer = TfidfVectorizer(ngram_range=(1, 3), min_df=2)
    model = LogisticRegression(class_weight="balanced", tol=tolerance, max_iter=10_000)
    model.fit(vectorizer.fit_transform(train), labels)
    probabilities = model.predict_proba(vectorizer.transform(test))
    return time.perf_counter() - began, probabilities


def main():
    train_file, test_file = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
    program = os.environ.get("FSL_EXP", "target/release/fsl-exp")
    texts, labels = columns(train_file)
    test, _ = columns(test_file)
    with tempfile.TemporaryDirectory() as folder:
        spec, results, samples = (f"{folder}/{name}" for name in ("classes.toml", "results", "samples.csv"))
        pathlib.Path(spec).write_text(SPEC.format(train=json.dumps(train_file), test=json.dumps(test_file), trials=TRIALS))
        found = ours(program, spec, results)
        subprocess.run([program, "export", spec, "--results", results, "--samples", samples], check=True)
        with open(samples, newline="") as file:
            drawn = list(csv.DictReader(file))
    times = {"fsl-exp": [], "scikit-learn": [], "scikit-learn, tol 1e-8": []}
    furthest = 0.0
    for trial in range(TRIALS):
        rows = [row for row in drawn if int(row["trial"]) == trial]
        index = [int(row["index"]) for row in rows]
        seconds, probabilities = found[rows[0]["train_rows_sha256"]]
        times["fsl-exp"].append(seconds)
        sample, targets = [texts[i] for i in index], [labels[i] for i in index]
        times["scikit-learn"].append(theirs(sample, targets, test, 1e-4)[0])
        seconds, expected = theirs(sample, targets, test, 1e-8)
        times["scikit-learn, tol 1e-8"].append(seconds)
        furthest = max(furthest, float(np.abs(expected - probabilities).max()))
    print(f"{len(set(labels))} classes, {len(rows)} training texts, {len(test)} test texts, {TRIALS} trials; load {os.getloadavg()[0]:.1f}")
    base = statistics.median(times["fsl-exp"])
    for name, values in times.items():
        middle = statistics.median(values)
        print(f"{name:24} {middle:7.3f} s ({min(values):.3f} to {max(values):.3f}), {middle / base:5.2f} times fsl-exp's")
    print(f"largest difference of a probability from tol 1e-8: {furthest:.1e}")


if __name__ == "__main__":
    main()
