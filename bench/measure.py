"""One measurement: starts fresh processes, and says how many seconds one trial's share took."""

from __future__ import annotations

import csv
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import launch
import prepare
from contestants import PER_CORE, Contestant, command, has_precision
from settings import BATCH, MAX_TOKENS, TRIALS, Settings

WARM_UP_STEPS = 2
Measured = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """What all measurements of one model have in common."""

    settings: Settings
    texts: prepare.Texts
    model: prepare.Model
    bf16: bool


def trials(cores: int) -> int:
    """Trials of fsl-exp's experiment: four, or more where that would leave cores without a trial."""
    return -(-TRIALS // cores) * cores


def _job(scene: Scene, one: Contestant, task: str, threads: int, seed: int) -> dict[str, Any]:
    return {
        "task": task,
        "variant": one.variant,
        "encoder": str(scene.model.encoder),
        "model": str(scene.model.trained),
        "onnx": str(scene.model.onnx),
        "train": str(scene.texts.train),
        "test": str(scene.texts.test),
        "steps": scene.settings.steps,
        "warmup": WARM_UP_STEPS,
        "batch": BATCH,
        "max_tokens": MAX_TOKENS,
        "threads": threads,
        "bf16": one.precision == "bf16",
        "seed": seed,
    }


def peer(scene: Scene, one: Contestant, program: Path, task: str, arrangement: str) -> Measured:
    """Seconds of one trial's training or inference by a peer, start-up and warm-up excluded.

    Where one process per core runs, a trial's share is the slowest one's time divided by their number.
    """
    cores = scene.settings.cores
    processes, threads = (cores, 1) if arrangement == PER_CORE else (1, cores)
    jobs = [_job(scene, one, task, threads, seed) for seed in range(processes)]
    results = launch.peers(command(one, program), jobs, scene.settings.timeout)
    return {
        "seconds": max(result["seconds"] for result in results) / processes,
        "probabilities": results[0].get("probabilities"),
        "versions": results[0]["versions"],
    }


def _precision(scene: Scene, one: Contestant, name: str) -> list[str]:
    return ["--precision", one.precision] if has_precision(scene.settings, name) else []


def fsl_inference(scene: Scene, one: Contestant) -> Measured:
    """Seconds of `fsl-exp infer`, from the process' start to its end."""
    if one.precision != "f32" and not has_precision(scene.settings, "infer"):
        raise launch.Failed("`fsl-exp infer` has no --precision")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.csv"
        line = [str(scene.settings.program), "infer", "--model", str(scene.model.trained), "--output", str(out)]
        line += ["--quiet", *_precision(scene, one, "infer"), str(scene.texts.test)]
        seconds, _ = launch.program(line, scene.settings.timeout)
        with open(out, encoding="utf-8", newline="") as file:
            probabilities = [float(row["prob_hatred"]) for row in csv.DictReader(file)]
    return {"seconds": seconds, "probabilities": probabilities}


def fsl_experiment(scene: Scene, one: Contestant, full: bool) -> dict[str, Measured]:
    """Seconds per trial of a whole `fsl-exp run` into an empty folder, start-up included; and the parts that its records tell.

    Trials run side by side, one per core, so a trial's share of a part is its mean time divided by how many ran at a time.
    """
    count = trials(scene.settings.cores)
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "bench.toml"
        spec.write_text(prepare.spec(scene.settings, scene.texts, scene.model, count, full))
        results = Path(folder) / "results"
        line = [str(scene.settings.program), "run", str(spec), "--results", str(results), "--quiet"]
        seconds, _ = launch.program([*line, *_precision(scene, one, "run")], scene.settings.timeout * (10 if full else 1))
        records = [json.loads(path.read_text()) for path in results.glob("store/trials/*/*/record.json")]
    if len(records) != count:
        raise launch.Failed(f"{len(records)} of {count} trials left a record")
    timings = [record["timings"] for record in records]
    side_by_side = min(scene.settings.cores, count)
    return {
        "trial": {"seconds": seconds / count, "wall": seconds, "trials": count},
        "train": {"seconds": fmean(part["fit-secs"] for part in timings) / side_by_side},
        "predict": {"seconds": fmean(part["predict-secs"] for part in timings) / side_by_side},
    }
