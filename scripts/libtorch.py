#!/usr/bin/env python3
"""Places the pinned libtorch (CPU part, Linux x86_64) in a cache folder and prints its path.

Usage: libtorch.py CACHE

The wheels come through the user's own pip, so that mirrors and proxies work; each is checked against its
sha256 before anything is read from it. The folder is built aside and renamed into place under a lock: whoever
finds it, finds it whole. Needs Python 3.8 or newer with pip, and no rights beyond writing to CACHE.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

VERSION = "2.11.0"
FOLDER = f"libtorch-{VERSION}-cpu"
# Last file written: sizes and checksums of all under lib/, and the wheels they came from.
MARKER = "complete"
# Wheels, unpacked folder and pip's own copy of one wheel lie side by side for a moment.
DISK_BYTES = 2_000_000_000

# Requirement, platform tag, sha256, and what is kept: archive path (or prefix, ending in /) -> place in the folder.
# The tags are named, so that the local interpreter and C library do not matter; one each, for older pips.
WHEELS = [
    (
        f"torch=={VERSION}",
        "manylinux_2_28_x86_64",
        "7aa2f9bbc6d4595ba72138026b2074be1233186150e9292865e04b7a63b8c67a",
        {
            "torch/include/": "include/",
            "torch/lib/libtorch_cpu.so": "lib/libtorch_cpu.so",
            "torch/lib/libc10.so": "lib/libc10.so",
            "torch/lib/libgomp.so.1": "lib/libgomp.so.1",
        },
    ),
    # libtorch_cpu.so of this wheel names these two as needed, GPU or not.
    (
        "nvidia-cuda-cupti==13.0.85",
        "manylinux_2_25_x86_64",
        "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8",
        {"nvidia/cu13/lib/libcupti.so.13": "lib/libcupti.so.13"},
    ),
    (
        "nvidia-cuda-runtime==13.0.96",
        "manylinux2014_x86_64",
        "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
        {"nvidia/cu13/lib/libcudart.so.13": "lib/libcudart.so.13"},
    ),
]
# `python -m pip` without the working folder, which it would search first; `-I` would leave out a pip in the user's site-packages.
PIP = """import sys
sys.path[:] = [place for place in sys.path if place]
import runpy
sys.argv[0] = "pip"
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


class Fault(Exception):
    """What went wrong and what the user can do, in one line."""


def log(text):
    print(f"libtorch: {text}", file=sys.stderr, flush=True)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def is_complete(folder):
    """Whether `folder` was finished, from these wheels, and its libraries still have their sizes."""
    try:
        lines = (folder / MARKER).read_text().splitlines()
        if lines[: len(WHEELS)] != [f"wheel {digest} {name}" for name, _, digest, _ in WHEELS]:
            return False
        for line in lines[len(WHEELS) :]:
            _, _, size, path = line.split(" ", 3)
            if (folder / path).stat().st_size != int(size):
                return False
        return (folder / "include/torch/csrc").is_dir()
    except (OSError, ValueError):
        return False


def download(requirement, platform, digest, partial, lock):
    """The checked wheel of `requirement` in `partial`; one left by an interrupted call is taken if it is whole."""
    place = partial / "wheels" / digest
    for wheel in place.glob("*.whl"):
        if sha256(wheel) == digest:
            return wheel
    shutil.rmtree(place, ignore_errors=True)
    temporary = partial / "pip"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    pin = partial / "requirement.txt"
    pin.write_text(f"{requirement} --hash=sha256:{digest}\n")
    log(f"downloading {requirement}")
    command = [sys.executable, "-c", PIP, "download", "--no-deps", "--no-cache-dir"]
    if not sys.stderr.isatty():
        command.append("--quiet")
    command += ["--only-binary", ":all:", "--require-hashes", "--requirement", str(pin), "--dest", str(place)]
    command += ["--platform", platform, "--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"]
    environment = dict(os.environ, TMPDIR=str(temporary), PIP_REQUIRE_VIRTUALENV="0", PIP_NO_INPUT="1")
    # pip inherits the lock: were this process killed, nobody starts anew beside a pip that is still writing.
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, pass_fds=[lock])
    if done.returncode != 0:
        raise Fault(f"pip could not download `{requirement}`, see above (hint: set LIBTORCH to a libtorch {VERSION} you have)")
    wheels = list(place.glob("*.whl"))
    if len(wheels) != 1 or sha256(wheels[0]) != digest:
        shutil.rmtree(place, ignore_errors=True)
        raise Fault(f"the wheel of `{requirement}` does not have sha256 {digest}, refused (hint: check your package mirror)")
    return wheels[0]


