#!/usr/bin/env bash
# What the program costs beside its arithmetic, in processor seconds (user + system; the best of so many repeats) and seconds of wall
# clock: start-up, a trial of each cheap method, and tables, plans and runs of very many trials, whose records are made up.
#   bench/overheads.sh [REPEATS]     (default 5; FSL_EXP names another program, whose worker lies beside it)
# Needs Python 3, no network and no encoder but the tests' tiny one. Single trials are timed without the front that starts them; the 300 at the
# end are tiny ones, with it. Of encoder trials, what they take beside training and predicting: the first, with the start of everything, and each more.
set -euo pipefail

repeats=${1:-5}
clone=$(realpath -- "$(dirname -- "${BASH_SOURCE[0]}")/..")
program=$(realpath -- "${FSL_EXP:-$clone/target/release/fsl-exp}")
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
export FSL_EXP_CACHE="$folder/cache" HF_HUB_OFFLINE=1
unset FSL_EXP_WORKER FSL_EXP_MIRROR
cd "$folder"

python3 -I - "$folder" "$clone/tests/golden/nn/bert" <<'PYTHON'
import csv, random, sys

source = random.Random(0)
words = ["".join(source.choices("etaoinshrdlu", k=source.randint(2, 9))) for _ in range(20_000)]
extras = ["@someone", "#MeToo", "https://t.co/a1B2", "😂", "can't", "2018", "!!!", "&amp;"]
for name, count in ("train", 100), ("test", 10_000), ("tiny", 4):
    with open(f"{sys.argv[1]}/{name}.csv", "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["text", "label"])
        for row in range(count):
            text = [words[int(len(words) * source.random() ** 3)] for _ in range(25)] + source.sample(extras, 3)
            out.writerow([" ".join(text), row % 2])

def spec(name, count, rows, test="test", preprocess="reference"):
    data = f'[data]\ntrain = "train.csv"\ntest = "{test}.csv"\npreprocess = "{preprocess}"\nmax-tokens = 32\n'
    with open(f"{sys.argv[1]}/{name}.toml", "w") as file:
        file.write(f'name = "{name}"\n{data}[trials]\nseed = 42\ncount = {count}\n')
        for row, method in enumerate(rows):
            file.write(f'[[row]]\nid = "r{row}"\nmethod.{method}\n')

encoder = sys.argv[2]
tune = f'finetune = {{ encoder = "{encoder}", epochs = 1 }}'
for count in 1, 21:
    spec(f"encoder-{count}", count, [tune])
spec("random", 1, ["random = { draws = 1 }"])
spec("bow", 1, ["bow = {}"])
spec("ten-thousand", 10_000, ["random = { draws = 1 }"], "tiny", "none")
spec("hundred-thousand", 10_000, [f"random = {{ draws = {draws + 1} }}" for draws in range(10)], "tiny", "none")
PYTHON

# Times a command: name, then the command. Its output goes nowhere.
measure() {
    local name=$1
    shift
    python3 -I - "$repeats" "$name" "$@" <<'PYTHON'
import resource, subprocess, sys, time

repeats, name, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
best = wall = float("inf")

def used():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime

for _ in range(repeats):
    start, before = time.perf_counter(), used()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = min(wall, time.perf_counter() - start)
    best = min(best, used() - before)
print(f"{name:<28} {best:7.3f} s processor   {wall:7.3f} s wall")
PYTHON
}

# What trials with an encoder take beside their arithmetic, by their own records: the first one, and each of twenty more.
encoder_overhead() {
    python3 -I - "$repeats" "$program" <<'PYTHON'
import json, pathlib, statistics, subprocess, sys, time

repeats, program = int(sys.argv[1]), sys.argv[2]

def beside(count, results):
    started = time.perf_counter()
    command = [program, "run", f"encoder-{count}.toml", "--results", results, "--jobs", "1", "--quiet"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = time.perf_counter() - started
    records = pathlib.Path(results).glob("store/trials/*/*/record.json")
    timings = [json.loads(record.read_text())["timings"] for record in records]
    assert len(timings) == count, timings
    return wall - sum(one["fit-secs"] + one["predict-secs"] for one in timings)

first, more = [], []
for repeat in range(repeats):
    one, all = (beside(count, f"encoder-{count}-{repeat}") for count in (1, 21))
    first.append(one)
    more.append((all - one) / 20)
for name, seconds in ("trial: encoder, the first", first), ("trial: encoder, each more", more):
    print(f"{name:<28} median {statistics.median(seconds):.3f} s wall beside its arithmetic ({min(seconds):.3f} to {max(seconds):.3f})")
PYTHON
}

# Makes up the records of every trial of a spec: those of one real trial, under other keys.
make_up() {
    "$program" plan "$1.toml" --results "$1" --json | python3 "$clone/bench/made_up_records.py" "$1" "$2"
}

measure "--help" "$program" --help
for command in check plan table; do
    measure "$command experiments/*.toml" "$program" "$command" "$clone"/experiments/*.toml
done
for method in random bow; do
    "$program" run "$method.toml" --results "$method" --quiet >/dev/null
    trial=$(echo "$method"/store/trials/*/*)
    cp -r "$trial" "staged-$method"
    measure "trial: $method, here" "$program" trial "staged-$method"
    measure "trial: $method, worker" "$program-worker" trial "staged-$method"
done
encoder_overhead
measure "plan of 100,000 trials" "$program" plan hundred-thousand.toml
trial=$(echo random/store/trials/*/*)
make_up ten-thousand "$trial"
make_up hundred-thousand "$trial"
measure "table of 10,000 records" "$program" table ten-thousand.toml --results ten-thousand
measure "run, 10,000 done" "$program" run ten-thousand.toml --results ten-thousand
measure "run, 100,000 done" "$program" run hundred-thousand.toml --results hundred-thousand
repeats=1
measure "run, 300 ready" "$program" run ten-thousand.toml --set trials.count=300 --results none --quiet
