"""Makes the witnesses of `fsl-exp split` for more than two classes: a file of made-up texts, and the sets drawn from it.

    python tests/golden/split_classes/generate.py

input.csv has six classes whose names need quotes or are beyond ASCII, with duplicates and conflicting labels. The files of a/ and
b/ are the sets as docs/split.md states the draws: ChaCha8 and Tijdeman's shares (../sample/generate.py), Fisher-Yates. Set a has a
stratified test set, three shots and the rest; set b a balanced test set, a random training set and a number for each class.
expected.json has the counts of texts by class at every step.
"""

import csv
import importlib.util
import json
import pathlib
import platform
import random
from fractions import Fraction

HERE = pathlib.Path(__file__).parent
spec = importlib.util.spec_from_file_location("sample", HERE.parent / "sample" / "generate.py")
sample = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sample)

SEED = 11
CLASSES = ['"anger"', "fear", "joy", "love 日本", "sad, very", "überraschung"]
SHARES = [40, 30, 100, 14, 80, 20]
WORDS = "red blue old one two small large house street river état naïve日本 it's a,b".split()


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


def stream_of(number, label):
    """The stream of set `number` (test 0, training 1, transfer 2) for the texts of a class."""
    return 3 * number + label if label < 2 else 3 * (label + 1) + number


def choose(rows, number, counts):
    """Rows with `counts` of each class, in the order in which set `number` draws them; a number of texts for any class."""
    order = sample.numbers(SEED, 3 * number + 2)
    if isinstance(counts, int):
        return shuffle_first(list(rows), counts, order)
    chosen = []
    for label, count in enumerate(counts):
        pool = [row for row in rows if row[1] == CLASSES[label]]
        chosen += shuffle_first(pool, count, sample.numbers(SEED, stream_of(number, label)))
    return shuffle_first(chosen, len(chosen), order)


def without(rows, taken):
    return [row for row in rows if row not in taken]


def by_class(rows):
    return {name: sum(row[1] == name for row in rows) for name in CLASSES}


def labels(rows):
    return {"texts": len(rows), "classes": by_class(rows)}


def write(path, rows):
    path.parent.mkdir(exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["text", "label"])
        writer.writerows(rows)


def texts(source):
    rows = []
    for index in range(284):
        text = f"{index} " + " ".join(source.choices(WORDS, k=source.randint(1, 9)))
        label = source.choices(CLASSES, SHARES)[0]
        rows.append((text, label))
        if source.random() < 0.2:
            rows.append((text, source.choice([label, label, source.choice(CLASSES)])))
    source.shuffle(rows)
    return rows


def main():
    rows = texts(random.Random(7))
    write(HERE / "input.csv", rows)
    first = {}
    for text, label in rows:
        first.setdefault(text, label)
    distinct = list(first.items())
    pool = by_class(distinct)
    shares = [Fraction(pool[name], len(distinct)) for name in CLASSES]

    test = choose(distinct, 0, sample.stratified(shares, 50))
    left = without(distinct, test)
    train = choose(left, 1, [3] * 6)
    left = without(left, train)
    transfer = choose(left, 2, list(by_class(left).values()))
    for name, drawn in [("test", test), ("train", train), ("transfer", transfer)]:
        write(HERE / "a" / f"{name}.csv", drawn)

    test = choose(distinct, 0, [7, 7, 7, 7, 6, 6])
    left = without(distinct, test)
    train = choose(left, 1, 17)
    left = without(left, train)
    transfer = choose(left, 2, [5, 0, 4, 3, 2, 1])
    for name, drawn in [("test", test), ("train", train), ("transfer", transfer)]:
        write(HERE / "b" / f"{name}.csv", drawn)

    seen = {}
    for text, label in rows:
        seen.setdefault(text, set()).add(label)
    expected = {
        "rows": len(rows),
        "labelled": labels(rows),
        "distinct": labels(distinct),
        "conflicts": {
            "texts": sum(len(found) > 1 for found in seen.values()),
            "rows": sum(label != first[text] for text, label in rows),
        },
        "kept": labels(distinct),
    }
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (HERE / "versions.txt").write_text(f"python {platform.python_version()}\n")


if __name__ == "__main__":
    main()
