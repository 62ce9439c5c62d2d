#!/usr/bin/env bash
# A Python environment in the cache with the programs that read fsl-exp's exports, for the tests in tests/interop.rs:
# pandas, MLflow's client and TensorBoard. Prints the path of its interpreter. Nothing is done where it is there already.
set -euo pipefail

case $0 in */*) scripts=${0%/*} ;; *) scripts=. ;; esac
clone=$(CDPATH='' cd -- "$scripts/.." && pwd)
. "$clone/scripts/own_environment.sh"
cache=${FSL_EXP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fsl-exp}
wanted=$clone/scripts/interop.txt
home=$cache/interop

if ! cmp -s "$wanted" "$home/installed"; then
    rm -rf -- "$home"
    mkdir -p -- "$home"
    # Not every Python comes with venv; pip can always install into a folder.
    python_module python3 pip install --quiet --disable-pip-version-check --target "$home/packages" --requirement "$wanted" >&2
    printf '#!/bin/sh\nPYTHONPATH=%q exec python3 "$@"\n' "$home/packages" >"$home/python"
    chmod +x "$home/python"
    cp -- "$wanted" "$home/installed"
fi
echo "$home/python"
