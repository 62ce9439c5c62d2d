"""Tests of the bench's pure functions: `python3 -m unittest discover bench`, nothing to install."""

from __future__ import annotations

import json
import unittest
import xml.etree.ElementTree
from pathlib import Path

import contestants
import growth
import growth_plot
import measure
import ops
import prepare
import render
import report
import roofline
import settings
import stats


class Operations(unittest.TestCase):
    """Counts, against sums by hand."""

    def test_a_small_block(self) -> None:
        # H = 2, I = 3: 4·4 + 2·6 = 28 matrix entries.
        shape = ops.Shape(layers=2, hidden=2, inner=3)
        self.assertEqual(ops.block_parameters(shape), 28)
        # 5 tokens. First block: 2·28·5 products of matrices, 2·(2·5·5·2) of attention. Last: keys and values 2·(2·4)·5, the
        # other 20 entries once, attention of one row 2·(2·5·2). Head: 2·(2·256 + 256).
        self.assertEqual(ops.forward(shape, 5), 280 + 200 + 80 + 40 + 40 + 1536)

    def test_training_is_three_forwards(self) -> None:
        shape = ops.Shape(6, 384, 1536)
        self.assertEqual(ops.training(shape, [10, 30], 4), 3 * 2 * (ops.forward(shape, 10) + ops.forward(shape, 30)))

    def test_near_six_operations_per_parameter_and_token(self) -> None:
        shape = ops.Shape(6, 768, 3072)
        whole = 6 * 6 * ops.block_parameters(shape) * 34
        self.assertAlmostEqual(ops.training(shape, [34], 1) / whole, 0.86, delta=0.02)  # a sixth less, attention more

    def test_shapes_of_both_families(self) -> None:
        bert = {"model_type": "bert", "num_hidden_layers": 6, "hidden_size": 384, "intermediate_size": 1536}
        distil = {"model_type": "distilbert", "n_layers": 6, "dim": 768, "hidden_dim": 3072}
        self.assertEqual(ops.shape_of(bert), ops.Shape(6, 384, 1536))
        self.assertEqual(ops.shape_of(distil), ops.Shape(6, 768, 3072))


class Statistics(unittest.TestCase):
    """Medians, ratios and the judging of answers."""

    def test_summary(self) -> None:
        self.assertEqual(stats.summarize([3.0, 1.0, 2.0, 10.0]), stats.Summary(2.5, 1.0, 10.0, 4))
        with self.assertRaises(ValueError):
            stats.summarize([])

    def test_ratios_are_taken_pair_by_pair(self) -> None:
        self.assertEqual(stats.ratios([2.0, 9.0], [1.0, 3.0]), stats.Summary(2.5, 2.0, 3.0, 2))

    def test_correlation(self) -> None:
        self.assertAlmostEqual(stats.correlation([1, 2, 3], [2, 4, 6]), 1.0)
        self.assertAlmostEqual(stats.correlation([1, 2, 3], [3, 2, 1]), -1.0)
        self.assertEqual(stats.correlation([1, 1], [1, 2]), 0.0)

    def test_agreement_by_precision(self) -> None:
        truth = [0.1, 0.5, 0.9]
        self.assertTrue(stats.agreement([0.1001, 0.5, 0.9], truth, "f32").valid)
        self.assertFalse(stats.agreement([0.11, 0.5, 0.9], truth, "f32").valid)
        self.assertTrue(stats.agreement([0.12, 0.5, 0.88], truth, "int8").valid)
        self.assertFalse(stats.agreement([0.9, 0.5, 0.1], truth, "int8").valid)
        self.assertTrue(stats.agreement([0.501, 0.5, 0.499], [0.499, 0.5, 0.501], "bf16").valid)
        self.assertFalse(stats.agreement([0.501, 0.5, 0.499], [0.499, 0.5, 0.501], "int8").valid)
        self.assertFalse(stats.agreement([0.505, 0.5, 0.5], [0.5, 0.5, 0.501], "bf16").valid)
        self.assertFalse(stats.agreement([0.502, 0.498, 0.5], [0.5, 0.5, 0.51], "bf16").valid)
        self.assertFalse(stats.agreement([0.1], truth, "f32").valid)
        self.assertFalse(stats.agreement([0.1, float("nan"), 0.9], truth, "f32").valid)


