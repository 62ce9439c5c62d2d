#!/bin/sh
# Installs the bench's peers into the cache, each into a folder of its own: install.sh [torch] [keras] [candle] (default: all).
# What fails is noted there (NAME.failed), for the bench to report as "not run"; it does not stop the others.
# BENCH_TORCH_PYTHON and BENCH_KERAS_PYTHON: interpreters that have the packages already; none is installed then.
set -u

case $0 in */*) bench=${0%/*} ;; *) bench=. ;; esac
bench=$(CDPATH='' cd -- "$bench" && pwd)
. "$bench/../scripts/own_environment.sh"
home=${FSL_EXP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fsl-exp}/bench
mkdir -p "$home"

# A venv with the packages of requirements-NAME.txt; those after `# no-deps:` go in without what they ask for.
venv() {
    requirements=$bench/requirements-$1.txt
    cmp -s "$requirements" "$home/$1.installed" && [ -x "$home/$1/bin/python" ] && return 0
    rm -f "$home/$1.installed"
    python_module python3 venv --clear "$home/$1" &&
        python_module "$home/$1/bin/python" pip install --requirement "$requirements" &&
        sed -n 's/^# no-deps: *//p' "$requirements" | xargs -r "$home/$1/bin/python" -I -m pip install --no-deps &&
        cp "$requirements" "$home/$1.installed"
}

# With MKL, its documented best on x86; without where MKL is neither here nor to be had.
candle() {
    cd "$bench/candle" || return 1
    export CARGO_TARGET_DIR="$home/candle" RUSTFLAGS="-C target-cpu=native"
    if [ ! -e "$home/candle.plain" ]; then
        cargo build --release --locked --features mkl && return 0
    fi
    cargo build --release --locked && touch "$home/candle.plain"
}

install() {
    case $1 in
        torch) [ -n "${BENCH_TORCH_PYTHON:-}" ] || venv torch ;;
        keras) [ -n "${BENCH_KERAS_PYTHON:-}" ] || venv keras ;;
        candle) candle ;;
    esac
}

[ $# -gt 0 ] || set -- torch keras candle
for name in "$@"; do
    case $name in
        torch | keras | candle) ;;
        *) echo "error: no peer \`$name\` (torch, keras, candle)" >&2 && exit 2 ;;
    esac
    log=$home/$name.log
    rm -f "$home/$name.failed"
    echo "bench: looking after $name (log: $log)" >&2
    if ! (install "$name") >"$log" 2>&1; then
        { grep -i '^error' "$log" || cat "$log"; } | tail -n 1 >"$home/$name.failed"
        echo "bench: $name could not be installed: $(cat "$home/$name.failed")" >&2
    fi
done
