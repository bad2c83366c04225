"""Where the planner `gain` sends the lens, by maps of known depth."""

from dataclasses import replace

import numpy as np
import pytest

from focstream.active.wish import ENOUGH
from inference.planning.gain import GainPlanner
from tests.inference.planning.limits import Limits
from tests.updates import make_update

SHAPE = (48, 64)
TWO_SURFACES = np.where(np.arange(SHAPE[1]) < 32, 0.2, 0.8).astype(np.float32) * np.ones(SHAPE, np.float32)


def update_of(depth, *, sigma=0.05, sweep_id=0, at=0.0):
    values = np.broadcast_to(np.float32(depth), SHAPE).copy()
    update = make_update(values, coordinate_sigma=np.full(SHAPE, sigma, np.float32), final=False)
    return replace(update, tag=replace(update.tag, sweep_id=sweep_id, sweep_coordinate=at))


def swept(planner, depth, *, slices, sigma=0.05, sweep_id=0):
    """Return the slots of a sweep whose maps all look alike, and the wishes after the first two."""
    slots = list(planner.first)
    for k in range(slices):
        slots.append(planner.plan(update_of(depth, sigma=sigma, sweep_id=sweep_id, at=slots[k])).coordinate)
    return slots


def test_a_sweep_begins_far_near_and_between():
    slots = swept(GainPlanner(Limits()), 0.5, slices=1)
    assert slots[0] < 0.2
    assert slots[1] > 0.8
    assert slots[2] == 0.5


def test_slices_go_where_the_surfaces_are():
    slots = swept(GainPlanner(Limits()), TWO_SURFACES, slices=6)
    assert all(min(abs(slot - 0.2), abs(slot - 0.8)) < 0.12 for slot in slots[3:])
    assert {slot > 0.5 for slot in slots[3:5]} == {True, False}  # both, before one of them again


def test_what_is_sure_already_draws_no_slice():
    sigma = np.where(TWO_SURFACES < 0.5, 0.005, 0.06).astype(np.float32)
    update = replace(update_of(TWO_SURFACES), coordinate_sigma=sigma)
    planner = GainPlanner(Limits())
    slots = list(planner.first)
    for k in range(3):
        tag = replace(update.tag, sweep_coordinate=slots[k])
        slots.append(planner.plan(replace(update, tag=tag)).coordinate)
    assert all(slot > 0.6 for slot in slots[3:])


@pytest.mark.parametrize("least", [3, 5])
def test_a_sure_map_is_enough_but_not_before_the_fewest_slices(least):
    planner = GainPlanner(Limits(slots_least=least))
    wishes = [planner.plan(update_of(0.5, sigma=0.004, at=k / 10)) for k in range(least)]
    # The wish after slice k says whether slice k + 1 is the last: the sweep then has k + 2 slices.
    assert [wish == ENOUGH for wish in wishes] == [k + 2 >= least for k in range(least)]


def test_pixels_without_depth_are_not_sure():
    half = np.where(np.arange(SHAPE[1]) < 40, np.nan, 0.5)
    planner = GainPlanner(Limits())
    assert all(planner.plan(update_of(half, sigma=0.001, at=k / 10)) != ENOUGH for k in range(6))


def test_without_texture_the_sweep_is_uniform_and_that_is_said_once(caplog):
    planner = GainPlanner(Limits(slots=6))
    for sweep_id in range(3):
        slots = swept(planner, np.nan, slices=4, sweep_id=sweep_id)
        gaps = np.diff(sorted(slots))
        assert len(slots) == 6
        assert gaps.max() <= 2 / 5
    assert ["texture" in record.message for record in caplog.records] == [True]


def test_the_same_maps_give_the_same_wishes():
    rng = np.random.default_rng(3)
    depths = rng.random((5, *SHAPE), np.float32)
    runs = []
    for _ in range(2):
        planner = GainPlanner(Limits())
        runs.append([planner.plan(update_of(depth, at=k / 5)) for k, depth in enumerate(depths)])
    assert runs[0] == runs[1]


def test_a_new_sweep_knows_nothing_of_the_one_before():
    planner = GainPlanner(Limits())
    first = swept(planner, TWO_SURFACES, slices=5, sweep_id=0)
    assert swept(planner, TWO_SURFACES, slices=5, sweep_id=1) == first


def test_one_that_waits_for_every_map_never_goes_twice_to_a_probe():
    planner = GainPlanner(Limits(), lead=0)
    slots = [planner.first[0]]
    for k in range(4):
        slots.append(planner.plan(update_of(TWO_SURFACES, at=slots[k])).coordinate)
    assert slots[:2] == list(planner.first)
    assert len(set(slots)) == 5
