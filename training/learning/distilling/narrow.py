"""Lets a narrow network begin with channels of a wide one.

Of every axis of every weight, evenly spaced entries are taken: then the channels that one layer gives are
those that the next one takes (weight selection, Xu et al. 2024).
"""

import torch
from torch import Tensor

from focstream.types import InputError
from inference.network.decoder import FOCUS_SCALARS
from inference.network.network import FocDepthFormer
from inference.network.stem import CELL_VALUES

_KEPT_FIRST = {"decoder.merge.weight": FOCUS_SCALARS + CELL_VALUES}
"""_KEPT_FIRST of the inputs are what every network measures, and all are taken; behind them are features."""


@torch.no_grad()
def narrow(network: FocDepthFormer, wide: FocDepthFormer) -> None:
    """Fill a network with evenly spaced channels of a wider one, and with its first layers.

    Raises
    ------
    InputError
        When `wide` lacks a part, or is narrower somewhere.
    """
    given = wide.state_dict()
    taken: dict[str, Tensor] = {}
    for name, weight in network.state_dict().items():
        source = given.get(name)
        if source is None or source.ndim != weight.ndim or any(_wider(weight, source)):
            raise InputError(
                f"the teacher has no {name} of {tuple(weight.shape)} or more, so a student of this size "
                "cannot begin with its channels; give --no-narrowed, or --start"
            )
        taken[name] = _entries(source, weight.shape, kept=_KEPT_FIRST.get(name, 0))
    network.load_state_dict(taken)


def _wider(weight: Tensor, source: Tensor) -> list[bool]:
    return [mine > other for mine, other in zip(weight.shape, source.shape, strict=True)]


def _entries(source: Tensor, shape: torch.Size, *, kept: int) -> Tensor:
    taken = source
    for axis, count in enumerate(shape):
        first = kept if axis == 1 else 0
        taken = taken.index_select(axis, _spaced(count, source.shape[axis], first=first))
    return taken


def _spaced(count: int, among: int, *, first: int) -> Tensor:
    """Return the first places, and behind them evenly spaced ones."""
    behind = torch.arange(count - first) * (among - first) // max(count - first, 1)
    return torch.cat([torch.arange(first), first + behind])
