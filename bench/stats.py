"""Medians, spreads and ratios of measured seconds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isfinite
from statistics import median
from typing import Sequence


@dataclass(frozen=True)
class Summary:
    """Several measurements of one thing."""

    median: float
    low: float
    high: float
    n: int

    def as_json(self) -> dict[str, float]:
        """For the JSON report."""
        return asdict(self)

    def scaled(self, factor: float) -> "Summary":
        """The same in another unit, or for another amount of work."""
        return Summary(self.median * factor, self.low * factor, self.high * factor, self.n)


def summarize(values: Sequence[float]) -> Summary:
    """Median, smallest and largest."""
    if not values:
        raise ValueError("nothing was measured")
    return Summary(median(values), min(values), max(values), len(values))


def ratios(values: Sequence[float], base: Sequence[float]) -> Summary:
    """How many times `base` the values are, pair by pair: both of a pair come from the same repeat."""
    return summarize([value / other for value, other in zip(values, base)])


def correlation(left: Sequence[float], right: Sequence[float]) -> float:
    """Pearson's; 0 where one side does not vary."""
    mean_left, mean_right = sum(left) / len(left), sum(right) / len(right)
    pairs = [(a - mean_left, b - mean_right) for a, b in zip(left, right)]
    product = sum(a * b for a, b in pairs)
    norm = (sum(a * a for a, _ in pairs) * sum(b * b for _, b in pairs)) ** 0.5
    return product / norm if norm else 0.0


@dataclass(frozen=True)
class Agreement:
    """How near a contestant's probabilities are to PyTorch's in f32, and whether that is near enough."""

    difference: float
    correlation: float
    valid: bool


#: Largest difference of a probability in f32. Seen: 4e-7; with candle's other GELU on DistilBERT's shape, 4e-5.
F32_TOLERANCE = 2e-4
#: Least correlation at lower precision, where single texts may differ by more.
LEAST_CORRELATION = {"bf16": 0.99, "int8": 0.95}
#: A difference in bf16 that is near enough where the true probabilities vary no more than that, as those of a small random model do, and
#: their correlation is that of rounding errors: the distance of two neighbouring numbers of bf16 below 1.
BF16_STEP = 2.0**-8


def agreement(values: Sequence[float], truth: Sequence[float], precision: str) -> Agreement:
    """Judges probabilities against the true ones, by their precision."""
    if len(values) != len(truth) or not all(isfinite(value) for value in values):
        return Agreement(1.0, 0.0, False)
    difference = max(abs(a - b) for a, b in zip(values, truth))
    related = correlation(values, truth)
    if precision == "f32":
        return Agreement(difference, related, difference <= F32_TOLERANCE)
    alike = precision == "bf16" and max(difference, max(truth) - min(truth)) <= BF16_STEP
    return Agreement(difference, related, related >= LEAST_CORRELATION[precision] or alike)
