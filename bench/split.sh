#!/usr/bin/env bash
# Time, processor time and peak memory of `fsl-exp split` on made-up tweets: as many rows as MeTooHate.csv has, lengths as tweets have them,
# one in six a duplicate, one in seven with label 1; drawn as data/metoo_split.toml says. Checks that the sets are disjoint
# and that a second run writes the same bytes.
#   bench/split.sh [N]        (default 807174; FSL_EXP names another program; Linux, for /proc)
set -euo pipefail

rows=${1:-807174}
clone=$(realpath -- "$(dirname -- "${BASH_SOURCE[0]}")/..")
program=$(realpath -- "${FSL_EXP:-$clone/target/release/fsl-exp}")
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT

python3 -I - "$rows" >"$folder/in.csv" <<'PYTHON'
import csv, itertools, random, sys

sys.stdout.reconfigure(encoding="utf-8", newline="")
source = random.Random(0)
letters = "etaoinshrdlucmfwypvbgk"
words = ["".join(source.choices(letters, range(22, 0, -1), k=source.randint(2, 10))) for _ in range(30_000)]
weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(words))))
extras = ["@someone", "#MeToo", "https://t.co/a1B2", "😂", "can't", "é", "2018", "!!!", "&amp;", "it's"]
out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["status_id", "created_at", "favorite_count", "retweet_count", "location", "category", "text"])
recent = []
for row in range(int(sys.argv[1])):
    if recent and source.random() < 0.17:
        text, label = source.choice(recent)
        if source.random() < 0.1:
            text += " " + source.choice(extras)
    else:
        count = max(1, int(source.gauss(20, 9)))
        made = source.choices(words, cum_weights=weights, k=count)
        for _ in range(source.randint(0, 4)):
            made.insert(source.randint(0, count), source.choice(extras))
        text, label = " ".join(made), int(source.random() < 0.14)
        if source.random() < 0.05:
            text = text.replace(" ", "\n", 1)
        if len(recent) < 5000:
            recent.append((text, label))
        else:
            recent[source.randrange(5000)] = (text, label)
    out.writerow([10**18 + row, "2018-10-01 12:00:00", row % 7, row % 3, "Somewhere, " + str(row % 100), label, text])
PYTHON

for run in one two; do
    start=$(date +%s.%N)
    "$program" split "$folder/in.csv" -o "$folder/$run" --spec "$clone/data/metoo_split.toml" >"$folder/$run.txt" &
    child=$!
    peak=0 ticks=0
    # The high-water mark of resident memory and the processor time (fields 14 and 15), as last seen before the end.
    while kill -0 "$child" 2>/dev/null; do
        seen=$(awk '/^VmHWM:/ { print $2 }' "/proc/$child/status" 2>/dev/null || true)
        peak=${seen:-$peak}
        seen=$(awk '{ sub(/^.*\) /, ""); print $12 + $13 }' "/proc/$child/stat" 2>/dev/null || true)
        ticks=${seen:-$ticks}
        sleep 0.02
    done
    wait "$child"
    awk -v rows="$rows" -v bytes="$(stat -c %s "$folder/in.csv")" -v start="$start" -v end="$(date +%s.%N)" \
        -v ticks="$ticks" -v hertz="$(getconf CLK_TCK)" -v peak="$peak" -v cores="$(nproc)" -v load="$(cut -d" " -f1 /proc/loadavg)" \
        'BEGIN { printf "%d rows, %d bytes: %.1f s on %d cores at load %s (%.1f s of processor time), peak memory %d KiB\n",
            rows, bytes, end - start, cores, load, ticks / hertz, peak }'
done
cat "$folder/one.txt"
for file in train.csv test.csv transfer.csv split.json; do
    cmp "$folder/one/$file" "$folder/two/$file"
done
echo "same seed: same bytes"
python3 -I - "$folder/one" <<'PYTHON'
import csv, sys

texts = {}
for name in ["train", "test", "transfer"]:
    with open(f"{sys.argv[1]}/{name}.csv", encoding="utf-8", newline="") as file:
        texts[name] = [row["text_pp"] for row in csv.DictReader(file)]
every = [text for one in texts.values() for text in one]
assert len(every) == len(set(every)) and min(map(len, every)) > 30
print("disjoint:", {name: len(one) for name, one in texts.items()})
PYTHON
