"""Where the planner `track` sends the lens, by maps of known depth."""

import logging
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from capture.sweep.plan import SweepPlan
from capture.sweep.route import ActiveRoute
from focstream.active.mailbox import FocusMailbox
from inference.planning.track import TrackPlanner
from tests.inference.planning.limits import Limits
from tests.updates import make_update

SHAPE = (48, 64)
TWO_SURFACES = np.where(np.arange(SHAPE[1]) < 32, 0.2, 0.8)
FAR_APART = np.where(np.arange(SHAPE[1]) < 32, 0.1, 0.9)
RAMP = np.linspace(0.0, 1.0, SHAPE[1])
UNIFORM = pytest.approx(np.linspace(0.0, 1.0, 10).tolist())


class Rig:
    """The route of an active sweep and its planner; what the maps show is given."""

    def __init__(self, limits: Limits | None = None, *, rolling: bool = False, off: float = 0.0) -> None:
        self._off = off
        self._rolling, self._slices, self._before = rolling, 0, 0
        limits = limits or Limits()
        self.mailbox = FocusMailbox(TrackPlanner(limits))
        self._plan = SweepPlan(
            far_dpt=0.0,
            near_dpt=1.0,
            waveform="active",
            rate_hz=60.0,
            overscan_dpt=0.0,
            slots=limits.slots,
            slots_least=limits.slots_least,
        )
        self._stamps_ns, self._sweep_ids = count(), count()
        self._without_maps = rolling
        self.reconnect()
        self._reconnects = 0

    def reconnect(self) -> None:
        """Begin anew, as after a lost device."""
        self._route = ActiveRoute(self._plan, wishes=self.mailbox)
        self._reconnects = 1

    def sweep(self, depth, *, sigma=0.02, broken=False, ended=None) -> list[float]:
        """Make a sweep whose maps all look alike; return its slots.

        `ended` is how its final map differs.
        """
        slots, sweep_id = [], next(self._sweep_ids)
        self._slices, self._before = 0, self._slices if self._rolling else 0
        while True:
            assert self._route.is_decided()
            stop = self._route.here
            slots.append(stop.focus_dpt)
            stamp_ns = next(self._stamps_ns)
            self._route.step(stamp_ns)
            shown = (depth, sigma) if ended is None or not stop.is_last else ended
            self._note(shown, stop, at=(sweep_id, stamp_ns), broken=broken)
            if stop.is_last:
                return slots

    def _note(self, shown, stop, *, at, broken) -> None:
        self._slices += 1
        tag = replace(
            make_update().tag,
            sweep_id=at[0],
            exposure_mid_ns=at[1],
            sweep_coordinate=stop.focus_dpt + self._off,
            reconnects=self._reconnects,
        )
        if self._without_maps and not stop.is_last:
            self.mailbox.note_unseen(tag)
            return
        self._without_maps = False
        values = np.broadcast_to(np.float32(shown[0]), SHAPE).copy()
        sigma = np.full(SHAPE, shown[1], np.float32)
        update = make_update(values, coordinate_sigma=sigma, tag=tag, final=stop.is_last)
        update = replace(update, slices_seen=self._slices + self._before)
        self.mailbox.note(replace(update, broken=broken and stop.is_last))


@pytest.fixture
def rig():
    return Rig()


def test_a_whole_sweep_then_only_where_something_is(rig):
    assert rig.sweep(0.55) == UNIFORM
    later = [rig.sweep(0.55) for _ in range(3)]
    assert later[0] == later[1] == later[2]
    assert len(later[0]) <= 4
    assert min(later[0]) < 0.5
    assert max(later[0]) > 0.6
    assert all(abs(slot - 0.55) < 0.3 for slot in later[0])


@pytest.mark.parametrize("depth", [TWO_SURFACES, FAR_APART])
def test_two_distances_take_few_slices_and_each_lies_between_two(rig, depth):
    rig.sweep(depth)
    slots = rig.sweep(depth)
    assert len(slots) <= 5
    for surface in np.unique(depth):
        assert [slot for slot in slots if surface - 0.2 < slot < surface]
        assert [slot for slot in slots if surface < slot < surface + 0.2]


def test_a_wide_stretch_where_nothing_is_is_passed_over(rig):
    rig.sweep(FAR_APART)
    assert not [slot for slot in rig.sweep(FAR_APART) if 0.3 < slot < 0.7]


def test_a_small_thing_in_front_is_visited_too(rig):
    depth = np.where(np.arange(SHAPE[1]) < 1, np.linspace(0.8, 0.95, SHAPE[0])[:, None], 0.3)
    rig.sweep(depth)
    slots = rig.sweep(depth)
    assert max(slots) > 0.95
    assert [slot for slot in slots if 0.7 < slot < 0.85]


def test_a_scene_that_fills_the_sweep_is_swept_in_coarser_steps_far_to_near(rig):
    rig.sweep(RAMP)
    slots = rig.sweep(RAMP)
    assert slots == pytest.approx(np.linspace(0.0, 1.0, 6), abs=0.03)


def test_where_maps_see_two_sweeps_the_second_goes_between_the_slots_of_the_first():
    rig = Rig(rolling=True)
    for _ in range(2):  # the first gives no map before it ends: the second begins as it did
        rig.sweep(RAMP)
    second, first, again = (rig.sweep(RAMP) for _ in range(3))
    assert first == pytest.approx(np.linspace(0.0, 1.0, 6), abs=0.03)
    assert second == again == pytest.approx((np.array(first[1:]) + first[:-1]) / 2)


