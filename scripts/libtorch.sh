#!/bin/sh
# Makes `.libtorch` in the clone a link to the pinned libtorch in the user's cache, fetching it when it is not there.
# Does nothing where LIBTORCH or LIBTORCH_USE_PYTORCH say that the user brings one.
set -eu

fail() {
    echo "error: $1" >&2
    exit 1
}

case $0 in */*) scripts=${0%/*} ;; *) scripts=. ;; esac
clone=$(CDPATH='' cd -- "$scripts/.." && pwd)
. "$clone/scripts/own_environment.sh"
cache=${FSL_EXP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fsl-exp}

# torch-sys looks at whether this one is set at all, not at its value.
if [ -n "${LIBTORCH_USE_PYTORCH+set}" ]; then
    echo "libtorch: LIBTORCH_USE_PYTORCH is set, taking that of the Python environment" >&2
    exit 0
fi
if [ -n "${LIBTORCH:-}" ]; then
    lib=${LIBTORCH_LIB:-$LIBTORCH}/lib
    [ -d "$lib" ] || fail "LIBTORCH is set to \`$LIBTORCH\`, but there is no folder \`$lib\`"
    echo "libtorch: taking \`$LIBTORCH\` (LIBTORCH is set)" >&2
    exit 0
fi

[ "$(uname -s)/$(uname -m)" = Linux/x86_64 ] ||
    fail "libtorch is fetched for x86_64 Linux only, this is $(uname -s)/$(uname -m) (hint: set LIBTORCH to a libtorch 2.11.0)"
command -v python3 >/dev/null || fail "\`python3\` is missing, it fetches libtorch (hint: install it, or set LIBTORCH)"
[ ! -e "$clone/.libtorch" ] || [ -L "$clone/.libtorch" ] ||
    fail "\`$clone/.libtorch\` is not a link (hint: move it away and set LIBTORCH to it)"

folder=$(python3 "$clone/scripts/libtorch.py" "$cache")
if [ "$(readlink "$clone/.libtorch" || true)" != "$folder" ]; then
    # Renamed into place: a build that runs meanwhile sees the old link or the new one.
    ln -s "$folder" "$clone/.libtorch.$$"
    mv -fT "$clone/.libtorch.$$" "$clone/.libtorch"
fi
