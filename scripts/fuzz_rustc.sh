#!/bin/sh
# Compiles for `fuzz.sh`: as it is asked to, but automata and regular expressions of libraries without coverage. Counting their edges
# took nine tenths of the time and said nothing about our readers.
case " $* " in
*" --crate-name csv_core "* | *" --crate-name fancy_regex "*) ;;
*) exec "$@" ;;
esac
kept=
for argument; do
    case $argument in
    -Cpasses=sancov-module | -Cllvm-args=-sanitizer-coverage-*) ;;
    *) kept="$kept '$(printf '%s' "$argument" | sed "s/'/'\\\\''/g")'" ;;
    esac
done
eval "exec $kept"
