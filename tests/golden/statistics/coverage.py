"""How often the 95 % interval of a difference covers the truth on small test sets: the table in docs/statistics.md.

One row finds nothing, the other one is right on each text with the same probability, so that the true F1 of the latter is that probability. Half
of the texts are positive. Printed are the shares without and with the lower bound of the noise of the texts. Usage: python3 coverage.py
"""

import numpy as np

SETS, RESAMPLES, Z = 4000, 400, 1.96


def covered(rng, texts, right):
    positives = texts // 2
    negatives = texts - positives
    found, alarms = rng.binomial(positives, right, SETS), rng.binomial(negatives, 1 - right, SETS)
    f1 = 2 * found / (found + alarms + positives)
    shape = (SETS, RESAMPLES)
    drawn = rng.binomial(positives, found[:, None] / positives, shape), rng.binomial(negatives, alarms[:, None] / negatives, shape)
    bare = np.std(2 * drawn[0] / (drawn[0] + drawn[1] + positives), ddof=1, axis=1)
    # Texts that differ from the most of their class; what one text moves, on average over both rows. The rows differ on what is found.
    exceptions = np.minimum(found, positives - found) + np.minimum(alarms, negatives - alarms)
    steps = np.minimum(1, 2 / (found + alarms + positives)), min(1, 2 / positives)
    least = np.minimum(1, 3 * (steps[0] + steps[1]) / 2 / Z)
    few = (found + alarms < 25) | (exceptions < 5)
    bounded = np.where(few, np.maximum(bare, least), bare)
    return [np.mean(np.abs(f1 - right) <= Z * error) for error in (bare, bounded)]


def main():
    rng = np.random.default_rng(0)
    for texts in (10, 20, 60, 200, 1000):
        cells = ["{:.1f}, {:.1f} %".format(*(100 * share for share in covered(rng, texts, right))) for right in (0.8, 0.9, 0.97, 0.99)]
        print(f"| {texts:,} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