def test_nothing_goes_between_two_distances():
    rig = Rig(Limits(slots=20), rolling=True)
    slanted = np.where(np.arange(SHAPE[1]) < 32, 0.3 * RAMP, 0.7 + 0.3 * RAMP)
    for _ in range(2):
        rig.sweep(slanted)
    sweeps = [rig.sweep(slanted) for _ in range(3)]
    assert sweeps[0] != sweeps[1]
    assert not [slot for slots in sweeps for slot in slots if 0.3 < slot < 0.7]


@pytest.mark.parametrize("every", [1, 2, 4])
def test_every_so_many_sweeps_one_is_whole(every):
    rig = Rig(Limits(whole_every=every))
    wholes = [rig.sweep(0.55) == UNIFORM for _ in range(9)]
    assert [k for k, whole in enumerate(wholes) if whole] == list(range(0, 9, every))


def test_what_moves_slowly_is_followed():
    rig = Rig(Limits(whole_every=100))
    for step in range(12):
        place = 0.2 + 0.05 * step
        slots = rig.sweep(place)
        assert step == 0 or slots != UNIFORM
        assert min(slots) < place < max(slots)


@pytest.mark.parametrize("far", [0.3, 0.45, 0.6])
def test_what_moves_away_between_two_sweeps_brings_a_whole_one_from_far_to_near(rig, far):
    """The first two slots are under way already; what is before them comes in order, or with all the rest."""
    rig.sweep(0.7)
    rig.sweep(0.7, ended=(far, 0.02))
    slots = rig.sweep(far)
    assert slots == sorted(slots) or (len(slots) == 10 and slots[2:] == sorted(slots[2:]))
    assert min(slots) < far < max(slots)
    after = rig.sweep(far)
    assert len(after) <= 5
    assert after == sorted(after)


def test_what_shows_up_beyond_the_slots_brings_a_whole_sweep(rig):
    rig.sweep(0.2)
    assert rig.sweep(0.2, ended=(TWO_SURFACES, 0.02))[-1] < 0.5
    both = rig.sweep(TWO_SURFACES)
    assert len(both) == 10  # its first two slots were under way already
    assert max(np.diff(sorted(both))) < 0.2
    assert len(rig.sweep(TWO_SURFACES)) <= 5


def test_a_sigma_that_rises_brings_a_whole_sweep(rig):
    for _ in range(3):
        rig.sweep(0.55)
    rig.sweep(0.55, sigma=0.05)
    assert len(rig.sweep(0.55)) == 10


def test_a_sigma_that_is_good_enough_is_not_high():
    rig = Rig(Limits(good_enough=0.06))
    rig.sweep(0.55)
    assert [len(rig.sweep(0.55, sigma=0.05)) for _ in range(3)] == [4, 4, 4]


def test_slots_that_were_too_far_apart_are_nearer_next_time(rig):
    rig.sweep(RAMP)
    coarse = rig.sweep(RAMP, sigma=0.05)
    rig.sweep(RAMP)
    fine = rig.sweep(RAMP, sigma=0.05)
    assert len(coarse) < len(fine) < 10
    for _ in range(10):
        assert len(rig.sweep(RAMP, sigma=0.05)) <= 10


def test_after_a_broken_sweep_or_a_lost_device_a_sweep_is_whole(rig):
    rig.sweep(0.55)
    rig.sweep(0.55, broken=True)
    assert len(rig.sweep(0.55)) == 10
    assert len(rig.sweep(0.55)) <= 4
    rig.reconnect()
    assert rig.sweep(0.55) == UNIFORM


def test_without_texture_every_sweep_is_uniform_and_that_is_said_once(rig, caplog):
    caplog.set_level(logging.WARNING)
    assert all(rig.sweep(np.nan) == UNIFORM for _ in range(4))
    assert ["texture" in record.message for record in caplog.records] == [True]


def test_a_first_sweep_without_maps_is_whole_and_the_next_one_is_tracked():
    """With ``--update rolling`` the first map is that of the first whole sweep."""
    rig = Rig(rolling=True)
    assert rig.sweep(0.55) == UNIFORM
    slots = rig.sweep(0.55)
    assert len(slots) < 10
    assert slots[:2] == UNIFORM.expected[:2]  # the lens was on its way to them
    assert [slot for slot in slots if 0.4 < slot < 0.55]
    assert [slot for slot in slots if 0.55 < slot < 0.7]
    assert len(rig.sweep(0.55)) <= 4


def test_slots_may_be_many_and_slices_a_little_off_them():
    rig = Rig(Limits(slots=200), off=0.01)
    rig.sweep(0.55)
    slots = rig.sweep(0.55)
    assert len(slots) < 60
    assert slots[-1] - slots[0] > 0.3
    assert rig.sweep(0.55) == slots


@pytest.mark.parametrize("least", [2, 5, 8])
def test_no_sweep_is_shorter_than_the_fewest_slices(least):
    rig = Rig(Limits(slots_least=least))
    rig.sweep(0.55)
    slots = rig.sweep(0.55)
    assert len(slots) == max(least, 4)
    assert slots == sorted(slots)


@pytest.mark.parametrize("slots", [2, 3, 4])
def test_where_the_most_are_few_every_sweep_is_whole(slots):
    rig = Rig(Limits(slots=slots, slots_least=2))
    assert {len(rig.sweep(RAMP)) for _ in range(4)} <= {slots}


def test_the_same_maps_give_the_same_slots():
    depths = np.random.default_rng(3).random((6, *SHAPE), np.float32)
    runs = []
    for _ in range(2):
        rig = Rig()
        runs.append([rig.sweep(depth) for depth in depths])
    assert runs[0] == runs[1]
