#!/bin/sh
# Installs the bench's peers into the cache, each into a folder of its own: install.sh [torch] [keras] [candle] (default: all).
# What fails is noted there (NAME.failed), for the bench to report as "not run"; it does not stop the others.
# BENCH_TORCH_PYTHON and BENCH_KERAS_PYTHON: interpreters that have the packages already; none is installed then.
set -u

bench=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
home=${FSL_EXP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fsl-exp}/bench
mkdir -p "$home"
log=$home/install.log

# Packages of a requirements file into the venv NAME. Lines after `# no-deps:` go in without what they ask for.
venv() {
    requirements=$bench/requirements-$1.txt
    cmp -s "$requirements" "$home/$1.installed" && return 0
    echo "bench: installing $1 into $home/$1" >&2
    rm -f "$home/$1.installed"
    python3 -m venv --clear "$home/$1" &&
        "$home/$1/bin/python" -m pip install --quiet --requirement "$requirements" &&
        sed -n 's/^# no-deps: *//p' "$requirements" |
        xargs -r "$home/$1/bin/python" -m pip install --quiet --no-deps &&
        cp "$requirements" "$home/$1.installed"
}

# Documented best features first; plain where MKL is neither here nor to be had.
candle() {
    cd "$bench/candle" || return 1
    export CARGO_TARGET_DIR=$home/candle RUSTFLAGS="-C target-cpu=native"
    feature=--features=mkl
    [ -e "$home/candle.plain" ] && feature=
    cargo build --quiet --release --locked $feature && return 0
    echo "bench: candle does not build with MKL, building it without" >&2
    cargo build --quiet --release --locked && touch "$home/candle.plain"
}

[ $# -gt 0 ] || set -- torch keras candle
for name in "$@"; do
    rm -f "$home/$name.failed"
    case $name in
        torch) [ -n "${BENCH_TORCH_PYTHON:-}" ] || (venv torch) >"$log" 2>&1 ;;
        keras) [ -n "${BENCH_KERAS_PYTHON:-}" ] || (venv keras) >"$log" 2>&1 ;;
        candle) (candle) >"$log" 2>&1 ;;
        *) echo "error: no peer \`$name\` (torch, keras, candle)" >&2 && exit 2 ;;
    esac || {
        grep -i error "$log" | tail -n 1 >"$home/$name.failed"
        [ -s "$home/$name.failed" ] || tail -n 1 "$log" >"$home/$name.failed"
        echo "bench: $name could not be installed: $(cat "$home/$name.failed")" >&2
    }
done
exit 0
