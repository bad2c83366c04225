"""A slowed moving focus gives one slice of every slot, whenever the frames come."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from capture.camera import CameraFrame
from capture.lens import LensInfo
from capture.sweep.plan import SweepConfig, plan_sweep
from capture.sweep.ramp import Ramp
from focstream.clock import now_ns

PICTURE = np.zeros((4, 6), np.uint8)


class Still:
    """A lens that takes every command; only the times of the frames matter here."""

    info = LensInfo(name="still", far_dpt=0.0, near_dpt=10.0, settle_s=0.023)

    def move(self, focus_dpt):
        pass

    def temperature_c(self):
        return None


def placements(
    waveform, *, slices_s, frame_rate_hz, phase, slots=6, overscan=None, sweeps=4, lost=(), settling=False
):
    """Where the frames of some sweeps were, the first one a share of a period after the start."""
    config = SweepConfig(slots=slots, waveform=waveform, overscan=overscan)
    plan = plan_sweep(config, lens=Still.info, frame_rate_hz=frame_rate_hz, slices_s=slices_s)
    ramp = Ramp(plan, lens=Still(), frame_rate_hz=frame_rate_hz)
    ramp.start()
    begun_ns = now_ns()
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
    found = [ramp.place(frame, room=True) for frame in frames]
    return [one for one in found if one is not None and (settling or not one.settling)]


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


def test_where_every_frame_is_a_slice_nobody_promises_how_many_there_are():
    found = placements("triangle", slices_s=100.0, frame_rate_hz=60.0, phase=0.3)
    assert {one.slots for one in found} == {None}


def test_without_room_to_run_out_the_first_slot_may_be_missing_and_nothing_is_promised():
    found = placements("triangle", slices_s=30.0, frame_rate_hz=60.0, phase=0.3, overscan=0.0)
    assert {one.slots for one in found} == {None}
