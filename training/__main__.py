"""``python -m training COMMAND``: render, train, judge."""

if __name__ == "__main__":  # before anything that takes time to import
    from focstream.program.signals import begin

    begin("python -m training")

import sys
from collections.abc import Sequence

from focstream.program.commands import AnyCommand, Command, run_program


def _alone() -> None:
    """Leave the cores to torch."""
    import cv2

    cv2.setNumThreads(1)


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
    from training.learning.command_settings import PretrainSettings

    def run(settings: PretrainSettings) -> None:
        from training.learning.pretrain import pretrain

        _alone()
        pretrain(settings)

    return Command(PretrainSettings, run, prefixed=False)


def _train() -> AnyCommand:
    """Train the network on rendered stacks; goes on where the run in the same folder ended."""
    from training.learning.command_settings import TrainSettings

    def run(settings: TrainSettings) -> None:
        from training.learning.train import train

        _alone()
        train(settings)

    return Command(TrainSettings, run, prefixed=False)


def _distil() -> AnyCommand:
    """Train a cheap network on what a good one makes of the same stacks, besides the truth."""
    from training.learning.command_settings import DistilSettings

    def run(settings: DistilSettings) -> None:
        from training.learning.distilling.distil import distil

        _alone()
        distil(settings)

    return Command(DistilSettings, run, prefixed=False)


def _ship() -> AnyCommand:
    """Make a file of weights for the pipeline of a run, with a sigma fitted to its errors."""
    from training.learning.command_settings import ShipSettings

    def run(settings: ShipSettings) -> None:
        from training.learning.ship import ship

        ship(settings)

    return Command(ShipSettings, run, prefixed=False)


def _evaluate() -> AnyCommand:
    """Judge models on stacks with truth, and draw what they make of stacks without."""
    from training.judging.command_settings import EvaluateSettings

    def run(settings: EvaluateSettings) -> None:
        from training.judging.evaluate import evaluate

        evaluate(settings)

    return Command(EvaluateSettings, run, prefixed=False)


def _benchmark() -> AnyCommand:
    """Judge models on a benchmark of the field, by the rules of one of its papers."""
    from training.benchmarks.settings import BenchmarkSettings

    def run(settings: BenchmarkSettings) -> None:
        from training.benchmarks.command import benchmark

        benchmark(settings)

    return Command(BenchmarkSettings, run, prefixed=False)


def _ablate() -> AnyCommand:
    """Train the network without one of its parts at a time, and table what each is worth."""
    from training.learning.command_settings import AblateSettings

    def run(settings: AblateSettings) -> None:
        from training.learning.ablate import ablate

        _alone()
        ablate(settings)

    return Command(AblateSettings, run, prefixed=False)


def _curve() -> AnyCommand:
    """Draw how the error fell over runs that went on from each other."""
    from training.judging.curve import CurveSettings, draw_curve

    return Command(CurveSettings, draw_curve, prefixed=False)


def _attention() -> AnyCommand:
    """Draw what a patch attends to, and which tokens every slice activates."""
    from training.judging.command_settings import AttentionSettings

    def run(settings: AttentionSettings) -> None:
        from training.judging.attention import attention

        attention(settings)

    return Command(AttentionSettings, run, prefixed=False)


def _dinov2() -> AnyCommand:
    """Make weights for the encoder of ``base`` from a DINOv2 ViT inside an ONNX file."""
    from training.learning.command_settings import DinoSettings

    def run(settings: DinoSettings) -> None:
        from training.learning.dinov2 import convert_file

        convert_file(settings)

    return Command(DinoSettings, run, prefixed=False)


_COMMANDS = {
    "scenes": _scenes,
    "render": _render,
    "render-validation": _render_validation,
    "pretrain": _pretrain,
    "train": _train,
    "distil": _distil,
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