class Choices(unittest.TestCase):
    """Settings, contestants, texts."""

    def test_steps_are_whole_epochs(self) -> None:
        self.assertEqual(settings.read({"BENCH_STEPS": "32", "HOME": "/h"}).steps, 30)
        self.assertEqual(settings.read({"BENCH_STEPS": "30", "HOME": "/h"}).epochs, 5)
        for wrong in ({"BENCH_TEXTS": "many"}, {"BENCH_MODELS": "gpt"}, {"BENCH_STEPS": "5"}):
            with self.assertRaises(SystemExit):
                settings.read({"HOME": "/h", **wrong})

    def test_cache(self) -> None:
        self.assertEqual(settings.cache_folder({"HOME": "/h"}), Path("/h/.cache/fsl-exp"))
        self.assertEqual(settings.cache_folder({"HOME": "/h", "XDG_CACHE_HOME": "/x"}), Path("/x/fsl-exp"))
        self.assertEqual(settings.cache_folder({"HOME": "/h", "FSL_EXP_CACHE": "/c"}), Path("/c"))

    def test_fsl_exp_always_takes_part(self) -> None:
        everyone = [contestants.Contestant("fsl-f32", "fsl-exp", "fsl"), *contestants.peers(bf16=False)]
        self.assertEqual([one.id for one in contestants.chosen(everyone, ["onnx"])], ["fsl-f32", "onnx-f32", "onnx-int8"])
        with self.assertRaises(SystemExit):
            contestants.chosen(everyone, ["onyx"])

    def test_everybody_has_a_turn_in_every_order(self) -> None:
        everyone = contestants.peers(bf16=True)
        self.assertNotEqual(contestants.rotated(everyone, 0), contestants.rotated(everyone, 1))
        for repeat in range(5):
            self.assertEqual({one.id for one in contestants.rotated(everyone, repeat)}, {one.id for one in everyone})

    def test_trials_fill_the_cores(self) -> None:
        self.assertEqual([measure.trials(cores) for cores in (1, 2, 3, 4, 16)], [4, 4, 6, 4, 16])

    def test_texts(self) -> None:
        rows = [{"text_pp": str(index), "category": "1" if index < 6 else "0"} for index in range(10)]
        self.assertEqual([row["text_pp"] for row in prepare.balanced(rows, 5)], ["0", "1", "6", "7", "8"])
        self.assertEqual([row["text_pp"] for row in prepare.cycled(rows[:2], 5)], ["0", "1", "0", "1", "0"])


def sample() -> dict:
    """A small report: two repeats of fsl-exp and PyTorch, one whole trial, one peer that is missing, one that is wrong."""
    peers = [one for one in contestants.peers(bf16=False) if one.id in ("torch-best", "keras", "candle")]
    everyone = [contestants.Contestant("fsl-f32", "fsl-exp, f32", "fsl", trains=True), *peers]

    def entry(contestant: str, task: str, arrangement: str, repeat: int, seconds: float) -> dict:
        place = {"contestant": contestant, "model": "minilm", "task": task, "arrangement": arrangement}
        return {**place, "repeat": repeat, "seconds": seconds}

    per, all_ = contestants.PER_CORE, contestants.ALL_CORES
    measurements = [entry("fsl-f32", "full", per, 0, 100.0)]
    for repeat, factor in enumerate((1.0, 1.5)):
        measurements += [
            entry("fsl-f32", "trial", per, repeat, 3.0 * factor),
            entry("fsl-f32", "train", per, repeat, 1.5 * factor),
            entry("fsl-f32", "infer", all_, repeat, 1.0 * factor),
            entry("fsl-f32", "predict", per, repeat, 0.5 * factor),
            entry("torch-best", "train", all_, repeat, 9.0 * factor),
            entry("torch-best", "train", per, repeat, 4.0 * factor),
            entry("torch-best", "infer", all_, repeat, 2.0 * factor),
            entry("torch-best", "infer", per, repeat, 3.0 * factor),
            entry("candle", "infer", all_, repeat, 5.0 * factor),
        ]
    check = {"contestant": "candle", "model": "minilm", "difference": 0.3, "correlation": 0.1, "valid": False}
    lengths = [30, 40]
    counted = report.operations(ops.Shape(6, 384, 1536), lengths, lengths, lengths * 5000, 30)
    rate = {"product": [1, 2, 3], "precision": "f32", "one_thread": 50.0, "per_core": 100.0, "all_cores": 90.0}
    sizes = {"steps": 30, "texts": 2000, "trial_steps": 180, "trial_texts": 10000}
    return {
        "machine": {
            **{"processor": "P", "flags": ["avx2"], "cores": 2, "memory_gb": 8.0, "system": "Linux", "commit": "c"},
            **{"date": "2026-01-01", "load_before": 0.1, "load_after": 2.0, "fsl_exp": "fsl-exp 0.1.0"},
        },
        "sizes": {**sizes, "repeats": 2, "trials": 4, "warm_up_steps": 2},
        "texts": {"dataset": "tweets", "distinct_test_texts": 2000},
        "contestants": [vars(one) for one in everyone],
        "models": {"minilm": counted},
        "roofline": [rate],
        "measurements": measurements,
        "checks": [check],
        "not_run": [{"contestant": "keras", "model": "minilm", "reason": "no wheel"}],
        "versions": {"torch": "2.11.0"},
    }


