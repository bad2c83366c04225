"""``python -m training COMMAND``: render, train, judge."""

import sys

import cv2
from tyro.extras import SubcommandApp

from focstream.program.commands import run_command
from training.data.render import RenderSettings, render
from training.data.validation_sets import ValidationSettings, render_validation
from training.judging.attention import AttentionSettings, attention
from training.judging.curve import CurveSettings, draw_curve
from training.judging.evaluate import EvaluateSettings, evaluate
from training.learning.ablate import AblateSettings, ablate
from training.learning.pretrain import PretrainSettings, pretrain
from training.learning.ship import ShipSettings, ship
from training.learning.train import TrainSettings, train

app = SubcommandApp()


@app.command(name="render")
def _render(settings: RenderSettings) -> None:
    """Render focal stacks from pictures with depth, once, to disk."""
    render(settings)


@app.command(name="render-validation")
def _render_validation(settings: ValidationSettings) -> None:
    """Render the fixed sets that networks are judged on."""
    render_validation(settings)


@app.command(name="pretrain")
def _pretrain(settings: PretrainSettings) -> None:
    """Teach the network depth from single sharp pictures; ``train --start`` goes on from there."""
    cv2.setNumThreads(1)
    pretrain(settings)


@app.command(name="train")
def _train(settings: TrainSettings) -> None:
    """Train the network on rendered stacks; goes on where the run in the same folder ended."""
    cv2.setNumThreads(1)  # the cores are for torch
    train(settings)


@app.command(name="ship")
def _ship(settings: ShipSettings) -> None:
    """Make a file of weights for the pipeline of a run, with a sigma fitted to its errors."""
    ship(settings)


@app.command(name="evaluate")
def _evaluate(settings: EvaluateSettings) -> None:
    """Judge models on stacks with truth, and draw what they make of stacks without."""
    evaluate(settings)


@app.command(name="ablate")
def _ablate(settings: AblateSettings) -> None:
    """Train the network without one of its parts at a time, and table what each is worth."""
    cv2.setNumThreads(1)
    ablate(settings)


@app.command(name="curve")
def _curve(settings: CurveSettings) -> None:
    """Draw how the error fell over runs that went on from each other."""
    draw_curve(settings)


@app.command(name="attention")
def _attention(settings: AttentionSettings) -> None:
    """Draw what a patch attends to, and which tokens every slice activates."""
    attention(settings)


def main() -> int:
    """Run one command; returns the exit code."""
    return run_command(app, prog="python -m training")


if __name__ == "__main__":
    sys.exit(main())