def unpack(wheel, keep, folder):
    found = set()
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            for source, target in keep.items():
                inside = source.endswith("/") and entry.filename.startswith(source)
                if entry.is_dir() or not (inside or entry.filename == source):
                    continue
                found.add(source)
                path = folder / (target + entry.filename[len(source) :])
                path.parent.mkdir(parents=True, exist_ok=True)
                # Reading to the end checks the entry's CRC.
                with archive.open(entry) as reader, open(path, "wb") as writer:
                    shutil.copyfileobj(reader, writer, 1 << 20)
    if found != set(keep):
        raise Fault(f"`{wheel.name}` lacks {', '.join(sorted(set(keep) - found))}")


def settle(path):
    """To the disk before the rename, lest a power cut leave a place that looks complete."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def check_pip():
    asked = [sys.executable, "-c", PIP, "--version"]
    if subprocess.run(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
        raise Fault("`python3 -m pip` does not work (hint: install python3-pip, or set LIBTORCH)")


def build(cache, lock):
    check_pip()
    partial = cache / f"{FOLDER}.partial"
    (partial / "wheels").mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(cache).free
    if free < DISK_BYTES:
        raise Fault(f"`{cache}` has {free / 1e9:.1f} GB free, {DISK_BYTES / 1e9:.0f} are needed (hint: set FSL_EXP_CACHE)")
    folder = partial / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for requirement, platform, digest, keep in WHEELS:
        unpack(download(requirement, platform, digest, partial, lock), keep, folder)
    # The wheel's libtorch.so draws in the GPU half; the linker follows this script to the CPU half instead.
    (folder / "lib/libtorch.so").write_text("INPUT(-ltorch_cpu)\n")
    (folder / "build-version").write_text(f"{VERSION}+cpu\n")
    lines = [f"wheel {digest} {name}" for name, _, digest, _ in WHEELS]
    for path in sorted((folder / "lib").iterdir()):
        lines.append(f"file {sha256(path)} {path.stat().st_size} lib/{path.name}")
        settle(path)
    (folder / MARKER).write_text("\n".join(lines) + "\n")
    settle(folder / MARKER)
    target = cache / FOLDER
    if target.exists():
        log(f"replacing the broken `{target}`")
        shutil.rmtree(partial / "broken", ignore_errors=True)
        os.rename(target, partial / "broken")
    os.rename(folder, target)
    shutil.rmtree(partial, ignore_errors=True)


def ensure(cache):
    target = cache / FOLDER
    if is_complete(target):
        return target
    cache.mkdir(parents=True, exist_ok=True)
    lock = os.open(cache / f"{FOLDER}.lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log("another process is fetching it, waiting")
        fcntl.flock(lock, fcntl.LOCK_EX)
    if not is_complete(target):
        build(cache, lock)
        log(f"ready in `{target}`")
    return target


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: libtorch.py CACHE")
    if sys.version_info < (3, 8):
        sys.exit("error: Python 3.8 or newer is needed to fetch libtorch (hint: set LIBTORCH)")
    try:
        print(ensure(Path(sys.argv[1]).absolute()))
    except KeyboardInterrupt:
        sys.exit(130)
    except (Fault, OSError, zipfile.BadZipFile) as fault:
        sys.exit(f"error: failed to provide libtorch: {fault}")


if __name__ == "__main__":
    main()
