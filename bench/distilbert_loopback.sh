#!/usr/bin/env bash
# experiments/fsl_distilbert.toml end to end, 2 seeds and 2 epochs: the encoder is fetched over the hub's protocol from a
# server on the loopback address, which has a random DistilBERT of the published size (6 layers, width 768, 268 MB) and cuts
# the first transfer of the weights. Numbers mean nothing here; that everything works at the true size does.
#   FSL_EXP_MIRROR=DIR bench/distilbert_loopback.sh     DIR/metoo/{train,test}.csv; all of the test set
#   TEST_TEXTS=300 …                                    only its first 300 texts
# Set where wanted: FSL_EXP (the program), CUT (bytes, default 100000000), VOCAB (bert-base-uncased's vocab.txt), JOBS.
set -euo pipefail

clone=$(realpath -- "$(dirname -- "${BASH_SOURCE[0]}")/..")
program=$(realpath -- "${FSL_EXP:-$clone/target/release/fsl-exp}")
mirror=$(realpath -- "${FSL_EXP_MIRROR:?the folder that holds metoo/train.csv and metoo/test.csv}")
encoder=distilbert/distilbert-base-uncased
cut=${CUT:-100000000}
# all-MiniLM-L6-v2 has the vocabulary of bert-base-uncased, as DistilBERT does.
vocab=${VOCAB:-$("$program" fetch --quiet all-MiniLM-L6-v2 | sed 's/^[^:]*: //')/vocab.txt}

folder=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf -- "$folder"' EXIT

(cd "$clone" && cargo build --quiet -p fsl-exp --example serve-hub)
serve=${CARGO_TARGET_DIR:-$clone/target}/debug/examples/serve-hub
"$serve" make "$folder/model" "$vocab"
ls -l "$folder/model"
"$serve" serve "$folder/model" "$encoder" "$cut" >"$folder/requests" &
server=$!
until [[ -s $folder/requests ]]; do sleep 0.1; done

spec=$clone/experiments/fsl_distilbert.toml
if [[ -n ${TEST_TEXTS:-} ]]; then
    python3 -I - "$mirror/metoo" "$folder" "$TEST_TEXTS" <<'PYTHON'
import csv, itertools, sys

source, target, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
for name, rows in ("train", None), ("test", count + 1):
    with open(f"{source}/{name}.csv", encoding="utf-8", newline="") as file, \
         open(f"{target}/{name}.csv", "w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(itertools.islice(csv.reader(file), rows))
PYTHON
    sed "s|^dataset .*|train = \"$folder/train.csv\"\ntest = \"$folder/test.csv\"|" "$spec" >"$folder/fsl_distilbert.toml"
    spec=$folder/fsl_distilbert.toml
fi

export FSL_EXP_CACHE=$folder/cache HF_HOME=$folder/hf HF_ENDPOINT FSL_EXP_MIRROR=$mirror
HF_ENDPOINT=$(head -n 1 "$folder/requests")
run() {
    "$program" run "$spec" --results "$folder/results" --set trials.count=2 \
        --set row.fsl.method.finetune.epochs=2 \
        --set row.fsl.method.finetune.encoder="hf:$encoder@main" ${JOBS:+--jobs "$JOBS"} "$@"
}
time run
sleep 1
sed 's/^/asked: /' "$folder/requests"
if ((cut > 0)); then
    grep -q "bytes=$cut-" "$folder/requests" || { echo "the transfer that was cut was not taken up" >&2; exit 1; }
fi
# Everything is stored now: nothing is fetched or trained again.
asked=$(wc -l <"$folder/requests")
run --quiet >/dev/null
sleep 1
[[ $(wc -l <"$folder/requests") == "$asked" ]] || { echo "a second run asked the hub again" >&2; exit 1; }
