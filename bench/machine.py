"""What the bench ran on."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path
from typing import Any

#: Instructions that decide how fast matrix products are.
FLAGS = ("avx2", "fma", "avx512f", "avx512_bf16", "avx512_vnni", "avx_vnni", "amx_bf16", "amx_int8")


def processor() -> tuple[str, list[str]]:
    """The processor's name, and those of FLAGS that it has."""
    name, flags = platform.machine(), set()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                name = value.strip()
            elif key.strip() == "flags":
                flags = set(value.split())
    except OSError:
        pass
    return name, [flag for flag in FLAGS if flag in flags]


def has_bf16(flags: list[str]) -> bool:
    """Whether bf16 matrix products are instructions here, not emulated."""
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _first_line(command: list[str], folder: Path) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60)
        return done.stdout.strip().splitlines()[0]
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return "unknown"


def describe(cores: int, program: Path, clone: Path) -> dict[str, Any]:
    """Machine and versions, for the reports."""
    name, flags = processor()
    return {
        "processor": name,
        "flags": flags,
        "cores": cores,
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "fsl_exp": _first_line([str(program), "--version"], clone),
        "commit": _first_line(["git", "describe", "--always", "--dirty"], clone),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "load_before": round(os.getloadavg()[0], 2),
    }
