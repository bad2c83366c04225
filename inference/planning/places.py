"""Where something is along the focus, and the slots of a sweep that goes nowhere else."""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inference.planning.cells import COORDINATES, Cells

_SURE_CLASSES = 7  # of `SIGMAS`: up to a tenth of the sweep; who knows less does not know where something is
_WINDOW = 2  # places on either side that count as one
_NOTHING = 0.005  # of the weights: fewer cells within a window are errors of the map, as at edges
_TAIL = 0.01  # of the weights at either end of a stretch: the margin covers them
_EMPTY = 2.0  # spacings in which nothing is, to be passed over
_FEWEST = 4  # the network is lost with less,
_SPAN = 0.3  # and with less from the first to the last: what is nowhere blurred shows it nothing
_WIDE = 0.2


def slots_of(cells: Cells, *, spacing: float, least: int, most: int) -> tuple[float, ...]:
    """Return the slots that show everything that a map knows of, far to near; () where that takes too many.

    Every surface lies between two slices, about `spacing` apart. Wide stretches in which nothing is are not
    visited.

    Parameters
    ----------
    cells
        Of the map.
    spacing
        Of the slots, as a share of the sweep.
    least, most
        How many.
    """
    extents = _extents(cells)
    least = max(least, _FEWEST)
    for margin in (spacing / 2, max(spacing, _WIDE)):
        ranges = _merged(
            [(max(far - margin, 0.0), min(near + margin, 1.0)) for far, near in extents], spacing
        )
        slots = _spaced(ranges, spacing)
        if len(slots) >= least and slots[-1] - slots[0] >= _SPAN:
            break
    while ranges and len(slots) < least:
        spacing *= 0.9
        slots = _spaced(ranges, spacing)
    return slots if len(slots) <= most else ()


def between(slots: tuple[float, ...], *, spacing: float) -> tuple[float, ...]:
    """Return the middles between slots of one stretch, `spacing` apart or a little more."""
    return tuple((far + near) / 2 for far, near in pairwise(slots) if near - far < _EMPTY * spacing)


def share_beyond(cells: Cells, slots: NDArray[np.float64], *, reach: float) -> float:
    """Return the share of what a map shows that is farther than `reach` from every slot."""
    sure = cells.weights[:_SURE_CLASSES].sum(axis=0)
    beyond = np.abs(COORDINATES[:, None] - slots[None, :]).min(axis=1) > reach
    return float(sure[beyond].sum() / max(sure.sum(), 1.0))


def _extents(cells: Cells) -> list[tuple[float, float]]:
    """Far and near end of every stretch where something is."""
    sure = cells.weights[:_SURE_CLASSES].sum(axis=0)
    shown = np.convolve(sure, np.ones(2 * _WINDOW + 1), mode="same")
    occupied = np.flatnonzero((shown > _NOTHING * sure.sum()) & (sure > 0.0))
    if occupied.size == 0:
        return []
    parts = np.split(occupied, np.flatnonzero(np.diff(occupied) > _WINDOW) + 1)
    return [_trimmed(sure, part) for part in parts]


def _trimmed(sure: NDArray[np.float64], part: NDArray[np.intp]) -> tuple[float, float]:
    """Return the coordinates between which most of one stretch lies."""
    share = np.cumsum(sure[part])
    far, near = np.searchsorted(share, np.array((_TAIL, 1.0 - _TAIL)) * share[-1])
    return float(COORDINATES[part[far]]), float(COORDINATES[part[near]])


def _merged(ranges: list[tuple[float, float]], spacing: float) -> list[tuple[float, float]]:
    """Join ranges that are near to each other: a slot between them makes depth better than it costs."""
    joined: list[tuple[float, float]] = []
    for far, near in ranges:
        if joined and far - joined[-1][1] < _EMPTY * spacing:
            joined[-1] = (joined[-1][0], near)
        else:
            joined.append((far, near))
    return joined


def _spaced(ranges: list[tuple[float, float]], spacing: float) -> tuple[float, ...]:
    slots: list[float] = []
    for far, near in ranges:
        slots += np.linspace(far, near, max(math.ceil((near - far) / spacing - 0.25), 1) + 1).tolist()
    return tuple(slots)
