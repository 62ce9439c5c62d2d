#!/usr/bin/env bash
# Runs the code that has `unsafe` blocks under tools that find their faults: what needs no libtorch under Miri, the kernels
# on tensors and the fork server under AddressSanitizer. Needs a nightly toolchain with the components miri and rust-src.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

cache=${FSL_EXP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fsl-exp}
target=$cache/target-sanitize
host=$(rustc -vV | sed -n 's/^host: //p')
cargo() { command cargo +nightly "$@"; }

echo "== Miri: the products of classic regressions"
# Miri has no AVX-512, so that the narrower products run there.
CARGO_TARGET_DIR=$target/miri MIRIFLAGS=-Zmiri-disable-isolation \
    cargo miri test --locked -p fsl-methods --lib classic::panels

# libtorch keeps what it allocates until the process ends.
export ASAN_OPTIONS=detect_leaks=0
export RUSTFLAGS=-Zsanitizer=address CARGO_TARGET_DIR=$target/address

echo "== AddressSanitizer: products, int8, Adam, dropout, Mersenne Twister, slices of tensors"
cargo test --locked --target "$host" -p fsl-methods --lib classic::panels
cargo test --locked --target "$host" -p fsl-nn --lib -- int8 optim dropout mt19937 raw_slice

echo "== AddressSanitizer: the fork server"
cargo build --locked --target "$host" --workspace --bins
cargo test --locked --target "$host" --workspace --test integration fork::
