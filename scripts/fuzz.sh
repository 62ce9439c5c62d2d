#!/bin/sh
# Fuzzes one target for some seconds: fuzz.sh TARGET SECONDS. What is found lies in fuzz/artifacts/TARGET, inputs that reach new code in
# fuzz/found/TARGET. Needs nightly Rust and cargo-fuzz; targets of encoders need libtorch.
set -eu
cd -- "$(dirname -- "$0")/.."

fail() {
    echo "error: $1" >&2
    exit 1
}

target=$1
seconds=$2
[ -f "fuzz/fuzz_targets/$target.rs" ] ||
    fail "there is no fuzz target \`$target\`; there are: $(cd fuzz/fuzz_targets && echo *.rs | sed 's/\.rs//g')"
cargo +nightly fuzz --version >/dev/null 2>&1 ||
    fail "cargo-fuzz is missing (hint: rustup toolchain install nightly, then cargo install --locked cargo-fuzz)"

features=
case $target in
config | tokenizer | tokenizer_json | safetensors | pickle)
    features='--features nn'
    if [ -z "${LIBTORCH_USE_PYTORCH+set}" ]; then
        LIBTORCH=${LIBTORCH:-$PWD/.libtorch}
        LD_LIBRARY_PATH=$LIBTORCH/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
        export LIBTORCH LD_LIBRARY_PATH
    fi
    ;;
esac
dictionary=
[ ! -f "fuzz/dictionaries/$target" ] || dictionary="-dict=fuzz/dictionaries/$target"

mkdir -p "fuzz/found/$target"
RUSTC_WRAPPER=$PWD/scripts/fuzz_rustc.sh
export RUSTC_WRAPPER
# An input has at most 64 KiB; a single allocation of 256 MiB, 2 GiB in all or ten seconds on one input count as findings. libtorch alone
# maps some 500 MiB.
# shellcheck disable=SC2086
exec cargo +nightly fuzz run --sanitizer "${SANITIZER:-address}" $features "$target" "fuzz/found/$target" "fuzz/corpus/$target" -- \
    -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=256 -print_final_stats=1 -print_funcs=0 $dictionary
