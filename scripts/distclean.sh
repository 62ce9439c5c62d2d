#!/bin/sh
# Shows what this project keeps in the cache folder; removes it with YES=1.
set -eu

cache=${FSL_EXP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fsl-exp}
if [ ! -d "$cache" ]; then
    echo "nothing in \`$cache\`"
    exit 0
fi
du -sh "$cache"/* 2>/dev/null || true
if [ "${YES:-}" != 1 ]; then
    echo "kept (to remove these: make distclean YES=1)"
    exit 0
fi
# By name: FSL_EXP_CACHE may hold other people's things as well.
rm -rf "$cache"/libtorch-* "$cache/target-ci" "$cache/golden-venv" "$cache/archives" "$cache/embeddings" "$cache/encoders" "$cache/datasets"
rmdir "$cache" 2>/dev/null || true
