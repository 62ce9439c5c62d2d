"""Makes the witnesses of `fsl-exp split`: a file of made-up texts, the published construction over it, and near duplicates.

    python tests/golden/split/generate.py

input.csv has texts with their `text_pp`, duplicates, conflicting labels and lengths around 30 characters. train.csv, test.csv
and transfer.csv are what pandas makes of it in the order of the published notebook; only the random draws are not NumPy's
but ChaCha8's (../sample/generate.py) with Fisher-Yates, as docs/split.md states them. expected.json has the counts at
every step, and near duplicates found by comparing all pairs with scikit-learn's CountVectorizer over word pairs.

near_texts.csv and near_pairs.csv are a larger comparison of all pairs.
"""

import json
import pathlib
import platform
import random
import sys

import numpy
import pandas
import sklearn
from sklearn.feature_extraction.text import CountVectorizer

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "sample"))
from generate import numbers  # noqa: E402

WORDS = (
    "the a of to and in that it is was for on with he she they at by this had not are but from or have an which one you "
    "were all her there would their we him been has when who will no more if out so up said what its about than into them "
    "can only other time new some could these two may first then do any like my now over such our man me even most made "
    "after also did many off before must well back through years much where your way down should because long each just "
    "état naïve über señor 日本 😂 it's o'clock re-do"
).split()
SEED = 11


def below(bound, stream):
    whole = (1 << 64) - 1 - ((1 << 64) - 1) % bound
    while True:
        draw = next(stream)
        if draw < whole:
            return draw % bound


def shuffle_first(items, count, stream):
    for place in range(count):
        other = place + below(len(items) - place, stream)
        items[place], items[other] = items[other], items[place]
    return items[:count]


def choose(frame, number, counts):
    """Rows of `frame`, `counts` of each label, in the order that set `number` draws them."""
    chosen = []
    for label, count in enumerate(counts):
        pool = list(frame.index[frame["category"] == label])
        chosen += shuffle_first(pool, count, numbers(SEED, 3 * number + label))
    return frame.loc[shuffle_first(chosen, len(chosen), numbers(SEED, 3 * number + 2))]


def change(text, source):
    words = text.split(" ")
    for _ in range(source.choice([1, 1, 1, 2, 3])):
        place = source.randrange(len(words))
        kind = source.randrange(4)
        if kind == 0:
            words[place] = source.choice(WORDS)
        elif kind == 1:
            words.insert(place, source.choice(WORDS))
        elif kind == 2 and len(words) > 3:
            del words[place]
        else:
            words[place] = words[place].capitalize() + source.choice([",", "!", "?"])
    return " ".join(words)


def texts(count, source):
    made = []
    for _ in range(count):
        if made and source.random() < 0.35:
            made.append(change(source.choice(made), source))
        else:
            made.append(" ".join(source.choice(WORDS) for _ in range(source.randrange(3, 30))))
    return made


def rows(source):
    made = texts(500, source)
    made += ["x" * 30, "x" * 31, "é" * 30, "é" * 31, "😂" * 30, "😂" * 31, "e\u0301" * 15, "e\u0301" * 15 + "x", ""]
    found = []
    for text in made:
        label = int(source.random() < 0.3)
        found.append((f'@you "{text}"\n', text, label))
        if source.random() < 0.2:
            found.append((f"{text} https://t.co/{len(found)}", text, label if source.random() < 0.7 else 1 - label))
    source.shuffle(found)
    return pandas.DataFrame(found, columns=["text", "text_pp", "category"])


def near(first, second):
    """All pairs with a Jaccard similarity of word pairs of at least 4/5: (similarity, index, index), best first."""
    count = CountVectorizer(ngram_range=(2, 2), binary=True, token_pattern=r"[^\W_]+", lowercase=True)
    matrix = count.fit_transform(list(first) + list(second))
    a, b = matrix[: len(first)].astype(int), matrix[len(first) :].astype(int)
    shared = (a @ b.T).toarray()
    sizes = [numpy.asarray(one.sum(axis=1)).ravel() for one in (a, b)]
    either = sizes[0][:, None] + sizes[1][None, :] - shared
    pairs = [(shared[i, j] / either[i, j], i, j) for i, j in zip(*numpy.nonzero(5 * shared >= 4 * either)) if either[i, j]]
    return sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2]))


def labels(frame):
    ones = int(frame["category"].sum())
    return {"texts": len(frame), "label-0": len(frame) - ones, "label-1": ones}


def split(source):
    everything = rows(source)
    everything.to_csv(HERE / "input.csv", index_label="id")
    distinct = everything.drop_duplicates("text_pp", keep="first")
    kept = distinct[distinct["text_pp"].apply(len) > 30]
    test = choose(kept, 0, [40, 40])
    rest = kept[~kept["text_pp"].isin(test["text_pp"])]
    train = choose(rest, 1, [10, 10])
    rest = rest[~rest["text_pp"].isin(train["text_pp"])]
    transfer = choose(rest, 2, [100, 25])
    by_text = everything.groupby("text_pp")["category"]
    first = by_text.transform("first")
    sets = {"train": train, "test": test, "transfer": transfer}
    expected = {
        "rows": len(everything),
        "labelled": labels(everything),
        "distinct": labels(distinct),
        "conflicts": {
            "texts": int((by_text.nunique() > 1).sum()),
            "rows": int((everything["category"] != first).sum()),
        },
        "kept": labels(kept),
        "near": {
            f"{a} {b}": len(near(sets[a]["text_pp"], sets[b]["text_pp"]))
            for a, b in [("train", "test"), ("train", "transfer"), ("test", "transfer")]
        },
    }
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    train.to_csv(HERE / "train.csv", index=False)
    test.to_csv(HERE / "test.csv", index=False)
    transfer.drop(columns="category").to_csv(HERE / "transfer.csv", index=False)


def compare(source):
    made = texts(420, source)
    source.shuffle(made)
    first, second = made[:150], made[150:]
    lines = [("a", text) for text in first] + [("b", text) for text in second]
    pandas.DataFrame(lines, columns=["set", "text"]).to_csv(HERE / "near_texts.csv", index=False)
    pairs = [(a, b, repr(float(similarity))) for similarity, a, b in near(first, second)]
    pandas.DataFrame(pairs, columns=["a", "b", "similarity"]).to_csv(HERE / "near_pairs.csv", index=False)


def main():
    source = random.Random(5)
    split(source)
    compare(source)
    versions = {"python": platform.python_version(), "numpy": numpy.__version__, "pandas": pandas.__version__}
    versions["scikit-learn"] = sklearn.__version__
    (HERE / "versions.txt").write_text("".join(f"{name} {version}\n" for name, version in versions.items()))


if __name__ == "__main__":
    main()
