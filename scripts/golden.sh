#!/bin/sh
# Makes every golden file anew: runs tests/golden/*/generate.py with the versions that tests/golden/requirements.txt
# pins, and shows what changed. GOLDEN_PYTHON: an interpreter that has these already (else a venv in the cache).
set -eu

case $0 in */*) scripts=${0%/*} ;; *) scripts=. ;; esac
clone=$(CDPATH='' cd -- "$scripts/.." && pwd)
. "$clone/scripts/own_environment.sh"
cache=${FSL_EXP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fsl-exp}
requirements=$clone/tests/golden/requirements.txt

if [ -z "${GOLDEN_PYTHON:-}" ]; then
    venv=$cache/golden-venv
    [ -x "$venv/bin/python" ] || python_module python3 venv "$venv"
    python_module "$venv/bin/python" pip install --quiet --requirement "$requirements"
    GOLDEN_PYTHON=$venv/bin/python
fi

"$GOLDEN_PYTHON" - "$requirements" <<'PYTHON'
import sys

sys.path[:] = [place for place in sys.path if place]

import importlib.metadata
import platform

print("python", platform.python_version())
wrong = False
for line in open(sys.argv[1]):
    name, _, pinned = line.split("#")[0].strip().partition("==")
    if not name:
        continue
    try:
        found = importlib.metadata.version(name).split("+")[0]
    except importlib.metadata.PackageNotFoundError:
        found = "missing"
    print(name, found, "" if found == pinned else f"(pinned: {pinned})")
    wrong |= found != pinned
sys.exit("error: the Python environment is not the pinned one" if wrong else 0)
PYTHON

for script in "$clone"/tests/golden/*/generate.py; do
    echo "== ${script#"$clone"/}"
    (cd "$(dirname "$script")" && "$GOLDEN_PYTHON" generate.py)
done
git -C "$clone" --no-pager diff --stat -- tests/golden
