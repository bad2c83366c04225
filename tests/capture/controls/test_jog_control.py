"""The lens held at one focus, between whole sweeps."""

import itertools

import numpy as np
import pytest

from capture.acquisition import Acquisition
from capture.controls.jog_control import JogControl
from capture.controls.rig import Rig
from capture.reconnect import ReconnectConfig, Reconnecting
from capture.recording.file_writer import FileWriter
from capture.recording.reader import RecordingReader
from capture.recording.recorder import Recorder
from focstream.control.pause import Pause
from focstream.pipeline import Pipeline
from focstream.types import FocalSlice, InputError
from inference.config import InferenceConfig
from inference.policies import make_estimator
from inference.sharpness.model import SharpnessModel
from tests.capture.controls.changed import MOST, Ask
from tests.capture.controls.test_camera_control import MOVING, of_genicam, simulated
from tests.capture.genicam.focussim import sharpest_dpt
from tests.capture.recording.recordings import ORIGIN


def jogged(source, rig, *, focus: str = "2", held: int = 12, tap=None, pause: Pause | None = None):
    """Two sweeps, so many pictures of a held lens, two sweeps; with the counts at the end."""
    pause = pause or Pause()
    pause.change("on")
    control = JogControl(rig, pause)
    taken: list[FocalSlice] = []
    with Acquisition(source, policy="lossless", tap=tap) as acquisition:
        slices = iter(acquisition)

        def read_sweeps(count: int) -> None:
            seen: set[int] = set()
            while len(seen) < count + 1:
                taken.append(next(slices))
                seen |= set() if taken[-1].tag.held else {taken[-1].tag.sweep_id}

        def change(value: str) -> None:
            asked = Ask(lambda: control.change(value))
            while asked.is_alive() and len(taken) < MOST:
                taken.append(next(slices))
            assert asked.error is None

        read_sweeps(2)
        change(focus)
        while sum(one.tag.held for one in taken) < held:
            taken.append(next(slices))
        assert control.state.value
        change("")
        read_sweeps(2)
        assert control.state.value == ""
        return taken, acquisition.counts


@pytest.mark.parametrize("sweep", [{}, {"waveform": "triangle", **MOVING}])
def test_what_is_seen_meanwhile_is_of_no_sweep_and_nothing_is_lost(sweep, tmp_path) -> None:
    rig = Rig()
    recorder = Recorder(FileWriter(tmp_path / "a.mcap", origin=ORIGIN), when_full="wait")
    taken, counts = jogged(simulated(rig, **sweep), rig, tap=recorder)
    recorder.close()
    kinds = [key for key, _ in itertools.groupby(taken, lambda one: one.tag.held)]
    assert kinds == [False, True, False]
    held = [one for one in taken if one.tag.held]
    assert {one.tag.focus_dpt for one in held} == {2.0}
    assert not any(one.tag.held for one in RecordingReader(tmp_path / "a.mcap").slices())
    before = [one.tag.sweep_id for one in taken if not one.tag.held]
    assert sorted(before) == before
    if not sweep:  # a busy computer commands a moving lens late, and leaves slices out
        assert counts.lost == 0
        assert all(one.tag.slices_lost == 0 for one in taken)
        whole = [len(list(each)) for _, each in itertools.groupby(before)][:-1]
        assert set(whole) == {4}


def test_the_picture_is_that_of_the_focus_asked_for() -> None:
    rig = Rig()
    taken, _ = jogged(simulated(rig), rig, held=40)
    last = [one for one in taken if one.tag.held][-1]
    sharp = {one.tag.slot: one for one in taken if not one.tag.held}
    assert np.abs(last.image.astype(float) - sharp[0].image).mean() > 1.0  # nor far …
    assert np.abs(last.image.astype(float) - sharp[3].image).mean() > 1.0  # … nor near


@pytest.mark.parametrize("timing", ["software", "free"])
def test_a_genicam_camera_shows_the_held_lens(focussim, bench, timing: str) -> None:
    rig = Rig()
    taken, counts = jogged(of_genicam(focussim, rig, timing=timing), rig, focus="0.2 m", held=40)
    last = [one for one in taken if one.tag.held][-1]
    assert sharpest_dpt(last.image) == pytest.approx(5.0, abs=0.1)
    if timing == "software":
        assert counts.lost == 0


def test_a_camera_that_moves_its_own_focus_cannot_hold_it(focussim, bench) -> None:
    rig = Rig()
    with of_genicam(focussim, rig, timing="sequencer"):
        assert not rig.state.can_hold


def test_it_does_not_go_without_a_pause_and_the_pause_does_not_end_without_it() -> None:
    rig, pause = Rig(), Pause()
    control = JogControl(rig, pause)
    source = simulated(rig)
    with Acquisition(source) as acquisition:
        slices = iter(acquisition)
        next(slices)
        with pytest.raises(InputError, match="lens: pause depth first"):
            control.change("2")
        pause.change("on")
        for value, says in (
            ("9", r"focuses -0\.25 … 5\.25 dpt; got 9"),
            ("0 m", "above 0 m"),
            ("x", "number"),
        ):
            with pytest.raises(InputError, match=says):
                control.change(value)
        asked = Ask(lambda: control.change("2"))
        while asked.is_alive():
            next(slices)
        assert asked.error is None
        with pytest.raises(InputError, match="the lens is held at 2 dpt; let it sweep first"):
            pause.change("off")
        assert pause.state.value == "on"


def test_depth_rests_meanwhile_and_goes_on_with_whole_sweeps() -> None:
    rig, pause = Rig(), Pause()
    taken, _ = jogged(simulated(rig), rig, pause=pause)
    pause.change("off")
    updates = []
    with Pipeline(make_estimator(SharpnessModel(), InferenceConfig(update="rolling")), ()) as pipeline:
        updates += pipeline.updates_of_runs(pause.runs(taken))
    assert [update.tag.sweep_id for update in updates if update.final] == sorted(
        {one.tag.sweep_id for one in taken if not one.tag.held}
    )
    after = max(one.tag.sweep_id for one in taken if one.tag.held)
    first_after = next(u for u in updates if u.tag.sweep_id > after)
    assert first_after.final  # the rolling map does not go on over what lies between
    assert not any(update.broken for update in updates[:-1])


def test_it_stays_held_when_the_camera_was_lost_and_is_back() -> None:
    rig, pause = Rig(), Pause()
    pause.change("on")
    control = JogControl(rig, pause)
    inner = simulated(rig)
    source = Reconnecting(inner, config=ReconnectConfig(wait_s=0.01))
    with source:
        asked = Ask(lambda: control.change("2"))
        while asked.is_alive():
            source.read(0.1)
        assert asked.error is None
    with source:
        found = None
        while found is None:
            found = source.read(0.1)
    assert found.tag.held
