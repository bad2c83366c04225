"""``python -m training COMMAND``: render, train, judge."""

if __name__ == "__main__":  # before anything that takes time to import
    from focstream.program.signals import begin

    begin("python -m training")

import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from focstream.program.commands import AnyCommand, Command, run_program

Settings = TypeVar("Settings")


def _trains(run: Callable[[Settings], None]) -> Callable[[Settings], None]:
    """Leave the cores to torch while `run` is at work."""

    def alone(settings: Settings) -> None:
        import cv2

        cv2.setNumThreads(1)
        run(settings)

    return alone


def _scenes() -> AnyCommand:
    """Render pictures with exact depth of scenes of our own making, with Blender."""
    from training.data.blender.scenes import ScenesSettings, make_scenes

    return Command(ScenesSettings, make_scenes, prefixed=False)


def _render() -> AnyCommand:
    """Render focal stacks from pictures with depth, once, to disk."""
    from training.data.render import render
    from training.data.render_settings import RenderSettings

    return Command(RenderSettings, render, prefixed=False)


def _render_validation() -> AnyCommand:
    """Render the fixed sets that networks are judged on."""
    from training.data.validation_sets import ValidationSettings, render_validation

    return Command(ValidationSettings, render_validation, prefixed=False)


def _pretrain() -> AnyCommand:
    """Teach the network depth from single sharp pictures; ``train --start`` goes on from there."""
    from training.learning.pretrain import PretrainSettings, pretrain

    return Command(PretrainSettings, _trains(pretrain), prefixed=False)


def _train() -> AnyCommand:
    """Train the network on rendered stacks; goes on where the run in the same folder ended."""
    from training.learning.train import TrainSettings, train

    return Command(TrainSettings, _trains(train), prefixed=False)


def _ship() -> AnyCommand:
    """Make a file of weights for the pipeline of a run, with a sigma fitted to its errors."""
    from training.learning.ship import ShipSettings, ship

    return Command(ShipSettings, ship, prefixed=False)


def _evaluate() -> AnyCommand:
    """Judge models on stacks with truth, and draw what they make of stacks without."""
    from training.judging.evaluate import EvaluateSettings, evaluate

    return Command(EvaluateSettings, evaluate, prefixed=False)


def _benchmark() -> AnyCommand:
    """Judge models on a benchmark of the field, by the rules of one of its papers."""
    from training.benchmarks.command import BenchmarkSettings, benchmark

    return Command(BenchmarkSettings, benchmark, prefixed=False)


def _ablate() -> AnyCommand:
    """Train the network without one of its parts at a time, and table what each is worth."""
    from training.learning.ablate import AblateSettings, ablate

    return Command(AblateSettings, _trains(ablate), prefixed=False)


def _curve() -> AnyCommand:
    """Draw how the error fell over runs that went on from each other."""
    from training.judging.curve import CurveSettings, draw_curve

    return Command(CurveSettings, draw_curve, prefixed=False)


def _attention() -> AnyCommand:
    """Draw what a patch attends to, and which tokens every slice activates."""
    from training.judging.attention import AttentionSettings, attention

    return Command(AttentionSettings, attention, prefixed=False)


def _dinov2() -> AnyCommand:
    """Make weights for the encoder of ``base`` from a DINOv2 ViT inside an ONNX file."""
    from training.learning.dinov2 import DinoSettings, convert_file

    return Command(DinoSettings, convert_file, prefixed=False)


_COMMANDS = {
    "scenes": _scenes,
    "render": _render,
    "render-validation": _render_validation,
    "pretrain": _pretrain,
    "train": _train,
    "ship": _ship,
    "evaluate": _evaluate,
    "benchmark": _benchmark,
    "ablate": _ablate,
    "curve": _curve,
    "attention": _attention,
    "dinov2": _dinov2,
}


def main(argv: Sequence[str], *, prog: str = "python -m training") -> int:
    """Run one command; returns the exit code."""
    about = "Render focal stacks; train, judge and ship the network."
    return run_program(_COMMANDS, argv, prog=prog, about=about, extra="train")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
