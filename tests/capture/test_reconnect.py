"""Lost devices: the broken sweep never completes, and nothing of it gets into the next."""

import itertools
import threading
import time

import pytest

from capture.acquisition import Acquisition
from capture.genicam.camera import GenicamCamera
from capture.reconnect import ReconnectConfig, Reconnecting
from capture.simulator.scripted_source import ScriptedSource
from focstream.active.mailbox import FocusMailbox
from focstream.active.planned_estimator import planned
from focstream.pipeline import Pipeline
from focstream.types import DeviceLostError, DeviceNotFoundError
from inference.planning.gain import GainPlanner
from inference.policies import RefineEstimator
from inference.sharpness import SharpnessModel
from tests.capture.genicam.focussim import sharpest_dpt
from tests.capture.genicam.test_sweep import LIMITS, sweep_of
from tests.slices import make_slice

QUICK = ReconnectConfig(limit=4, wait_s=0.01)


def read_all(source):
    taken = []
    with source:
        try:
            while True:
                one = source.read(0.05)
                taken += [] if one is None else [one]
        except EOFError:
            return taken


def read_on(source, *, reads=1000):
    """Read until the device is lost, at most so many times in vain."""
    while reads:
        reads -= source.read(0.1) is None


def script(*what):
    return ScriptedSource(what, free_running=True)


def test_without_losses_nothing_changes():
    slices = [make_slice(slot, sweep_id=0, frame_id=slot) for slot in range(3)]
    assert read_all(Reconnecting(script(*slices), config=QUICK)) == slices


def test_after_a_loss_sweeps_and_frames_count_on():
    source = script(
        make_slice(sweep_id=2, frame_id=7),
        DeviceLostError("pulled"),
        make_slice(sweep_id=0, frame_id=1),  # opened again, a camera counts from the beginning
        make_slice(sweep_id=1, frame_id=3),
    )
    tags = [one.tag for one in read_all(Reconnecting(source, config=QUICK))]
    assert [(tag.sweep_id, tag.frame_id, tag.reconnects) for tag in tags] == [
        (2, 7, 0),
        (3, 8, 1),
        (4, 10, 1),
    ]


@pytest.mark.parametrize("limit", [0, 3])
def test_a_device_that_stays_away_is_an_error_after_so_many_attempts(focussim, bench, limit):
    source = Reconnecting(sweep_of(focussim, timing="free"), config=ReconnectConfig(limit=limit, wait_s=0.01))
    with source:
        while source.read(0.1) is None:
            pass
        bench.set(unplugged=1)
        told = "genicam:FS0001.*" + (f"{limit} attempts" if limit else "")
        with pytest.raises(DeviceLostError, match=told):
            read_on(source)
    bench.set()
    with GenicamCamera(cti_files=[focussim]):  # nothing of it is left open
        pass


@pytest.mark.parametrize("fault", [{"stalled": 1}, {"incomplete_percent": 100}])
def test_a_device_that_comes_back_but_delivers_nothing_is_an_error_too(focussim, bench, fault):
    bench.set(**fault)
    source = Reconnecting(sweep_of(focussim, timing="software"), config=ReconnectConfig(limit=2, wait_s=0.01))
    with source, pytest.raises(DeviceLostError, match="delivered nothing: 2 attempts"):
        read_on(source)


@pytest.mark.parametrize("timing", ["software", "free", "sequencer"])
def test_pulled_for_two_seconds_in_the_middle(focussim, bench, timing):
    source = Reconnecting(sweep_of(focussim, timing=timing), config=ReconnectConfig(limit=50, wait_s=0.1))
    slices, pulled = [], None
    with Acquisition(source) as acquisition:
        for one in acquisition:
            slices.append(one)
            if len(slices) == 20 and pulled is None:
                bench.set(unplugged=1)
                pulled = threading.Timer(2.0, bench.set)
                pulled.start()
            if one.tag.reconnects and len(slices) > 60:
                break
    pulled.join()
    assert source.reconnects == 1
    for one in slices:
        assert one.tag.focus_dpt == pytest.approx(sharpest_dpt(one.image), abs=0.08)
    before = {one.tag.sweep_id for one in slices if not one.tag.reconnects}
    after = {one.tag.sweep_id for one in slices if one.tag.reconnects}
    assert min(after) > max(before)
    for earlier, later in itertools.pairwise(one.tag for one in slices):
        assert (later.sweep_id, later.slot) > (earlier.sweep_id, earlier.slot)
        assert later.frame_id > earlier.frame_id
    first_after = next(one.tag for one in slices if one.tag.reconnects)
    last_before = [one.tag for one in slices if not one.tag.reconnects][-1]
    # On a busy machine a camera that does not wait may lose the first exposures; then they are counted.
    assert first_after.slot == 0 or first_after.slices_lost > last_before.slices_lost


def test_an_active_sweep_is_broken_by_a_loss_and_the_next_one_begins_anew(focussim, bench):
    # All its slices: the sixth is far from the end of a sweep, which may else have come "enough" by then.
    config = LIMITS.model_copy(update={"waveform": "active", "slots": 12, "slots_least": 12})
    mailbox = FocusMailbox(GainPlanner(config))
    live = sweep_of(focussim, sweep=config, timing="software", wishes=mailbox)
    source = Reconnecting(live, config=ReconnectConfig(limit=50, wait_s=0.1))
    finals, pulled = [], None
    with Acquisition(source) as acquisition:
        pipeline = Pipeline(planned(RefineEstimator(SharpnessModel()), mailbox), [])
        for update in pipeline.updates(acquisition, behind=acquisition.behind):
            finals += [update] if update.final else []
            if pulled is None and finals and len(update.slots_taken) == 6:
                bench.set(unplugged=1)
                pulled = threading.Timer(1.0, bench.set)
                pulled.start()
            if update.final and update.tag.reconnects:
                break
    pulled.join()
    assert not mailbox.failed
    assert [one.ended for one in finals if one.broken] == ["broken"]
    assert finals[-1].ended == "limit"
    assert finals[-1].slots_taken[:2] == pytest.approx((0.0, 1.0), abs=0.05)


@pytest.mark.parametrize("fault", ["stalled", "unplugged"])
@pytest.mark.parametrize("timing", ["software", "free"])
def test_a_loss_is_noticed(focussim, bench, timing, fault):
    with sweep_of(focussim, timing=timing) as source:
        while source.read(0.1) is None:
            pass
        bench.set(**{fault: 1})
        with pytest.raises(DeviceLostError, match=r"FS0001|camera"):
            read_on(source, reads=10)  # a second of waiting


def test_a_camera_that_another_program_has(focussim, bench):
    bench.set(busy=1)
    with pytest.raises(DeviceNotFoundError, match=r"FS0001 cannot be opened .*close other programs"):
        GenicamCamera(cti_files=[focussim]).__enter__()


def test_waits_grow_to_a_limit(focussim, bench):
    source = Reconnecting(
        sweep_of(focussim, timing="free"), config=ReconnectConfig(limit=5, wait_s=0.02, longest_wait_s=0.05)
    )
    with source:
        bench.set(unplugged=1)
        time.sleep(0.05)
        with pytest.raises(DeviceLostError, match="5 attempts"):
            read_on(source)
