#!/usr/bin/env bash
# Checks the packages in Cargo.lock against deny.toml. Takes the cargo-deny on the path, else one that it builds into the
# cache folder. Where the list of advisories cannot be fetched, everything else is checked and a notice says so.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

version=0.20.2
cache=${FSL_EXP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fsl-exp}
tools=$cache/tools
export PATH=$PATH:$tools/bin

if ! command -v cargo-deny >/dev/null; then
    echo "notice: building cargo-deny $version into $tools" >&2
    # A quick build: it runs for a second.
    CARGO_TARGET_DIR=$tools/build cargo install --quiet --locked --debug --root "$tools" "cargo-deny@$version" >&2
    rm -rf -- "$tools/build"
fi

cargo deny --workspace --all-features --locked check --hide-inclusion-graph licenses bans sources
if cargo deny --workspace --all-features --locked fetch db >/dev/null 2>&1; then
    cargo deny --workspace --all-features --locked check --hide-inclusion-graph --disable-fetch advisories
else
    echo "notice: the list of advisories could not be fetched; known vulnerabilities were not checked" >&2
fi
