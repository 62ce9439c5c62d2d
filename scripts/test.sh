#!/bin/sh
# Runs the tests, then those that need something that not every machine has: `cargo test` counts these as ignored and
# says what each needs. With CI=true, whatever is missing and can be installed is a failure.
#
# Needs: ../shared (the published texts), all-MiniLM-L6-v2 in the cache, Chromium, a C compiler (`cc`), a Python with pandas,
# MLflow and TensorBoard in FSL_EXP_TEST_PYTHON, a Python with transformers and PyTorch in GOLDEN_PYTHON.
set -eu
cd -- "$(dirname -- "$0")/.."

target=${CARGO_TARGET_DIR:-target}
cache=${FSL_EXP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fsl-exp}
available= missing= required=

# have NAME WHY TEST...: the tests in modules `needs_NAME` run where the test command succeeds.
have() {
    name=needs_$1 why=$2
    shift 2
    if "$@" >/dev/null 2>&1; then
        available="$available $name"
    else
        missing="$missing
  $name: $why"
        [ "$name" = needs_shared ] || [ "$name" = needs_transformers ] || required="$required $name"
    fi
}

chromium() {
    [ -n "${FSL_EXP_CHROMIUM:-}" ] || command -v chromium || command -v chromium-browser || command -v google-chrome
}

export FSL_EXP_MINILM="${FSL_EXP_MINILM:-$cache/encoders/all-MiniLM-L6-v2}"
have shared "no ../shared" test -d ../shared/data
have encoder "no all-MiniLM-L6-v2 in the cache" env HF_HUB_OFFLINE=1 FSL_EXP_PYTHON=none "$target/debug/fsl-exp" fetch --quiet all-MiniLM-L6-v2
have browser "no Chromium" chromium
have cc "no C compiler" cc --version
have readers "no Python with pandas, MLflow and TensorBoard" "${FSL_EXP_TEST_PYTHON:-none}" -c "import pandas, mlflow, tensorboard"
have transformers "no Python with transformers and PyTorch" "${GOLDEN_PYTHON:-none}" -c "import transformers, torch"

cargo test --locked --workspace --lib --bins --test integration

if [ -n "$available" ]; then
    # shellcheck disable=SC2086  # names without spaces
    cargo test --locked --workspace --lib --bins --test integration -- --ignored $available
fi
if [ -n "$missing" ]; then
    echo "notice: some tests were not run:$missing" >&2
fi
if [ -n "$required" ] && [ "${CI:-}" = true ]; then
    echo "error: CI must run these:$required" >&2
    exit 1
fi
