"""The roofline: how fast matrix products are on this machine, and so how fast a trial could be at best."""

from __future__ import annotations

from typing import Any, Sequence

import launch
from ops import Shape

#: Tokens of a batch of 16 texts with 36 tokens each.
TOKENS = 576
LARGE = (2048, 2048, 2048)
DTYPES = {"f32": "float32", "bf16": "bfloat16"}


def products(shapes: Sequence[Shape]) -> list[tuple[int, int, int]]:
    """The matrix products that make up these encoders, and a large one."""
    found = []
    for shape in shapes:
        found += [
            (TOKENS, shape.hidden, shape.hidden),
            (TOKENS, shape.hidden, shape.inner),
            (TOKENS, shape.inner, shape.hidden),
        ]
    return [*found, LARGE]


def measure(
    command: Sequence[str], shapes: Sequence[Shape], cores: int, bf16: bool, timeout: float
) -> list[dict[str, Any]]:
    """GFLOP/s of each product and number type: one thread alone, one per core side by side, and all in one process.

    Where the processor has no bf16 products (`bf16`), emulated ones take minutes: then only the smallest is measured.
    """
    rows: list[dict[str, Any]] = []
    for precision, dtype in DTYPES.items():
        wanted = products(shapes)[: None if bf16 or precision == "f32" else 1]

        def run(processes: int, threads: int) -> list[float]:
            job = {"threads": threads, "dtype": dtype, "shapes": wanted, "seconds": 0.4}
            results = launch.peers(command, [job] * processes, timeout)
            return [sum(result["rates"][index] for result in results) for index in range(len(wanted))]

        columns = zip(wanted, run(1, 1), run(cores, 1), run(1, cores))
        rows += [
            {"product": list(product), "precision": precision, "one_thread": one, "per_core": each, "all_cores": all_}
            for product, one, each, all_ in columns
        ]
    return rows


def fastest(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of two measurements of the same products, the higher rates: whatever else ran made the others lower."""
    if not before:
        return list(after)
    keys = ("one_thread", "per_core", "all_cores")
    return [{**row, **{key: max(row[key], other[key]) for key in keys}} for row, other in zip(before, after)]


def peak(rows: Sequence[dict[str, Any]], precision: str) -> float | None:
    """The machine's rate in GFLOP/s: the fastest of its products, in the better arrangement; None where not measured."""
    rates = [max(row["per_core"], row["all_cores"]) for row in rows if row["precision"] == precision]
    return max(rates, default=None)
