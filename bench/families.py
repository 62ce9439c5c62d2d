"""Every family of encoders beside transformers at its best, at two shapes, with random weights. See bench/README.md.

    python3 bench/families.py            # writes bench/results/families.json and families.md anew after every family

Settings: those of run.py, and BENCH_FAMILIES (names, with commas between) and BENCH_PRECISION (`f32` or, where the processor has such
instructions, `bf16`: for both sides; then the reports are families-bf16). Of run.py's, BENCH_STEPS and BENCH_TEXTS are the sizes of the
base shape; the tiny shape has ten times as many, and three turns at least. Both sides are timed without their start: fsl-exp by what its
records say, in an experiment of four trials, a trial per core.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Sequence

import contestants
import launch
import machine
import measure
import prepare
import settings as configuration
from contestants import ALL_CORES, PER_CORE, Contestant
from stats import Agreement, Summary, agreement, ratios, summarize

#: XLM-RoBERTa is RoBERTa with another tokenizer.
FAMILIES = ("bert", "distilbert", "roberta", "electra", "albert", "mpnet", "deberta-v2", "modernbert")
SHAPES = ("base", "tiny")
TASKS = (("train", "train"), ("predict", "infer"))
#: How much more is measured at the tiny shape.
TINY_FACTOR = 10
#: One pass over the training texts, for the model whose answers are compared.
EPOCHS = 1
PRECISION = os.environ.get("BENCH_PRECISION") or "f32"
FSL = Contestant(f"fsl-{PRECISION}", f"fsl-exp, {PRECISION}", "fsl", precision=PRECISION, trains=True)
PEER = Contestant("torch-best", "transformers + PyTorch, best", "torch", "torch_peer.py", "best", PRECISION, True)


def say(text: str) -> None:
    """Tells how far the bench is."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def model(settings: configuration.Settings, python: str, family: str, shape: str, train: Path) -> prepare.Model:
    """The encoder and a model trained from it, made where they are not there yet."""
    name = f"{family}-{shape}"
    folder = settings.home / "encoders" / name
    if not (folder / "tokenizer.json").is_file():
        vocabulary = prepare.fetch(settings, prepare.MINILM) / "vocab.txt"
        script = str(configuration.BENCH / "peers/make_family.py")
        launch.program([python, script, str(folder), family, shape, str(vocabulary)], settings.timeout, settings.cores)
    trained = prepare.trained(settings, name, folder, train, EPOCHS)
    return prepare.Model(name, folder, trained, settings.home / "onnx" / name)


def turn(scene: measure.Scene, program: Path) -> dict[str, Any]:
    """One measurement of both: seconds by contestant and task."""
    fsl = {task: got["seconds"] for task, got in measure.fsl_experiment(scene, FSL, full=False).items()}
    peer = {task: measure.peer(scene, PEER, program, task, PER_CORE)["seconds"] for _, task in TASKS}
    return {"fsl": fsl, "peer": peer}


def answers(scene: measure.Scene, program: Path) -> Agreement:
    """How near the two sides' probabilities of the same model are."""
    ours = measure.fsl_inference(scene, FSL)["probabilities"]
    theirs = measure.peer(scene, PEER, program, "infer", ALL_CORES)["probabilities"]
    return agreement(ours, theirs, PRECISION)


def compared(turns: Sequence[dict[str, Any]], ours: str, theirs: str) -> dict[str, Any]:
    """Both sides' seconds for one task, and how many times as long the peer takes."""
    fsl = [turn["fsl"][ours] for turn in turns]
    peer = [turn["peer"][theirs] for turn in turns]
    return {"fsl": summarize(fsl), "peer": summarize(peer), "ratio": ratios(peer, fsl)}


def turns(count: int) -> str:
    """So many turns, in words."""
    return "one turn" if count == 1 else f"{count} turns"


def _seconds(value: Summary) -> str:
    return f"{value.median:.3g} [{value.low:.3g}, {value.high:.3g}]"


def _ratio(value: Summary) -> str:
    return f"{value.median:.2f}× [{value.low:.2f}, {value.high:.2f}]"


def table(entries: Sequence[dict[str, Any]]) -> list[str]:
    """One shape's families, a row each."""
    head = ("family", "training, s: fsl-exp", "transformers", "ratio", "inference, s: fsl-exp", "transformers", "ratio", "answers differ by")
    lines = ["| " + " | ".join(head) + " |", "|:--|" + "--:|" * (len(head) - 1)]
    for entry in entries:
        cells = [entry["family"]]
        for ours, theirs in TASKS:
            found = compared(entry["turns"], ours, theirs)
            cells += [_seconds(found["fsl"]), _seconds(found["peer"]), _ratio(found["ratio"])]
        found = entry["answers"]
        valid = "" if found["valid"] else " (invalid)"
        lines.append("| " + " | ".join([*cells, f"{found['difference']:.1e}{valid}"]) + " |")
    return lines


