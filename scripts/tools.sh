#!/bin/sh
# Says which tool of the build is missing, one line each, before cargo fails in the middle of something.
set -u

missing=0
need() {
    command -v "$1" >/dev/null 2>&1 && return
    echo "error: \`$1\` is missing (hint: $2)" >&2
    missing=1
}

need cargo "install Rust 1.90 or newer with rustup"
need cc "install a C and C++ compiler, e.g. the package build-essential"
need "${CXX:-c++}" "install a C and C++ compiler, e.g. the package build-essential"
exit $missing
