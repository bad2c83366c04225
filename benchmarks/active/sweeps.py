"""Sweeps of a virtual lens: uniform ones, and those of a planner."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.active.virtual_lens import VirtualLens
from focstream.protocols import FocusPlanner
from focstream.types import DepthUpdate, FocalSlice, SliceTag
from inference.depth_model import DepthModel
from inference.policies import RefineEstimator

Model = DepthModel[Any, Any]


def uniform(lens: VirtualLens, model: Model, *, slots: int) -> DepthUpdate:
    """Return the final map of a uniform sweep, far to near."""
    updates = list(_maps(lens, model, np.linspace(0.0, 1.0, slots).tolist()))
    return updates[-1]


def all_slices(lens: VirtualLens, model: Model) -> DepthUpdate:
    """Return the map of all slices of a stack."""
    return list(_maps(lens, model, lens.all_coordinates))[-1]


def active(
    lens: VirtualLens, model: Model, planner: FocusPlanner, *, slots: int, lead: int, times_ms: list[float]
) -> list[DepthUpdate]:
    """Return the maps of one sweep, one after each slice.

    Parameters
    ----------
    planner
        Asked after every map, as live.
    slots
        The most slices.
    lead
        Slots that the lens is ahead of the map: 1 as live, 0 where the lens waits for every map.
    times_ms
        Gets what each plan took.
    """
    estimator = RefineEstimator(model)
    ahead = list(planner.first[: 1 + lead])
    updates: list[DepthUpdate] = []
    while ahead and len(updates) < slots:
        updates.append(_pushed(estimator, lens, ahead.pop(0), number=len(updates)))
        started_s = time.perf_counter()
        wish = planner.plan(updates[-1])
        times_ms.append(1000 * (time.perf_counter() - started_s))
        if wish.coordinate is None:
            # What the lens is on its way to is taken, and is the last.
            for coordinate in ahead[: slots - len(updates)]:
                updates.append(_pushed(estimator, lens, coordinate, number=len(updates)))
            break
        ahead.append(wish.coordinate)
    estimator.close()
    return updates


def _maps(lens: VirtualLens, model: Model, coordinates: Sequence[float]) -> Iterator[DepthUpdate]:
    estimator = RefineEstimator(model)
    for number, coordinate in enumerate(coordinates):
        yield _pushed(estimator, lens, coordinate, number=number)
    estimator.close()


def slice_of(
    lens: VirtualLens,
    coordinate: float,
    *,
    number: int,
    stamp: int | None = None,
    sweep_id: int = 0,
) -> FocalSlice:
    """Take a slice, the `number`-th of its sweep; `stamp` counts on over all sweeps."""
    stamp = number if stamp is None else stamp
    image, coordinate = lens.at(coordinate)
    tag = SliceTag(
        sweep_id=sweep_id,
        slot=number,
        frame_id=stamp,
        sweep_coordinate=coordinate,
        focus_dpt=None,
        focus_dpt_commanded=None,
        exposure_mid_ns=stamp,
        clock="host",
        number=number,
        active="more",
    )
    return FocalSlice(image=image.copy(), tag=tag)


def _pushed(
    estimator: RefineEstimator[Any, Any], lens: VirtualLens, coordinate: float, *, number: int
) -> DepthUpdate:
    update = estimator.push(slice_of(lens, coordinate, number=number))
    assert update is not None  # the estimator shows every slice
    return update
