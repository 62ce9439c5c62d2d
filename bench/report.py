"""From measurements to the figures of the tables. Pure functions: the JSON report in, rows out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

import ops
import roofline
from settings import BATCH
from stats import Summary, ratios, summarize

BASE = "fsl-f32"
Data = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One contestant on one model: seconds per trial, and how they compare."""

    id: str
    label: str
    precision: str
    train: Summary | None = None
    infer: Summary | None = None
    #: fsl-exp only: the inference inside its trials, one per core.
    predict: Summary | None = None
    trial: Summary | None = None
    full: Summary | None = None
    #: How many times fsl-exp's (f32) time this is: of inference alone, of a trial, of a whole trial.
    infer_ratio: Summary | None = None
    trial_ratio: Summary | None = None
    full_ratio: Summary | None = None
    #: Which arrangement was the faster one in training and at inference.
    arrangement: str = ""
    check: Mapping[str, Any] | None = None
    not_run: str = ""

    @property
    def valid(self) -> bool:
        """Whether the answers agree, as far as they were compared."""
        return self.check is None or bool(self.check["valid"])


def operations(
    shape: ops.Shape, train: Sequence[int], test: Sequence[int], full: Sequence[int], steps: int
) -> dict[str, Any]:
    """What a trial needs at the measured size and whole, from the lengths of its texts in tokens."""
    return {
        "mean_train_tokens": sum(train) / len(train),
        "mean_test_tokens": sum(test) / len(test),
        "train_ops": ops.training(shape, train, steps * BATCH),
        "infer_ops": ops.inference(shape, test, len(test)),
        "full_train_ops": ops.training(shape, train, 180 * BATCH),
        "full_infer_ops": ops.inference(shape, full, len(full)),
    }


def seconds(data: Data, contestant: str, model: str, task: str, arrangement: str | None = None) -> list[float]:
    """A contestant's seconds per trial, by repeat."""
    return [
        entry["seconds"]
        for entry in data["measurements"]
        if (entry["contestant"], entry["model"], entry["task"]) == (contestant, model, task)
        and arrangement in (None, entry["arrangement"])
    ]


def best(data: Data, contestant: str, model: str, task: str) -> tuple[str, list[float]]:
    """The arrangement with the lowest median, and its seconds; empty where nothing was measured."""
    names = {entry["arrangement"] for entry in data["measurements"] if entry["contestant"] == contestant}
    found = [(name, seconds(data, contestant, model, task, name)) for name in sorted(names)]
    measured = [(name, values) for name, values in found if values]
    return min(measured, key=lambda pair: summarize(pair[1]).median, default=("", []))


def _summary(values: Sequence[float]) -> Summary | None:
    return summarize(values) if values else None


def _ratio(values: Sequence[float], base: Sequence[float]) -> Summary | None:
    return ratios(values, base) if values and base else None


def _find(entries: Sequence[Mapping[str, Any]], contestant: str, model: str) -> Mapping[str, Any] | None:
    wanted = (contestant, model)
    return next((entry for entry in entries if (entry["contestant"], entry["model"]) == wanted), None)


def whole_trials(data: Data, one: Mapping[str, Any], model: str, train: Sequence[float], infer: Sequence[float]) -> list[float]:
    """Seconds of whole trials: fsl-exp's measured, a peer's scaled from the measured steps and texts."""
    if one["tool"] == "fsl":
        return seconds(data, one["id"], model, "full")
    sizes = data["sizes"]
    steps, texts = sizes["trial_steps"] / sizes["steps"], sizes["trial_texts"] / sizes["texts"]
    return [fit * steps + predict * texts for fit, predict in zip(train, infer)]


def row(data: Data, one: Mapping[str, Any], model: str) -> Row:
    """The figures of one contestant on one model."""
    name = one["id"]
    train_by, train = best(data, name, model, "train")
    infer_by, infer = best(data, name, model, "infer")
    trial = seconds(data, name, model, "trial") if one["tool"] == "fsl" else [a + b for a, b in zip(train, infer)]
    full = whole_trials(data, one, model, train, infer)
    base_full = seconds(data, BASE, model, "full")
    failure = _find(data["not_run"], name, model)
    return Row(
        name,
        one["label"],
        one["precision"],
        _summary(train),
        _summary(infer),
        _summary(seconds(data, name, model, "predict")),
        _summary(trial),
        _summary(full),
        _ratio(infer, best(data, BASE, model, "infer")[1]),
        _ratio(trial, seconds(data, BASE, model, "trial")),
        # fsl-exp's whole trials are run less often than the peers' repeats: compare with their median.
        _ratio(full, [summarize(base_full).median] * len(full)) if base_full else None,
        arrangement=" / ".join(part for part in (train_by, infer_by) if part),
        check=_find(data["checks"], name, model),
        not_run=failure["reason"] if failure else "",
    )


def rows(data: Data, model: str) -> list[Row]:
    """All contestants on one model."""
    return [row(data, one, model) for one in data["contestants"]]


def floors(data: Data, model: str) -> dict[str, float] | None:
    """Seconds that training, inference, a trial and a whole trial need at least at the machine's f32 rate."""
    found, rate = data["models"].get(model, {}), roofline.peak(data["roofline"], "f32")
    if rate is None or "train_ops" not in found:
        return None
    train, infer = found["train_ops"] / rate / 1e9, found["infer_ops"] / rate / 1e9
    full = (found["full_train_ops"] + found["full_infer_ops"]) / rate / 1e9
    return {"train": train, "infer": infer, "trial": train + infer, "full": full}
