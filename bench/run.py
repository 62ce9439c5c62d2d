"""The bench: every contestant, same texts, same steps, same cores, in turns. See bench/README.md.

Writes results/peers.json and results/peers.md anew after every repeat, so that an interrupted run leaves what it has.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import contestants
import launch
import machine
import measure
import ops
import prepare
import render
import report
import roofline
import settings as configuration
from contestants import ALL_CORES, Contestant
from stats import agreement


def say(text: str) -> None:
    """Tells how far the bench is."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


class Bench:
    """One run: what is known so far, and the means to learn more."""

    def __init__(self, settings: configuration.Settings) -> None:
        self.settings = settings
        self.tools = contestants.tools(settings.home, os.environ)
        described = machine.describe(settings.cores, settings.program, configuration.CLONE)
        self.bf16 = machine.has_bf16(described["flags"])
        everyone = [*contestants.fsl(settings), *contestants.peers(self.bf16)]
        self.contestants = contestants.chosen(everyone, settings.peers)
        self.texts = prepare.texts(settings)
        self.data: dict[str, Any] = {
            "machine": described,
            "sizes": {
                "steps": settings.steps,
                "texts": min(settings.texts, configuration.TRIAL_TEXTS),
                "trial_steps": configuration.TRIAL_STEPS,
                "trial_texts": configuration.TRIAL_TEXTS,
                "repeats": settings.repeats,
                "trials": measure.trials(settings.cores),
                "warm_up_steps": measure.WARM_UP_STEPS,
                "scaled": "peers' figures at 180 steps and 10,000 texts are their measured ones, scaled linearly; fsl-exp's are measured whole",
            },
            "texts": {"dataset": self.texts.dataset, "distinct_test_texts": self.texts.distinct},
            "contestants": [vars(one) for one in self.contestants],
            "models": {},
            "roofline": [],
            "measurements": [],
            "checks": [],
            "not_run": [],
            "versions": {},
        }

    def python(self) -> str | None:
        """The interpreter with PyTorch, where there is one."""
        found = self.tools["torch"]
        return str(found) if isinstance(found, Path) else None

    def give_up(self, one: Contestant, model: str, reason: str) -> None:
        """Notes that a contestant does not run, and why."""
        say(f"  {one.label}: not run: {reason}")
        self.data["not_run"].append({"contestant": one.id, "model": model, "reason": reason})

    def given_up(self, one: Contestant, model: str) -> bool:
        """Whether the contestant has failed before."""
        return any(entry["contestant"] == one.id and entry["model"] == model for entry in self.data["not_run"])

    def note(self, one: Contestant, model: str, task: str, arrangement: str, repeat: int, got: measure.Measured) -> None:
        """Keeps a measurement; of probabilities only whether they agree, later."""
        self.data["versions"].update(got.pop("versions", {}))
        answers = got.pop("probabilities", None)
        if answers is not None:
            self.answers[one.id] = answers
        say(f"  {one.label}, {task}, {arrangement}: {got['seconds']:.2f} s per trial")
        entry = {"contestant": one.id, "model": model, "task": task, "arrangement": arrangement, "repeat": repeat, **got}
        self.data["measurements"].append(entry)

    def turn(self, scene: measure.Scene, one: Contestant, repeat: int) -> None:
        """All that is measured of a contestant in one repeat."""
        model = scene.model.name
        try:
            if one.is_fsl:
                for task, got in measure.fsl_experiment(scene, one, full=False).items():
                    self.note(one, model, task, contestants.PER_CORE, repeat, got)
                self.note(one, model, "infer", ALL_CORES, repeat, measure.fsl_inference(scene, one))
                return
            tool = self.tools[one.tool]
            if isinstance(tool, str):
                raise launch.Failed(tool)
            for task in ("train", "infer") if one.trains else ("infer",):
                for arrangement in one.arrangements:
                    self.note(one, model, task, arrangement, repeat, measure.peer(scene, one, tool, task, arrangement))
        except launch.Failed as error:
            self.give_up(one, model, str(error))

    def check(self, model: str) -> None:
        """Compares all answers for the same weights and texts with PyTorch's in f32, or with fsl-exp's where it did not run."""
        against = "torch-reference" if "torch-reference" in self.answers else contestants.BASE
        for one in self.contestants:
            if one.id in self.answers and against in self.answers:
                found = agreement(self.answers[one.id], self.answers[against], one.precision)
                self.data["checks"].append({"contestant": one.id, "model": model, "against": against, **vars(found)})

    def rounds(self, name: str) -> None:
        """All repeats for one model, then fsl-exp's whole trials."""
        self.data["models"][name] = {}
        say(f"{name}: preparing")
        try:
            made = prepare.model(self.settings, name, self.python(), self.texts.train)
        except launch.Failed as error:
            for one in self.contestants:
                self.give_up(one, name, f"the model could not be made: {error}")
            return
        if self.python() and any(one.script == "onnx_peer.py" for one in self.contestants):
            try:
                prepare.onnx(self.settings, str(self.python()), made)
            except launch.Failed as error:
                say(f"  the ONNX export failed: {error}")
        scene = measure.Scene(self.settings, self.texts, made, self.bf16)
        self.describe(made)
        self.answers: dict[str, list[float]] = {}
        for repeat in range(self.settings.repeats):
            say(f"{name}: repeat {repeat + 1} of {self.settings.repeats}")
            for one in contestants.rotated(self.contestants, repeat):
                if not self.given_up(one, name):
                    self.turn(scene, one, repeat)
            self.write()
        self.check(name)
        for repeat in range(self.settings.full):
            for one in self.contestants:
                if one.is_fsl and not self.given_up(one, name):
                    self.whole(scene, one, repeat)
        self.write()

    def whole(self, scene: measure.Scene, one: Contestant, repeat: int) -> None:
        """fsl-exp's experiment at full size."""
        try:
            parts = measure.fsl_experiment(scene, one, full=True)
            self.note(one, scene.model.name, "full", contestants.PER_CORE, repeat, parts["trial"])
        except launch.Failed as error:
            self.give_up(one, scene.model.name, f"whole trials: {error}")

    def describe(self, made: prepare.Model) -> None:
        """What a model's trial needs, for the floor."""
        entry: dict[str, Any] = {"config": made.config}
        if python := self.python():
            files = [str(self.texts.train), str(self.texts.test), str(self.texts.full)]
            script = str(configuration.BENCH / "peers/tokens.py")
            line = [python, script, str(made.trained), str(configuration.MAX_TOKENS), *files]
            train, test, full = json.loads(launch.program(line, self.settings.timeout)[1])
            entry.update(report.operations(ops.shape_of(made.config), train, test, full, self.settings.steps))
        self.data["models"][made.name].update(entry)

    def roofline(self) -> None:
        """Measures the machine's matrix products; called before and after everything else, the higher rates count."""
        if python := self.python():
            say("roofline")
            shapes = [ops.Shape(6, 384, 1536), ops.Shape(6, 768, 3072)]
            line = [python, str(configuration.BENCH / "peers/matmul_peer.py")]
            found = roofline.measure(line, shapes, self.settings.cores, self.bf16, self.settings.timeout)
            self.data["roofline"] = roofline.fastest(self.data["roofline"], found)

    def write(self) -> None:
        """Both reports."""
        self.data["machine"]["load_after"] = round(os.getloadavg()[0], 2)
        folder = configuration.BENCH / "results"
        folder.mkdir(exist_ok=True)
        (folder / f"{self.settings.name}.json").write_text(json.dumps(self.data, indent=1) + "\n")
        (folder / f"{self.settings.name}.md").write_text(render.markdown(self.data))


def main() -> None:
    """Runs the bench."""
    settings = configuration.read(os.environ)
    if not os.access(settings.program, os.X_OK):
        raise SystemExit(f"error: there is no program `{settings.program}` (hint: make build, or set FSL_EXP)")
    try:
        bench = Bench(settings)
        bench.roofline()
        for name in settings.models:
            bench.rounds(name)
        bench.roofline()
    except launch.Failed as error:
        raise SystemExit(f"error: {error}") from error
    bench.write()
    print(f"wrote bench/results/{settings.name}.md and {settings.name}.json", file=sys.stderr)


if __name__ == "__main__":
    main()
