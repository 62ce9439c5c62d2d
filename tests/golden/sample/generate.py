"""Writes cases.csv and classes.csv: samples drawn with a ChaCha8 stream cipher written out in Python.

cases.csv has balanced samples of two classes, classes.csv samples of three and six, balanced, stratified and random.

The labels are 1 for every third of 105 texts (index 0, 3, …), else 0. The generator's key comes from the seed by PCG32, as
rand_core's `seed_from_u64` makes it (PCG-XSH-RR, O'Neill 2014); the class is the stream number (the cipher's nonce). Each
text of a class takes the next 64 bits (low word first), and the texts with the smallest numbers are drawn.

For classes.csv, text i of 120 has the label at place 7 i of a short cycle. Streams are 0, 1, 3, 4, … for the classes in order, 2
for a random sample. Stratified samples have the classes' shares of the pool by Tijdeman's rule for the chairman assignment
problem (1980), here in exact fractions, with each class within 1 - 1/(2 K - 2) of its share at every size.

The cipher is checked against the 20-round keystream of RFC 7539, section 2.3.2 before it is used with 8 rounds.
"""

import pathlib
import platform
import struct
from fractions import Fraction

MASK = 0xFFFFFFFF


def rotate(word, by):
    return (word << by | word >> (32 - by)) & MASK


def quarter(state, a, b, c, d):
    for first, second, third, by in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)]:
        state[first] = (state[first] + state[second]) & MASK
        state[third] = rotate(state[third] ^ state[first], by)


def block(key, last_four, rounds):
    start = list(struct.unpack("<4I", b"expand 32-byte k")) + list(key) + list(last_four)
    state = start[:]
    for _ in range(rounds // 2):
        for column in range(4):
            quarter(state, *(column + 4 * row for row in range(4)))
        for column in range(4):
            quarter(state, *((column + row) % 4 + 4 * row for row in range(4)))
    return [(a + b) & MASK for a, b in zip(state, start)]


def key_of(seed):
    for _ in range(8):
        seed = (seed * 6364136223846793005 + 11634580027462260723) & (1 << 64) - 1
        word = ((seed >> 18 ^ seed) >> 27) & MASK
        turn = seed >> 59
        yield (word >> turn | word << (-turn & 31)) & MASK


def numbers(seed, stream):
    key = list(key_of(seed))
    for counter in range(1 << 32):
        words = block(key, [counter, 0, stream, 0], 8)
        yield from (low | high << 32 for low, high in zip(words[::2], words[1::2]))


def sample(labels, size, seed):
    drawn = []
    for label, wanted in [(0, (size + 1) // 2), (1, size // 2)]:
        texts = [index for index, of in enumerate(labels) if of == label]
        drawn += [index for _, index in sorted(zip(numbers(seed, label), texts))[:wanted]]
    return sorted(drawn)


CYCLES = {3: [0, 0, 0, 1, 1, 2], 6: [0] * 9 + [1] * 4 + [2] * 3 + [3] * 2 + [4, 5]}


def stratified(shares, size):
    """The number of texts of each class among `size`; `shares` sum to 1."""
    bound = 1 - Fraction(1, 2 * len(shares) - 2)
    counts = [0] * len(shares)
    for texts in range(1, size + 1):
        due = [c for c, share in enumerate(shares) if share * texts - counts[c] >= 1 - bound]
        # When the class would be ahead of its texts by the bound; of equals the last.
        best = min(due, key=lambda c: ((counts[c] + bound) / shares[c], -c))
        counts[best] += 1
        assert all(abs(share * texts - count) <= bound for share, count in zip(shares, counts))
    return counts


def sample_of_classes(labels, sampling, size, seed):
    pool = list(enumerate(labels))
    count = max(labels) + 1
    if sampling == "random":
        wanted = [(2, [index for index, _ in pool], size)]
    else:
        texts = [[index for index, of in pool if of == label] for label in range(count)]
        if sampling == "balanced":
            parts = [len(range(label, size, count)) for label in range(count)]
        else:
            parts = stratified([Fraction(len(of), len(labels)) for of in texts], size)
        wanted = [(label + (label >= 2), *rest) for label, rest in enumerate(zip(texts, parts))]
    drawn = []
    for stream, texts, part in wanted:
        drawn += [index for _, index in sorted(zip(numbers(seed, stream), texts))[:part]]
    return sorted(drawn)


def classes():
    lines = ["classes,sampling,seed,size,indices"]
    for count, cycle in CYCLES.items():
        labels = [cycle[7 * index % len(cycle)] for index in range(120)]
        for sampling in ["balanced", "stratified", "random"]:
            for seed in [0, 2**64 - 1]:
                for size in [1, 2, 7, 8, 13, 36]:
                    drawn = sample_of_classes(labels, sampling, size, seed)
                    lines.append(f"{count},{sampling},{seed},{size}," + " ".join(map(str, drawn)))
    return lines


def main():
    rfc = block(struct.unpack("<8I", bytes(range(32))), [1, 0x09000000, 0x4A000000, 0], 20)
    assert rfc[:2] == [0xE4E7F110, 0x15593BD1] and rfc[-1] == 0x4E3C50A2
    here = pathlib.Path(__file__).parent
    labels = [int(index % 3 == 0) for index in range(105)]
    lines = ["seed,size,indices"]
    for seed in [0, 42, 2**64 - 1]:
        for size in [1, 2, 11, 70]:
            lines.append(f"{seed},{size}," + " ".join(map(str, sample(labels, size, seed))))
    (here / "cases.csv").write_text("\n".join(lines) + "\n")
    (here / "classes.csv").write_text("\n".join(classes()) + "\n")
    (here / "versions.txt").write_text(f"python {platform.python_version()}\n")


if __name__ == "__main__":
    main()