def markdown(data: dict[str, Any]) -> str:
    """The report."""
    found = data["machine"]
    sizes = data["sizes"]
    lines = [
        "# Families of encoders beside transformers",
        "",
        "<!-- Written by bench/families.py: do not edit. -->",
        "",
        f"{found['date']}, {found['processor']}, {found['cores']} cores ({', '.join(found['flags'])}), {found['system']}; load average "
        f"{found['load_before']} before, {found['load_after']} after. {found['fsl_exp']} at {found['commit']}; "
        f"{', '.join(f'{name} {version}' for name, version in sorted(data['versions'].items()))}.",
        "",
        f"Random weights; {PRECISION} on both sides; the same WordPiece tokens for all families, at most 64; batches of 16. Seconds are per trial, median [smallest, "
        "largest]; *ratio*: how many times as long transformers takes, turn by turn. Both run one trial per core side by side, which is the "
        "faster arrangement for both. Neither side's start-up is counted.",
    ]
    for shape in SHAPES:
        entries = [entry for entry in data["families"] if entry["shape"] == shape]
        if entries:
            size = sizes[shape]
            lines += ["", f"## {shape}: {size['steps']} steps, {size['texts']} texts, {turns(len(entries[0]['turns']))}", "", *table(entries)]
    return "\n".join(lines) + "\n"


def write(settings: configuration.Settings, data: dict[str, Any]) -> None:
    """Both reports."""
    data["machine"]["load_after"] = round(os.getloadavg()[0], 2)
    folder = configuration.BENCH / "results"
    folder.mkdir(exist_ok=True)
    name = "families" if PRECISION == "f32" else f"families-{PRECISION}"
    (folder / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n")
    (folder / f"{name}.md").write_text(markdown(data))


def chosen(env: dict[str, str]) -> list[str]:
    """The families that BENCH_FAMILIES names, or all."""
    names = [name.strip() for name in env.get("BENCH_FAMILIES", "").split(",") if name.strip()] or list(FAMILIES)
    for name in names:
        if name not in FAMILIES:
            raise SystemExit(f"error: BENCH_FAMILIES names `{name}`, expected some of {', '.join(FAMILIES)}")
    return names


def main() -> None:
    """Measures every family at every shape."""
    base = configuration.read({"BENCH_STEPS": "6", "BENCH_TEXTS": "200", **os.environ})
    program = contestants.tools(base.home, os.environ)["torch"]
    if isinstance(program, str):
        raise SystemExit(f"error: PyTorch: {program}")
    scaled = {
        "base": base,
        "tiny": replace(base, steps=base.steps * TINY_FACTOR, texts=base.texts * TINY_FACTOR, repeats=max(3, base.repeats)),
    }
    described = machine.describe(base.cores, base.program, configuration.CLONE)
    if PRECISION != "f32" and not (PRECISION == "bf16" and machine.has_bf16(described["flags"])):
        raise SystemExit(f"error: BENCH_PRECISION is `{PRECISION}`, expected f32, or bf16 on a processor with such instructions")
    sizes = {shape: {"steps": one.steps, "texts": one.texts} for shape, one in scaled.items()}
    python = json.loads(launch.program([str(program), "-c", VERSIONS], base.timeout)[1])
    data: dict[str, Any] = {"machine": described, "sizes": sizes, "versions": python, "families": []}
    for shape, settings in scaled.items():
        texts = prepare.texts(settings)
        for family in chosen(dict(os.environ)):
            say(f"{family}, {shape}")
            try:
                made = model(settings, str(program), family, shape, texts.train)
                scene = measure.Scene(settings, texts, made, PRECISION == "bf16")
                entry: dict[str, Any] = {"family": family, "shape": shape, "answers": vars(answers(scene, program))}
                entry["turns"] = [turn(scene, program) for _ in range(settings.repeats)]
            except launch.Failed as error:
                raise SystemExit(f"error: {family}, {shape}: {error}") from error
            data["families"].append(entry)
            write(base, data)
    say("the reports are in bench/results")


VERSIONS = "import json, torch, transformers; print(json.dumps({'torch': torch.__version__, 'transformers': transformers.__version__}))"

if __name__ == "__main__":
    main()
