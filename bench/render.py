"""The Markdown report."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

import report
import roofline
from report import Row
from stats import Summary

MODEL_TITLES = {"minilm": "all-MiniLM-L6-v2", "distilbert": "DistilBERT's shape (random weights)"}


def number(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(summary: Summary | None, unit: str = "") -> str:
    """Median and range: `3.10 [2.98, 3.40]`."""
    if summary is None:
        return "–"
    if summary.n == 1:
        return f"{number(summary.median)}{unit}"
    return f"{number(summary.median)}{unit} [{number(summary.low)}, {number(summary.high)}]"


def share(floor: float | None, summary: Summary | None) -> str:
    """Which part of the time would be enough at the machine's f32 rate."""
    return "–" if floor is None or summary is None else f"{100 * floor / summary.median:.0f} %"


def table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is left-aligned, the others right."""
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join([":--", *["--:"] * (len(head) - 1)]) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(cells) + " |" for cells in body)])


def checked(row: Row) -> str:
    """What the comparison of answers found."""
    if row.check is None:
        return "not compared"
    text = f"max {row.check['difference']:.1e}"
    if row.precision != "f32":
        text += f", r {row.check['correlation']:.4f}"
    return text if row.valid else f"**invalid**: {text}"


def _ratio(row: Row, summary: Summary | None) -> str:
    return spread(summary, "×") if row.valid else "invalid"


def trials(rows: Sequence[Row], floors: Mapping[str, float] | None) -> str:
    """Training and trials, of those that train."""
    body = [
        [
            row.label,
            row.precision,
            spread(row.train),
            spread(row.trial),
            _ratio(row, row.trial_ratio),
            share(floors and floors["trial"], row.trial),
            row.arrangement,
        ]
        for row in rows
        if row.trial
    ]
    head = ["", "precision", "training, s", "trial, s", "of fsl-exp's", "of the f32 rate", "processes (training / inference)"]
    return table(head, body)


def wholes(rows: Sequence[Row], floors: Mapping[str, float] | None) -> str:
    """Trials at full size."""
    body = [
        [
            row.label,
            row.precision,
            spread(row.full),
            _ratio(row, row.full_ratio),
            share(floors and floors["full"], row.full),
            "measured whole" if row.id.startswith("fsl-") else "scaled",
        ]
        for row in rows
        if row.full
    ]
    return table(["", "precision", "trial, s", "of fsl-exp's", "of the f32 rate", ""], body)


def inference(rows: Sequence[Row], floors: Mapping[str, float] | None, texts: int) -> str:
    """Inference alone."""
    body = [
        [
            row.label,
            row.precision,
            spread(row.infer),
            number(texts / row.infer.median),
            _ratio(row, row.infer_ratio),
            share(floors and floors["infer"], row.infer),
            checked(row),
        ]
        for row in rows
        if row.infer
    ]
    body += [
        [
            f"{row.label}: inside its trials",
            row.precision,
            spread(row.predict),
            number(texts / row.predict.median),
            "–",
            share(floors and floors["infer"], row.predict),
            "–",
        ]
        for row in rows
        if row.predict
    ]
    return table(["", "precision", "seconds", "texts/s", "of fsl-exp's", "of the f32 rate", "answers"], body)


def model(data: Mapping[str, Any], name: str) -> list[str]:
    """The section of one model."""
    rows, floors, sizes = report.rows(data, name), report.floors(data, name), data["sizes"]
    facts = data["models"][name]
    parts = [f"## {MODEL_TITLES[name]}"]
    if floors:
        parts.append(
            f"Texts of {facts['mean_train_tokens']:.1f} (training) and {facts['mean_test_tokens']:.1f} (test) tokens on average. At the "
            f"machine's f32 rate, a trial of the measured size needs at least {number(floors['train'])} s + {number(floors['infer'])} s, "
            f"a whole one {number(floors['full'])} s."
        )
    parts += [
        f"### A trial: {sizes['steps']} steps and {sizes['texts']:,} texts, all measured",
        trials(rows, floors),
        f"### Inference alone: {sizes['texts']:,} texts",
        inference(rows, floors, sizes["texts"]),
    ]
    if report.seconds(data, report.BASE, name, "full"):
        parts += [
            f"### A whole trial: {sizes['trial_steps']} steps and {sizes['trial_texts']:,} texts",
            wholes(rows, floors),
        ]
    parts += [f"- {row.label}: not run: {row.not_run}" for row in rows if row.not_run]
    return parts


def rates(data: Mapping[str, Any]) -> list[str]:
    """The roofline's section."""
    if not data["roofline"]:
        return ["## Roofline", "Not measured: PyTorch is not installed."]
    body = [
        [
            " × ".join(str(size) for size in entry["product"]),
            entry["precision"],
            number(entry["one_thread"]),
            number(entry["per_core"]),
            number(entry["all_cores"]),
        ]
        for entry in data["roofline"]
    ]
    head = ["product (rows × inner × columns)", "precision", "one thread", "one process per core, sum", "one process, all cores"]
    peak = roofline.peak(data["roofline"], "f32") or 0.0
    return [
        "## Roofline",
        f"PyTorch's matrix products, GFLOP/s. The f32 rate above is the largest f32 number here: {number(peak)}.",
        table(head, body),
    ]


def busy(machine: Mapping[str, Any]) -> list[str]:
    """A warning where other work was running before the bench began."""
    if machine["load_before"] <= 0.25 * machine["cores"]:
        return []
    return [f"**Taken on a busy machine (load average {machine['load_before']} at the start): not a result.**"]


def head(data: Mapping[str, Any]) -> list[str]:
    """Title, machine and how to read it."""
    machine, sizes = data["machine"], data["sizes"]
    versions = ", ".join(f"{name} {version}" for name, version in sorted(data["versions"].items()))
    texts = data["texts"]
    repeated = "" if texts["distinct_test_texts"] >= sizes["trial_texts"] else " (repeated to fill the number)"
    return [
        "# fsl-exp beside its peers",
        "<!-- Written by bench/run.py: do not edit. -->",
        *busy(machine),
        f"{machine['date']}, {machine['processor']}, {machine['cores']} cores ({', '.join(machine['flags'])}), "
        f"{machine['memory_gb']} GB, {machine['system']}; load average {machine['load_before']} before, "
        f"{machine.get('load_after', '–')} after. {machine['fsl_exp']} at {machine['commit']}; {versions}.",
        f"Texts: `{texts['dataset']}`, {texts['distinct_test_texts']:,} distinct test texts{repeated}.",
        f"Seconds are per trial, median [smallest, largest] of {sizes['repeats']} repeat(s) in which the contestants take turns; where several "
        "processes run side by side, the slowest one's time over their number. *of fsl-exp's*: how many times fsl-exp's f32 time, "
        "repeat by repeat; above 1, fsl-exp is faster. *of the f32 rate*: the floor over the time.",
        f"fsl-exp's trial is an experiment of {sizes['trials']} trials into an empty folder, from the process' start to its end, over "
        f"{sizes['trials']}; its inference is the whole process too. Its training, and its inference inside trials, are what its records say. "
        f"For the peers, start-up, loading and warm-up are left out ({sizes['warm_up_steps']} steps; an epoch for Keras; 64 texts), tokenizing "
        "is counted at inference, and a trial is training plus inference, each in its faster arrangement.",
    ]


def markdown(data: Mapping[str, Any]) -> str:
    """The whole report."""
    parts = head(data)
    for name in data["models"]:
        parts += model(data, name)
    return "\n\n".join([*parts, *rates(data)]).replace("\n\n- ", "\n- ") + "\n"
