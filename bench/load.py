"""How commands fare with very many trials and rows: wall time, and the most memory that they held.

Usage: python3 bench/load.py [--large]      The program is `$FSL_EXP`, else target/release/fsl-exp. Needs no network and no encoder but the
tests' tiny one. `--large` adds a folder of 100,000 records. Prints a table, and the exponent of each growth: 1 is linear.

Stored trials are made up: one real trial of each row, whose seed and key are those of every other trial of the row. They can be read, checked
and tabulated; what they say is not what these trials would have said.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from settings import CLONE

PROGRAM = os.environ.get("FSL_EXP", str(CLONE / "target/release/fsl-exp"))
ENCODER = CLONE / "tests/golden/nn/bert"
SEED = 42
#: Trials of a row at most, as specs allow.
MOST_OF_ROW = 10_000


def spec(name: str, rows: str, count: int = 1, more: str = "") -> str:
    """A spec over the folder's texts."""
    data = f'[data]\ntrain = "train.csv"\ntest = "test.csv"\nmax-tokens = 32\n{more}'
    return f'name = "{name}"\n{data}[trials]\nseed = {SEED}\ncount = {count}\n{rows}'


def random_rows(count: int) -> str:
    """Rows of coin tosses, the cheapest method that has seeds."""
    return "".join(f'[[row]]\nid = "r{row}"\nmethod.random = {{ draws = {2 * row + 1} }}\n' for row in range(count))


def student_rows(count: int) -> str:
    """A chain: each student learns from the one above it."""
    rows = '[[row]]\nid = "s0"\nmethod.random = {}\n'
    for row in range(1, count + 1):
        method = f'{{ teacher = "s{row - 1}", encoder = "{ENCODER}" }}'
        rows += f'[[row]]\nid = "s{row}"\nmethod.distill = {method}\n'
    return rows


def derived(trial: int) -> int:
    """The seed of the stream `init`, as crates/common/src/seed.rs has it."""
    text = f"fsl-exp seed 1|{SEED}|init|{trial}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "little")


def make_up(results: Path, trials: int) -> None:
    """Copies each stored trial (the first of its row) to all other trials of its row."""
    for folder in list(results.glob("store/trials/*/*")):
        record = json.loads((folder / "record.json").read_text())
        del record["checksum"]  # Of other contents; records of earlier versions have none.
        for trial in range(1, trials):
            record["inputs"]["seeds"] = {"init": derived(trial)}
            inputs = json.dumps(record["inputs"], separators=(",", ":"), ensure_ascii=False)
            record["key"] = hashlib.sha256(inputs.encode()).hexdigest()[:32]
            other = results / "store/trials" / record["key"][:2] / record["key"]
            other.mkdir(parents=True, exist_ok=True)
            (other / "record.json").write_text(json.dumps(record, indent=2) + "\n")
            shutil.copyfile(folder / "predictions.csv", other / "predictions.csv")


def measured(folder: Path, *command: str, code: int = 0) -> tuple[float, float]:
    """Seconds of wall clock and megabytes of the largest process of a command."""
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen([PROGRAM, *command], cwd=folder, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        if os.waitstatus_to_exitcode(status) != code:
            errors.seek(0)
            sys.exit(f"{' '.join(command)}: status {status}: {errors.read().decode()[-2000:]}")
    return seconds, used.ru_maxrss / 1024


def slope(points: list[tuple[int, float]]) -> float:
    """Of log seconds against log size, between the last two points."""
    (x0, y0), (x1, y1) = points[-2:]
    return math.log(y1 / y0) / math.log(x1 / x0)


def report(name: str, points: list[tuple[int, float, float]]) -> None:
    """A line of the table."""
    said = ", ".join(f"{size:,}: {seconds:.2f} s, {megabytes:.0f} MB" for size, seconds, megabytes in points)
    growth = f"; exponent {slope([(size, seconds) for size, seconds, _ in points]):.2f}" if len(points) > 1 else ""
    print(f"{name:<24} {said}{growth}", flush=True)


def stored_trials(folder: Path, sizes: list[int]) -> None:
    """Commands that read many stored trials, of two rows or, beyond 20,000 trials, of more."""
    commands = {
        "plan": ("plan",),
        "table": ("table",),
        "compare": ("compare",),
        "report": ("report", "-o", "page.html", "--force"),
        "run, all done": ("run", "--quiet"),
        "export --tensorboard": ("export", "--tensorboard"),
    }
    found: dict[str, list[tuple[int, float, float]]] = {name: [] for name in commands}
    for size in sizes:
        rows = max(2, size // MOST_OF_ROW)
        name = f"stored{size}"
        (folder / f"{name}.toml").write_text(spec(name, random_rows(rows), size // rows))
        results = folder / name
        (folder / "first.toml").write_text(spec(name, random_rows(rows)))
        measured(folder, "run", "first.toml", "--results", name, "--quiet")
        make_up(results, size // rows)
        for what, command in commands.items():
            if what == "export --tensorboard" and size > 20_000:
                continue
            extra = [f"{name}-events"] if command[-1] == "--tensorboard" else []
            first, *rest = command
            figures = measured(folder, first, f"{name}.toml", "--results", name, *rest, *extra)
            found[what].append((size, *figures))
        print(f"page of {size:,} trials: {(folder / 'page.html').stat().st_size / 1e6:.1f} MB")
    for what, points in found.items():
        report(what, points)


def rows_of_specs(folder: Path) -> None:
    """Checks of many rows and of long chains."""
    for name, rows, sizes, command in [
        ("check of rows", random_rows, (1000, 4000, 10_000), "check"),
        ("check of a chain", student_rows, (200, 800, 3000), "check"),
        ("plan of a chain", student_rows, (200, 800, 3000), "plan"),
    ]:
        points = []
        for size in sizes:
            transfer = 'transfer = "transfer.csv"\n' if rows is student_rows else ""
            (folder / "rows.toml").write_text(spec("rows", rows(size), more=transfer))
            points.append((size, *measured(folder, command, "rows.toml")))
        report(name, points)
    points = []
    for size in (1000, 10_000):
        swept = f"[sweep]\ngrid = {{ trials.seed = {list(range(size))} }}\n"
        (folder / "swept.toml").write_text(spec("swept", random_rows(2)) + swept)
        points.append((size, *measured(folder, "check", "swept.toml")))
    report("check of a sweep", points)


def interrupted(folder: Path) -> None:
    """Ctrl-C amid a run of 10,000 trials."""
    (folder / "long.toml").write_text(spec("long", random_rows(1), 10_000))
    process = subprocess.Popen([PROGRAM, "run", "long.toml", "--results", "long"], cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    time.sleep(5)
    process.send_signal(signal.SIGINT)
    started = time.perf_counter()
    _, errors = process.communicate()
    seconds = time.perf_counter() - started
    lines = errors.decode().splitlines()
    print(f"{'Ctrl-C':<24} {seconds:.2f} s, exit code {process.returncode}, {len(lines) - 2} lines of progress in 5 s: {lines[-1]}")


def main() -> None:
    """Everything, smallest sizes first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true", help="also 100,000 records")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="fsl-exp-load-"))
    os.environ["FSL_EXP_CACHE"] = str(folder / "cache")
    try:
        for name, texts in ("train", 12), ("test", 60), ("transfer", 20):
            lines = (f"text {number} about something,{number % 2}" for number in range(texts))
            (folder / f"{name}.csv").write_text("text,label\n" + "\n".join(lines) + "\n")
        rows_of_specs(folder)
        stored_trials(folder, [1000, 20_000] + ([100_000] if args.large else []))
        interrupted(folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
