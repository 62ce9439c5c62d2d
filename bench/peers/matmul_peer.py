"""PyTorch's matrix-product rate: GFLOP/s per shape, for the roofline."""

from __future__ import annotations

import time

import torch

import common


def rate(rows: int, inner: int, columns: int, dtype: torch.dtype, seconds: float) -> float:
    """GFLOP/s of `[rows, inner] × [inner, columns]`, repeated for about `seconds`, at least once, after a first time."""
    left = torch.randn(rows, inner).to(dtype)
    right = torch.randn(inner, columns).to(dtype)
    out = torch.empty(rows, columns, dtype=dtype)
    torch.mm(left, right, out=out)
    began, count = time.perf_counter(), 0
    while (passed := time.perf_counter() - began) < seconds or count == 0:
        torch.mm(left, right, out=out)
        count += 1
    return 2e-9 * rows * inner * columns * count / passed


def main() -> None:
    """Does the job."""
    job = common.read_job()
    torch.set_num_threads(job["threads"])
    dtype = getattr(torch, job["dtype"])
    common.meet()
    common.report(rates=[rate(*shape, dtype, job["seconds"]) for shape in job["shapes"]])


if __name__ == "__main__":
    main()
