"""A slowed moving focus gives one slice of every slot, whenever the frames come."""

import itertools
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.camera import CameraFrame
from capture.lens import LensInfo
from capture.sweep.plan import SweepConfig, plan_sweep
from capture.sweep.ramp import Ramp

BEGUN_NS = 1_700_000_000_000_000_000
PICTURE = np.zeros((4, 6), np.uint8)


class Still:
    """A lens that takes every command; only the times of the frames matter here."""

    info = LensInfo(name="still", far_dpt=0.0, near_dpt=10.0, settle_s=0.023)

    def move(self, focus_dpt):
        pass

    def temperature_c(self):
        return None


def placements(
    waveform,
    *,
    slices_s,
    frame_rate_hz,
    phase,
    slots=6,
    overscan=None,
    sweeps=4,
    lost=(),
    settling=False,
    with_ids=False,
):
    """Where the frames of some sweeps were, the first one a share of a period after the start."""
    config = SweepConfig(slots=slots, waveform=waveform, overscan=overscan)
    plan = plan_sweep(config, lens=Still.info, frame_rate_hz=frame_rate_hz, slices_s=slices_s)
    begun_ns = BEGUN_NS
    clock = itertools.chain([begun_ns], itertools.repeat(2 * begun_ns))  # no command of the thread counts
    ramp = Ramp(plan, lens=Still(), frame_rate_hz=frame_rate_hz, clock=clock.__next__)
    ramp.start()
    ramp.stop()
    sweep_s = (slots + 2) / plan.rate_hz + 4 * Still.info.settle_s
    times_s = (np.arange(int(sweeps * sweep_s * frame_rate_hz)) + phase) / frame_rate_hz
    frames = [
        CameraFrame(
            image=PICTURE,
            frame_id=number,
            exposure_mid_ns=begun_ns + round(time_s * 1e9),
            exposure_s=0.001,
            clock="host",
        )
        for number, time_s in enumerate(times_s)
        if number not in lost
    ]
    found = [(frame.frame_id, ramp.place(frame, room=True)) for frame in frames]
    wanted = [(number, one) for number, one in found if one is not None and (settling or not one.settling)]
    return wanted if with_ids else [one for _, one in wanted]


@given(
    waveform=st.sampled_from(["triangle", "sawtooth"]),
    share=st.floats(0.05, 0.99),
    phase=st.floats(0, 1),
    slots=st.integers(2, 12),
)
def test_every_slot_has_one_slice(waveform, share, phase, slots):
    found = placements(waveform, slices_s=60 * share, frame_rate_hz=60.0, phase=phase, slots=slots)
    for sweep_id in range(max(one.sweep_id for one in found)):  # the last one may be cut
        one_sweep = [one for one in found if one.sweep_id == sweep_id]
        assert [one.slot for one in one_sweep][:: one_sweep[0].direction] == list(range(slots))
        assert [one.last_in_sweep for one in one_sweep] == [False] * (slots - 1) + [True]
    assert {one.slots for one in found} == {slots}
    assert {one.missed for one in found} == {0}


@given(
    waveform=st.sampled_from(["triangle", "sawtooth"]),
    phase=st.floats(0, 1),
    first=st.integers(3, 60),
    count=st.integers(1, 40),
)
def test_only_slots_without_a_slice_are_missed(waveform, phase, first, count):
    """Whether the frames that are lost were those of slots, between them, or of a turn."""
    found = placements(
        waveform,
        slices_s=20.0,
        frame_rate_hz=60.0,
        phase=phase,
        lost=range(first, first + count),
        settling=True,
    )
    taken = {(one.sweep_id, one.slot) for one in found if not one.settling}
    last = next(one for one in reversed(found) if not one.settling)
    along = last.slot if last.direction > 0 else last.slots - 1 - last.slot
    until = found[: found.index(last) + 1]
    assert sum(one.missed for one in until) == last.sweep_id * last.slots + along + 1 - len(taken)


@given(
    waveform=st.sampled_from(["triangle", "sawtooth"]),
    rate=st.sampled_from([{"slices_s": 100.0}, {"slices_s": 30.0, "overscan": 0.0}]),
    phase=st.floats(0.01, 0.99),
    lost=st.sets(st.integers(1, 110), max_size=60),
)
def test_slices_are_numbered_as_if_none_was_lost_where_no_slots_are_promised(waveform, rate, phase, lost):
    """Every frame, or without room to run out: the picture of the lossless run, and who is missing in it."""
    kept = {"waveform": waveform, "frame_rate_hz": 60.0, "phase": phase, **rate}
    with_ids = {"settling": True, "with_ids": True}
    whole, found = placements(**kept, **with_ids), placements(**kept, lost=lost, **with_ids)
    assert {one.slots for _, one in whole} == {None}
    numbers: dict[int, int] = {}
    expected = {}
    for frame_id, one in whole:
        if not one.settling:
            expected[frame_id] = (one.sweep_id, numbers.setdefault(one.sweep_id, 0))
            numbers[one.sweep_id] += 1
    every_frame = rate["slices_s"] > 60
    missed = 0
    for frame_id, one in found:
        missed += one.missed
        if one.settling:
            assert one.number is None
        elif every_frame:
            assert (one.sweep_id, one.number) == expected[frame_id]
            assert missed == len([known for known in expected if known < frame_id and known in lost])
        else:  # a later frame of the slot may have made up for the one that was lost
            in_slot = [(other.sweep_id, other.slot) for _, other in whole if not other.settling]
            assert one.number == in_slot.index((one.sweep_id, one.slot)) - in_slot.index(
                next(slot for slot in in_slot if slot[0] == one.sweep_id)
            )


