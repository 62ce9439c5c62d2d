"""Starts contestants' processes and speaks with them.

A peer is started with the path of its job (JSON), loads and warms up, prints `bench: ready`, waits for a line on standard
input, does the measured work, prints `bench: {…}` with its result, and ends. Processes that are to run side by side all wait
until the last one is ready. Whatever else they print is ignored.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Any, Mapping, Sequence

MARK = "bench: "


class Failed(Exception):
    """A contestant did not do what it was asked; the message says why, in one line."""


def environment(threads: int) -> dict[str, str]:
    """The variables by which every library learns how many threads it may use, and that there is no network or GPU."""
    count = str(threads)
    return {
        **os.environ,
        "OMP_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "RAYON_NUM_THREADS": count,
        "TF_NUM_INTRAOP_THREADS": count,
        "TF_USE_LEGACY_KERAS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TRANSFORMERS_VERBOSITY": "error",
        "HF_HUB_OFFLINE": "1",
        "CUDA_VISIBLE_DEVICES": "",
    }


def _reason(log: IO[str], code: int | None) -> str:
    log.seek(0)
    lines = [line.strip() for line in log.read().splitlines() if line.strip()]
    return f"{lines[-1][:300] if lines else 'it said nothing'} (exit code {code})"


class _Peer:
    """One running process of a contestant."""

    def __init__(self, command: Sequence[str], job: Mapping[str, Any], folder: Path, number: int) -> None:
        path = folder / f"job{number}.json"
        path.write_text(json.dumps(job))
        self.log = open(folder / f"log{number}.txt", "w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen(
            [*command, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=environment(int(job["threads"])),
            text=True,
        )

    def line(self) -> str:
        """The next line that is meant for the bench."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(MARK):
                return line[len(MARK) :].strip()
        raise Failed(_reason(self.log, self.process.wait()))

    def go(self) -> None:
        """Lets it begin."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def close(self) -> None:
        """Ends it if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        self.log.close()


def peers(command: Sequence[str], jobs: Sequence[Mapping[str, Any]], timeout: float) -> list[dict[str, Any]]:
    """Runs one process per job, side by side from the moment that all are ready; their results, in order."""
    with tempfile.TemporaryDirectory() as name:
        started: list[_Peer] = []
        timer = threading.Timer(timeout, lambda: [peer.process.kill() for peer in started])
        timer.start()
        try:
            for number, job in enumerate(jobs):
                started.append(_Peer(command, job, Path(name), number))
            for peer in started:
                peer.line()
            for peer in started:
                peer.go()
            return [json.loads(peer.line()) for peer in started]
        except (OSError, ValueError) as error:
            raise Failed(str(error)) from error
        finally:
            timer.cancel()
            for peer in started:
                peer.close()


def program(command: Sequence[str], timeout: float, threads: int | None = None) -> tuple[float, str]:
    """Runs a program from start to end: the wall seconds, and what it printed."""
    env = None if threads is None else environment(threads)
    began = time.perf_counter()
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=timeout, env=env)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(str(error)[:300]) from error
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise Failed(f"{lines[-1][:300] if lines else 'it said nothing'} (exit code {done.returncode})")
    return seconds, done.stdout
