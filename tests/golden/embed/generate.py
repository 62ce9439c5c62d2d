"""Golden embeddings: 100 texts through sentence-transformers' all-MiniLM-L6-v2.

Writes, beside itself:
  texts.csv                one column, `text`: written from word lists, seeded; short and long, some of them far from ASCII
  embeddings.safetensors   mean_64 [100, 384]: the mean of the token vectors at 64 tokens, before normalisation;
                           long [L] and mean_256 [L, 384]: the texts beyond 64 tokens, and their mean at 256 tokens
  versions.txt             what it ran with

Run: python generate.py FOLDER, the folder with model.safetensors (sha256 53aa5117…)
"""

import csv
import hashlib
import random
import sys
from pathlib import Path

import safetensors.torch
import sentence_transformers
import torch
import transformers
from sentence_transformers import SentenceTransformer

HERE = Path(__file__).resolve().parent
SEED = 11
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
SUBJECTS = "the waiter|my neighbour|a stranger on the bus|our teacher|this phone|the second season|nobody|her boss|the train|it".split("|")
VERBS = "ignored|surprised|followed|helped|insulted|bored|delighted|called|broke|forgot|praised|blamed".split("|")
OBJECTS = "me|everyone|the whole office|my sister|all of us|the audience|two customers|the driver|no one|itself".split("|")
ENDS = "again|for no reason|last night|in front of my kids|and then laughed|twice|at 3 am|, which is fine|, sadly|after the show".split("|")
MARKS = [".", "!", "?!", "...", "", " :)", " #never", " @home", " 10/10", ";"]
ODD = [
    "", " ", "a", "?", "42", "ok", "Caf\u00e9 na\u00efve r\u00e9sum\u00e9 \u2014 \u201cquoted\u201d", "\U0001f602\U0001f602 so funny \u2764\ufe0f", "\u4e2d\u6587\u548c English \u6df7\u5408",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440", "\u0627\u0644\u0633\u0644\u0627\u0645 \u0639\u0644\u064a\u0643\u0645", "\u0928\u092e\u0938\u094d\u0924\u0947", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "Stra\u00dfe \u0130stanbul \u039b\u03cc\u03b3\u03bf\u03c2", "soft\u00adhyphen and zero\u200bwidth",
    "tab\tand\nnew line", "[MASK] is not a word, nor is [SEP]", "http://example.org/a?b=c&d=e", "x" * 120, "ALL CAPS SHOUTING",
]


def sentence(rng):
    parts = [rng.choice(words) for words in (SUBJECTS, VERBS, OBJECTS, ENDS)]
    return " ".join(parts).replace(" ,", ",") + rng.choice(MARKS)


def texts():
    rng = random.Random(SEED)
    made = [" ".join(sentence(rng) for _ in range(rng.choice((1, 1, 2, 3, 4)))) for _ in range(62)]
    made += [" ".join(sentence(rng) for _ in range(rng.randint(7, 30))) for _ in range(18)]
    made += ODD
    rng.shuffle(made)
    assert len(made) == 100
    return made


@torch.no_grad()
def means(model, rows, tokens):
    model.max_seq_length = tokens
    features = model.preprocess(rows) if hasattr(model, "preprocess") else model.tokenize(rows)
    hidden = model[1](model[0](features))["sentence_embedding"]
    normalised = torch.from_numpy(model.encode(rows))
    assert (torch.nn.functional.normalize(hidden) - normalised).abs().max() < 1e-5
    return hidden.contiguous(), features["attention_mask"].sum(1)


def main():
    folder = Path(sys.argv[1])
    assert hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest() == WEIGHTS
    model = SentenceTransformer(str(folder), device="cpu")
    rows = texts()
    with open(HERE / "texts.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(["text"])
        writer.writerows([row] for row in rows)
    mean_64, lengths = means(model, rows, 64)
    long = (lengths == 64).nonzero().flatten()
    mean_256, _ = means(model, [rows[i] for i in long.tolist()], 256)
    tensors = {"mean_64": mean_64, "long": long, "mean_256": mean_256}
    safetensors.torch.save_file(tensors, HERE / "embeddings.safetensors")
    (HERE / "embeddings.safetensors").chmod(0o644)
    versions = f"sentence-transformers {sentence_transformers.__version__}\ntransformers {transformers.__version__}\n"
    versions += f"torch {torch.__version__}\nmodel.safetensors sha256 {WEIGHTS}\nseed {SEED}\n"
    (HERE / "versions.txt").write_text(versions)
    print(len(long), "texts of 64 tokens or more")


if __name__ == "__main__":
    main()
