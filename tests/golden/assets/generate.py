"""The datasets of data/catalog.toml that are built from vaderSentiment 3.3.2, made a second time, independently.

Usage: python generate.py vaderSentiment-3.3.2.tar.gz (from `pip download --no-deps --no-binary :all: vaderSentiment==3.3.2`).
Prints, for each dataset, the counts and checksums that the catalogue pins. The generator (ChaCha with 8 rounds; its key made
from a 64-bit seed by PCG32, as rand_core does), the shuffle and the CSV are written out here: nothing is shared with
crates/assets/src/ratings.rs but the rule in its header. Standard library only.
"""

import csv
import hashlib
import io
import struct
import sys
import tarfile

CORPORA = {
    "tweets": ("tweets", 2000),
    "movies": ("movieReviewSnippets", 5000),
    "reviews": ("amazonReviewSnippets", 1500),
    "news": ("nytEditorialSnippets", 2000),
}
SEED = 2014
PER_CLASS = 50
MASK32, MASK64 = 2**32 - 1, 2**64 - 1


def key_of(seed):
    """rand_core's seed_from_u64: eight outputs of PCG32 (XSH RR 64/32)."""
    words = []
    for _ in range(8):
        seed = (seed * 6364136223846793005 + 11634580027462260723) & MASK64
        shifted = (((seed >> 18) ^ seed) >> 27) & MASK32
        turn = seed >> 59
        words.append(((shifted >> turn) | (shifted << (-turn & 31))) & MASK32)
    return words


def chacha8_words(seed):
    """The endless stream of 32-bit words of ChaCha8 with a 64-bit counter and stream 0."""
    constants = struct.unpack("<4I", b"expand 32-byte k")
    key, counter = key_of(seed), 0
    while True:
        start = [*constants, *key, counter & MASK32, counter >> 32, 0, 0]
        state = list(start)

        def quarter(a, b, c, d):
            for target, other, mixed, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                state[target] = (state[target] + state[other]) & MASK32
                word = state[mixed] ^ state[target]
                state[mixed] = ((word << bits) | (word >> (32 - bits))) & MASK32

        for _ in range(4):
            for column in range(4):
                quarter(column, 4 + column, 8 + column, 12 + column)
            for column in range(4):
                quarter(column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4)
        for before, after in zip(start, state):
            yield (before + after) & MASK32
        counter += 1


def shuffled(items, seed):
    words = chacha8_words(seed)
    for last in range(len(items) - 1, 0, -1):
        bound = last + 1
        while True:
            low = next(words)
            draw = low | next(words) << 32
            if draw < MASK64 - MASK64 % bound:
                break
        other = draw % bound
        items[last], items[other] = items[other], items[last]
    return items


def texts_of(ratings):
    kept, counts = {}, {"lines": 0, "zero": 0, "repeated": 0}
    for line in ratings.decode("utf-8").split("\n"):
        _, rating, text = line.split("\t", 2)
        counts["lines"] += 1
        if float(rating) == 0:
            counts["zero"] += 1
        elif text.strip() in kept:
            counts["repeated"] += 1
        else:
            kept[text.strip()] = int(float(rating) > 0)
    return list(kept.items()), counts


def describe(rows, labelled):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["text", "category"] if labelled else ["text"])
    writer.writerows(row if labelled else row[:1] for row in rows)
    positives = sum(label for _, label in rows)
    return f"{len(rows)} texts, {positives} positive, sha256 {hashlib.sha256(out.getvalue().encode()).hexdigest()}"


def main():
    with tarfile.open(sys.argv[1]) as package:
        inner = package.extractfile("vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz").read()
    with tarfile.open(fileobj=io.BytesIO(inner)) as corpora:
        for name, (stem, size) in CORPORA.items():
            ratings = corpora.extractfile(f"hutto_ICWSM_2014/{stem}_GroundTruth.txt").read()
            texts, counts = texts_of(ratings)
            train, rest, left = [], [], [PER_CLASS, PER_CLASS]
            for row in shuffled(texts, SEED):
                left[row[1]] -= 1
                (train if left[row[1]] >= 0 else rest).append(row)
            print(name, counts)
            for part, rows in (("train", train), ("test", rest[:size]), ("transfer", rest[size:])):
                print(f"  {part}: {describe(rows, part != 'transfer')}")


if __name__ == "__main__":
    main()