class Reports(unittest.TestCase):
    """From measurements to Markdown."""

    def test_the_faster_arrangement_counts(self) -> None:
        row = {row.id: row for row in report.rows(sample(), "minilm")}["torch-best"]
        self.assertEqual(row.arrangement, "one per core / all cores")
        self.assertEqual(row.trial, stats.Summary(7.5, 6.0, 9.0, 2))
        self.assertEqual(row.trial_ratio, stats.Summary(2.0, 2.0, 2.0, 2))
        self.assertEqual(row.infer_ratio, stats.Summary(2.0, 2.0, 2.0, 2))

    def test_whole_trials_of_peers_are_scaled(self) -> None:
        row = {row.id: row for row in report.rows(sample(), "minilm")}["torch-best"]
        self.assertEqual(row.full, stats.Summary(42.5, 34.0, 51.0, 2))  # 6 × training + 5 × inference
        self.assertAlmostEqual(row.full_ratio.median, 0.425)

    def test_the_floor_takes_the_best_f32_rate(self) -> None:
        data = sample()
        self.assertEqual(roofline.peak(data["roofline"], "f32"), 100.0)
        self.assertIsNone(roofline.peak(data["roofline"], "bf16"))
        shape = ops.Shape(6, 384, 1536)
        expected = 2 * 1e-11 * (ops.forward(shape, 30) + ops.forward(shape, 40)) / 2
        self.assertAlmostEqual(report.floors(data, "minilm")["infer"], expected)

    def test_the_higher_rate_of_two_measurements_counts(self) -> None:
        rate = sample()["roofline"][0]
        other = {**rate, "per_core": 80.0, "all_cores": 120.0}
        self.assertEqual(roofline.fastest([], [rate]), [rate])
        self.assertEqual(roofline.fastest([rate], [other]), [{**rate, "all_cores": 120.0}])

    def test_a_busy_machine_is_told_of(self) -> None:
        data = sample()
        self.assertNotIn("busy machine", render.markdown(data))
        data["machine"]["load_before"] = 3.0
        self.assertIn("busy machine", render.markdown(data))

    def test_nothing_is_dropped_silently(self) -> None:
        text = render.markdown(json.loads(json.dumps(sample())))
        self.assertIn("- Keras/TensorFlow, published recipe: not run: no wheel", text)
        self.assertIn("| invalid |", text)
        self.assertIn("**invalid**: max 3.0e-01", text)
        self.assertIn("(repeated to fill the number)", text)
        self.assertIn("| transformers + PyTorch, best | ", text)
        self.assertIn("| fsl-exp, f32: inside its trials | f32 | 0.62 [0.50, 0.75] | 3,200 |", text)

    def test_numbers(self) -> None:
        self.assertEqual([render.number(value) for value in (0.123, 12.34, 1234.5)], ["0.12", "12.3", "1,234"])
        self.assertEqual(render.spread(stats.Summary(2.0, 1.0, 3.0, 2), "×"), "2.00× [1.00, 3.00]")
        self.assertEqual(render.share(1.0, stats.Summary(4.0, 4.0, 4.0, 1)), "25 %")


class Growth(unittest.TestCase):
    """The exponent, and a plot that is whole."""

    def test_the_exponent_is_the_slope_of_the_upper_half(self) -> None:
        axis = growth.Axis("texts", "fit", [], "")
        # A fixed second beside a square law: the larger the sizes, the nearer to 2.
        axis.seconds = {size: [1.0 + size**2] for size in (1, 2, 4, 8, 16)}
        self.assertAlmostEqual(growth.slope([(1, 3.0), (10, 300.0)]), 2.0)
        self.assertTrue(1.9 < axis.exponent < 2.0)

    def test_the_plot_has_every_curve_and_is_xml(self) -> None:
        text = growth_plot.svg([("texts & tokens", 1.0, [(1, 1.0), (4, 4.0)]), ("width", 1.7, [(2, 1.0), (8, 10.0)])])
        root = xml.etree.ElementTree.fromstring(text)
        self.assertEqual(sum(part.tag.endswith("polyline") for part in root), 2)


if __name__ == "__main__":
    unittest.main()
