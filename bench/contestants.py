"""Who takes part, and with what."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Sequence

import launch
from settings import BENCH, Settings

#: The row that all others are compared with.
BASE = "fsl-f32"
ALL_CORES, PER_CORE = "all cores", "one per core"


@dataclass(frozen=True)
class Contestant:
    """A row of the tables.

    `tool` says what has to be installed, `script` which peer is started, `variant` what it is told. `trains` is false for
    peers that can only infer. Arrangements: one process on all cores, or one process per core side by side; where both are
    measured, the faster one counts.
    """

    id: str
    label: str
    tool: str
    script: str = ""
    variant: str = ""
    precision: str = "f32"
    trains: bool = False
    arrangements: tuple[str, ...] = (ALL_CORES, PER_CORE)

    @property
    def is_fsl(self) -> bool:
        """Whether this is fsl-exp itself."""
        return self.tool == "fsl"


def peers(bf16: bool) -> list[Contestant]:
    """All contestants but fsl-exp; `bf16` says whether the processor has such products."""
    best = "bf16" if bf16 else "f32"
    once = (ALL_CORES,)
    return [
        Contestant(
            "torch-reference", "transformers + PyTorch, reference", "torch", "torch_peer.py", "reference", "f32", True, once
        ),
        Contestant("torch-best", "transformers + PyTorch, best", "torch", "torch_peer.py", "best", best, True),
        Contestant("keras", "Keras/TensorFlow, published recipe", "keras", "keras_peer.py", "", "f32", True, once),
        Contestant("candle", "candle", "candle"),
        Contestant("onnx-f32", "ONNX Runtime", "torch", "onnx_peer.py", "f32"),
        Contestant("onnx-int8", "ONNX Runtime, int8", "torch", "onnx_peer.py", "int8", "int8"),
    ]


def fsl(settings: Settings) -> list[Contestant]:
    """fsl-exp at every precision that its `run` offers."""
    _, text = launch.program([str(settings.program), "run", "--help"], settings.timeout)
    offered = [name for name in ("f32", "bf16", "int8") if "--precision" in text and name in text.partition("--precision")[2][:600]]
    return [Contestant(f"fsl-{name}", f"fsl-exp, {name}", "fsl", precision=name, trains=True) for name in offered or ["f32"]]


def has_precision(settings: Settings, command: str) -> bool:
    """Whether a command of fsl-exp has `--precision`."""
    return "--precision" in launch.program([str(settings.program), command, "--help"], settings.timeout)[1]


def chosen(everyone: Sequence[Contestant], names: Sequence[str]) -> list[Contestant]:
    """The contestants that BENCH_PEERS names, by id or by the start of one; fsl-exp always takes part."""
    if "all" in names:
        return list(everyone)
    for name in names:
        if not any(one.id.startswith(name) for one in everyone):
            known = ", ".join(one.id for one in everyone)
            raise SystemExit(f"error: BENCH_PEERS names `{name}`, expected some of {known}, or all")
    return [one for one in everyone if one.is_fsl or any(one.id.startswith(name) for name in names)]


def tools(home: Path, env: Mapping[str, str]) -> dict[str, Path | str]:
    """For each tool, its program, or (as text) why there is none."""
    places = {
        "torch": Path(env.get("BENCH_TORCH_PYTHON") or home / "torch/bin/python"),
        "keras": Path(env.get("BENCH_KERAS_PYTHON") or home / "keras/bin/python"),
        "candle": home / "candle/release/bench-candle",
    }
    found: dict[str, Path | str] = {}
    for name, path in places.items():
        failure = home / f"{name}.failed"
        if failure.is_file():
            found[name] = f"it could not be installed: {failure.read_text().strip()}"
        elif os.access(path, os.X_OK):
            found[name] = path
        else:
            found[name] = "it is not installed (bench/install.sh)"
    return found


def command(one: Contestant, program: Path) -> list[str]:
    """How the contestant's process is started, but for the job."""
    return [str(program), str(BENCH / "peers" / one.script)] if one.script else [str(program)]


def rotated(everyone: Sequence[Contestant], repeat: int) -> list[Contestant]:
    """The order of a repeat: each repeat begins with another contestant."""
    start = repeat * max(1, len(everyone) // 3) % len(everyone)
    return [*everyone[start:], *everyone[:start]]