def test_where_every_frame_is_a_slice_nobody_promises_how_many_there_are():
    found = placements("triangle", slices_s=100.0, frame_rate_hz=60.0, phase=0.3)
    assert {one.slots for one in found} == {None}


def test_without_room_to_run_out_the_first_slot_may_be_missing_and_nothing_is_promised():
    found = placements("triangle", slices_s=30.0, frame_rate_hz=60.0, phase=0.3, overscan=0.0)
    assert {one.slots for one in found} == {None}


class Counting(Still):
    """Counts its commands."""

    commands = 0

    def move(self, focus_dpt):
        self.commands += 1


@pytest.mark.parametrize("slices_s", [15.0, 100.0])
def test_images_taken_while_commands_came_late_are_left_out_and_counted(slices_s, caplog):
    config = SweepConfig(slots=6, waveform="triangle", rate_hz=15.0)
    plan = plan_sweep(config, lens=Still.info, frame_rate_hz=60.0, slices_s=slices_s)
    lens, hole_s, hole_ms = Counting(), (0.2, 0.3), 100
    ticks = [tick for tick in range(900) if not 200 <= tick < 200 + hole_ms]  # the thread asks each ms
    times = itertools.chain([0], ticks, itertools.repeat(10**6))
    ramp = Ramp(plan, lens=lens, frame_rate_hz=60.0, clock=lambda: BEGUN_NS + next(times) * 1_000_000)
    ramp.start()
    while lens.commands < len(ticks) // 2 + 2:
        time.sleep(0.001)
    ramp.stop()
    placed = {}
    for number in range(48):
        frame = CameraFrame(
            image=PICTURE, frame_id=number, exposure_mid_ns=BEGUN_NS + number * 1_000_000_000 // 60,
            exposure_s=0.001, clock="host",
        )  # fmt: skip
        placed[number / 60] = ramp.place(frame, room=True)
    settle_s = Still.info.settle_s  # the lens comes from where it was left
    slices_at_s = [at_s for at_s, one in placed.items() if one is not None and not one.settling]
    assert not [at_s for at_s in slices_at_s if hole_s[0] + 0.03 < at_s < hole_s[1] + settle_s]
    assert min(slices_at_s) < hole_s[0]
    assert max(slices_at_s) > hole_s[1]
    assert sum(one.missed for one in placed.values() if one is not None) >= 1
    assert caplog.text.count("images whose focus is not certain are left out") == 1


@pytest.mark.parametrize("slices_s", [15.0, 100.0])
def test_images_that_may_have_been_taken_later_than_a_quarter_slot_are_left_out_and_counted(slices_s, caplog):
    config = SweepConfig(slots=6, waveform="triangle", rate_hz=15.0)
    plan = plan_sweep(config, lens=Still.info, frame_rate_hz=60.0, slices_s=slices_s)
    quarter_s = 0.25 * plan.span_dpt / (plan.slots - 1) / plan.speed_dpt_s
    clock = itertools.chain([BEGUN_NS], itertools.repeat(2 * BEGUN_NS))  # no command of the thread counts
    ramp = Ramp(plan, lens=Still(), frame_rate_hz=60.0, clock=clock.__next__)
    ramp.start()
    ramp.stop()
    placed = []
    for number in range(96):
        share = 1.01 if 20 <= number < 40 else 0.9
        frame = CameraFrame(
            image=PICTURE, frame_id=number, exposure_mid_ns=BEGUN_NS + number * 1_000_000_000 // 60,
            exposure_s=0.001, clock="host", unsure_s=share * quarter_s,
        )  # fmt: skip
        placed.append(ramp.place(frame, room=True))
    slices = {number for number, one in enumerate(placed) if one is not None and not one.settling}
    assert not slices & set(range(20, 40))
    assert min(slices) < 20
    assert max(slices) > 40
    assert sum(one.missed for one in placed if one is not None) >= 1
    assert caplog.text.count("has no clock that says when they were taken") == 1
