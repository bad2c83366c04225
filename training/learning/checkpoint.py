"""Checkpoints of a training run: written whole or not at all."""

import io
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn
from torch.optim import Optimizer

from engines.torch_file import first_line, read_torch_file
from focstream.files.writing import write_whole
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
    """Save a run's state.

    Raises
    ------
    InputError
        When it cannot be written; the one before stays.
    """
    saved = io.BytesIO()
    torch.save(
        {
            "step": progress.step,
            "stacks": progress.stacks,
            "network": network.state_dict(),
            "average": average.state_dict(),
            "optimizer": optimizer.state_dict(),
            "config": network.config.model_dump(),
        },
        saved,
    )
    write_whole(run / NAME, saved.getvalue())


def load_checkpoint(run: Path, *, network: nn.Module, average: nn.Module, optimizer: Optimizer) -> Progress:
    """Load a run's state, if there is one, into the given objects.

    Raises
    ------
    InputError
        When the run trained another network, or its checkpoint is damaged.
    """
    path = run / NAME
    if not path.exists():
        return Progress()
    saved = read_torch_file(path, what="checkpoint of a training run")
    try:
        network.load_state_dict(saved["network"])
        average.load_state_dict(saved["average"])
    except RuntimeError:
        raise InputError(
            f"{path}: is of another network; give the options of before, or another --run"
        ) from None
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: is no checkpoint of a training run ({first_line(error)})") from None
    try:
        optimizer.load_state_dict(saved["optimizer"])
        return Progress(step=int(saved["step"]), stacks=int(saved["stacks"]))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{path}: its optimizer is damaged ({first_line(error)}); give another --run"
        ) from None
