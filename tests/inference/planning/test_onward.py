"""Where the planner `onward` sends the lens, by maps of known depth."""

from dataclasses import replace

import numpy as np
import pytest

from focstream.active.wish import ENOUGH
from inference.planning.onward import OnwardPlanner
from tests.inference.planning.limits import Limits
from tests.updates import make_update

SHAPE = (48, 64)
STEP = 1 / 9


def update_of(depth, *, sigma=0.02, sweep_id=0):
    values = np.broadcast_to(np.float32(depth), SHAPE).copy()
    update = make_update(values, coordinate_sigma=np.full(SHAPE, sigma, np.float32), final=False)
    return replace(update, tag=replace(update.tag, sweep_id=sweep_id))


def swept(depth, *, limits=None, sigma=0.02, sweeps=1):
    """Return the slots of the last of some sweeps whose maps all look alike."""
    planner = OnwardPlanner(limits or Limits())
    for sweep_id in range(sweeps):
        slots = list(planner.first)
        while len(slots) < 12:
            wish = planner.plan(update_of(depth, sigma=sigma, sweep_id=sweep_id))
            if wish == ENOUGH:
                break
            slots.append(wish.coordinate)
    return slots


def test_a_scene_that_fills_the_sweep_is_swept_uniformly():
    slots = swept(np.linspace(0.0, 1.0, SHAPE[1], dtype=np.float32))
    assert slots == pytest.approx(np.linspace(0.0, 1.0, 10), abs=0.02)


def test_one_distance_takes_no_slices_elsewhere():
    slots = swept(0.55)
    assert len(slots) <= 5
    assert min(abs(slot - 0.55) for slot in slots) < STEP / 2
    assert slots[-1] > 0.55  # what is sharpest there has slices on both sides


def test_two_distances_take_no_slices_between():
    half = np.where(np.arange(SHAPE[1]) < 32, 0.2, 0.8)
    slots = swept(half)
    assert not [slot for slot in slots if 0.4 < slot < 0.65]
    assert min(abs(slot - 0.2) for slot in slots) < STEP
    assert min(abs(slot - 0.8) for slot in slots) < STEP


def test_the_lens_goes_one_way():
    rng = np.random.default_rng(1)
    planner = OnwardPlanner(Limits())
    slots = list(planner.first)
    for _ in range(8):
        wish = planner.plan(update_of(rng.random(SHAPE, np.float32), sigma=0.1))
        slots += [] if wish == ENOUGH else [wish.coordinate]
    assert slots == sorted(slots)


@pytest.mark.parametrize("least", [2, 6])
def test_a_sure_map_ends_the_sweep_but_not_before_the_fewest_slices(least):
    assert len(swept(0.9, sigma=0.004, limits=Limits(slots_least=least))) == max(least, 2)


def test_without_texture_the_sweep_is_uniform_and_that_is_said_once(caplog):
    assert swept(np.nan, sweeps=3) == pytest.approx(np.linspace(0.0, 1.0, 10), abs=0.02)
    assert ["texture" in record.message for record in caplog.records] == [True]


def test_every_sweep_begins_at_the_far_end():
    assert swept(0.55, sweeps=3) == swept(0.55)
