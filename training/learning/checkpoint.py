"""Checkpoints of a training run: written whole or not at all."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn
from torch.optim import Optimizer

from focstream.types import InputError
from inference.network.network import FocDepthFormer

NAME = "checkpoint.pt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is.

    Attributes
    ----------
    step, stacks
        Steps of the optimizer, and stacks seen.
    """

    step: int = 0
    stacks: int = 0

    def advanced(self, stacks: int) -> "Progress":
        """One step further."""
        return replace(self, step=self.step + 1, stacks=self.stacks + stacks)


def save_checkpoint(
    run: Path, progress: Progress, *, network: FocDepthFormer, average: nn.Module, optimizer: Optimizer
) -> None:
    """Save a run's state."""
    unfinished = run / f".{NAME}"
    torch.save(
        {
            "step": progress.step,
            "stacks": progress.stacks,
            "network": network.state_dict(),
            "average": average.state_dict(),
            "optimizer": optimizer.state_dict(),
            "config": network.config.model_dump(),
        },
        unfinished,
    )
    unfinished.replace(run / NAME)


def load_checkpoint(run: Path, *, network: nn.Module, average: nn.Module, optimizer: Optimizer) -> Progress:
    """Load a run's state, if there is one, into the given objects.

    Raises
    ------
    InputError
        When the run trained another network.
    """
    path = run / NAME
    if not path.exists():
        return Progress()
    saved = torch.load(path, map_location="cpu", weights_only=True)
    try:
        network.load_state_dict(saved["network"])
    except RuntimeError:
        raise InputError(
            f"{path}: is of another network; give the options of before, or another --run"
        ) from None
    average.load_state_dict(saved["average"])
    optimizer.load_state_dict(saved["optimizer"])
    return Progress(step=saved["step"], stacks=saved["stacks"])
