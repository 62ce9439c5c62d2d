"""What the user can set, from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping

#: A trial of the published recipe: 30 epochs of 6 whole batches, then this many test texts.
TRIAL_STEPS = 180
TRIAL_TEXTS = 10_000
#: Texts that are learnt from, per batch, and whole batches per epoch.
TRAIN_TEXTS = 100
BATCH = 16
STEPS_PER_EPOCH = TRAIN_TEXTS // BATCH
MAX_TOKENS = 64
#: Trials of fsl-exp's experiment.
TRIALS = 4
MODELS = ("minilm", "distilbert")

BENCH = Path(__file__).resolve().parent
CLONE = BENCH.parent


@dataclass(frozen=True)
class Settings:
    """One bench run: sizes, choices and places."""

    steps: int
    texts: int
    repeats: int
    full: int
    models: tuple[str, ...]
    peers: tuple[str, ...]
    name: str
    program: Path
    cache: Path
    cores: int
    timeout: float

    @property
    def home(self) -> Path:
        """The bench's own folder in the cache: peers, and what the bench makes."""
        return self.cache / "bench"

    @property
    def epochs(self) -> int:
        """Passes over the training texts that make `steps`."""
        return self.steps // STEPS_PER_EPOCH


def cache_folder(env: Mapping[str, str]) -> Path:
    """The cache, by fsl-exp's own rule."""
    if env.get("FSL_EXP_CACHE"):
        return Path(env["FSL_EXP_CACHE"])
    base = env.get("XDG_CACHE_HOME") or str(Path(env.get("HOME", "~")).expanduser() / ".cache")
    return Path(base) / "fsl-exp"


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _number(env: Mapping[str, str], key: str, default: int, least: int) -> int:
    text = env.get(key) or str(default)
    if not text.isdigit() or int(text) < least:
        raise SystemExit(f"error: {key} is `{text}`, expected a whole number from {least}")
    return int(text)


def read(env: Mapping[str, str]) -> Settings:
    """The settings that `env` states, or the end of the program where they make no sense."""
    target = Path(env.get("CARGO_TARGET_DIR") or CLONE / "target")
    steps = _number(env, "BENCH_STEPS", 30, STEPS_PER_EPOCH)
    models = _names(env.get("BENCH_MODELS") or ",".join(MODELS))
    for model in models:
        if model not in MODELS:
            raise SystemExit(f"error: BENCH_MODELS names `{model}`, expected some of {', '.join(MODELS)}")
    return Settings(
        steps=steps - steps % STEPS_PER_EPOCH,  # whole epochs: what a spec can state
        texts=_number(env, "BENCH_TEXTS", 2000, 10),
        repeats=_number(env, "BENCH_REPEATS", 3, 1),
        full=_number(env, "BENCH_FULL", 1, 0),
        models=models,
        peers=_names(env.get("BENCH_PEERS") or "all"),
        name=env.get("BENCH_NAME") or "peers",
        program=Path(env.get("FSL_EXP") or target / "release/fsl-exp"),
        cache=cache_folder(env),
        cores=len(os.sched_getaffinity(0)),
        timeout=float(_number(env, "BENCH_TIMEOUT", 3600, 1)),
    )
