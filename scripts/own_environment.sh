# Sourced by the scripts: programs and Python modules come from no folder that the caller happens to stand in.
# Takes relative and empty entries, which mean the working folder, out of PATH, PYTHONPATH and LD_LIBRARY_PATH.

absolute_entries() {
    rest=$1:
    kept=
    while [ -n "$rest" ]; do
        entry=${rest%%:*}
        rest=${rest#*:}
        case $entry in
            "$PWD" | "$PWD"/) ;;
            /*) kept=${kept:+$kept:}$entry ;;
        esac
    done
}

absolute_entries "$PATH"
PATH=$kept
for name in PYTHONPATH LD_LIBRARY_PATH; do
    eval "absolute_entries \"\${$name:-}\""
    if [ -n "$kept" ]; then export "$name=$kept"; else unset "$name"; fi
done

# python_module PYTHON MODULE ARGUMENT...: `python -m` without the working folder, which it would search first. Not by `-I`, which
# would also leave out a pip in the user's own site-packages.
python_module() {
    python=$1
    shift
    "$python" -c 'import sys
sys.path[:] = [place for place in sys.path if place]
import runpy
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)' "$@"
}
