#!/usr/bin/env bash
# Time and peak memory of `fsl-exp preprocess` on N rows (default 100000 and 1000000): the texts of a CSV file, over and over.
#   bench/preprocess.sh TEXTS.csv [N…]        (FSL_EXP names another program; Linux, for /proc)
set -euo pipefail

texts=$(realpath -- "${1:?a CSV file with a header}")
shift
[[ $# -gt 0 ]] || set -- 100000 1000000
program=$(realpath -- "${FSL_EXP:-$(dirname -- "${BASH_SOURCE[0]}")/../target/release/fsl-exp}")
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT

for rows in "$@"; do
    python3 -I - "$texts" "$rows" >"$folder/in.csv" <<'PYTHON'
import csv, itertools, sys

sys.stdout.reconfigure(encoding="utf-8", newline="")
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    header, *texts = csv.reader(file)
out = csv.writer(sys.stdout)
out.writerow(header)
out.writerows(itertools.islice(itertools.cycle(texts), int(sys.argv[2])))
PYTHON
    "$program" preprocess "$folder/in.csv" -o "$folder/out.csv" --force &
    child=$!
    peak=0
    # The high-water mark of resident memory, as last seen before the end.
    while kill -0 "$child" 2>/dev/null; do
        seen=$(awk '/^VmHWM:/ { print $2 }' "/proc/$child/status" 2>/dev/null || true)
        peak=${seen:-$peak}
        sleep 0.02
    done
    wait "$child"
    printf '%s rows, %s bytes: peak memory %s KiB\n' "$rows" "$(stat -c %s "$folder/in.csv")" "$peak"
done
