"""Sweep coordinate and direction of every slot of a replayed stack, with metres or without."""

import itertools
from dataclasses import dataclass
from typing import Literal

from capture.folder.focus_list import FocusList
from focstream.types import FocusScale, HeightScale, Scale

Direction = Literal[-1, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotFocus:
    """The focus of one image; fields as in `focstream.SliceTag`."""

    sweep_coordinate: float
    focus_dpt: float | None
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class StackFocus:
    """The focus of all images of a stack, in the order in which they were taken.

    Attributes
    ----------
    slots
        One for each image.
    scale
        None where only the order is known.
    """

    slots: tuple[SlotFocus, ...]
    scale: Scale | None


def ordered_focus(count: int, *, reverse: bool) -> StackFocus:
    """Focus of `count` >= 2 images of which only the order is known: evenly spaced, the first one far.

    `reverse` makes the first one the nearest.
    """
    far_first = [slot / (count - 1) for slot in range(count)]
    direction: Direction = -1 if reverse else 1
    slots = tuple(
        SlotFocus(sweep_coordinate=coordinate, focus_dpt=None, direction=direction)
        for coordinate in (reversed(far_first) if reverse else far_first)
    )
    return StackFocus(slots=slots, scale=None)


def metric_focus(focus_list: FocusList) -> StackFocus:
    """Focus from a list in dioptres; its extremes are the limits of the sweep."""
    focus_dpt = focus_list.focus_dpt
    scale = FocusScale(
        far_dpt=min(focus_dpt),
        near_dpt=max(focus_dpt),
        level="approximate",
        calibration_id=focus_list.origin,
    )
    slots = tuple(
        SlotFocus(sweep_coordinate=scale.to_coordinate(value), focus_dpt=value, direction=direction)
        for value, direction in zip(focus_dpt, directions(focus_dpt), strict=True)
    )
    return StackFocus(slots=slots, scale=scale)


def height_focus(positions_um: tuple[float, ...], *, reverse: bool, origin: str) -> StackFocus:
    """Focus from positions of a stage along the optical axis, not all equal.

    Heights count from the farthest image. Whether a stage moves towards the objective while its position
    grows differs from microscope to microscope: the end with the first image is the far one, and `reverse`
    makes it the near one.
    """
    grows = positions_um[-1] >= positions_um[0]
    sign = 1.0 if grows != reverse else -1.0
    lowest_um = min(sign * position_um for position_um in positions_um)
    heights_um = tuple(sign * position_um - lowest_um for position_um in positions_um)
    scale = HeightScale(far_um=0.0, near_um=max(heights_um), calibration_id=origin)
    slots = tuple(
        SlotFocus(sweep_coordinate=scale.to_coordinate(height_um), focus_dpt=None, direction=direction)
        for height_um, direction in zip(heights_um, directions(heights_um), strict=True)
    )
    return StackFocus(slots=slots, scale=scale)


def directions(focus: tuple[float, ...]) -> tuple[Direction, ...]:
    """+1 where the focus, in dioptres or in height, came nearer, -1 where it went farther.

    A focus that stayed keeps the direction before it; the first image takes that of the first move.
    """
    moves: list[Direction | None] = [
        None if before == after else 1 if after > before else -1
        for before, after in itertools.pairwise(focus)
    ]
    result: list[Direction] = [next((move for move in moves if move is not None), 1)]
    for move in moves:
        result.append(result[-1] if move is None else move)
    return tuple(result)
