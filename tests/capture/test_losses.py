"""Whatever is lost, wherever: what each map says is missing is what truly is."""

import dataclasses
import itertools
import logging
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.acquisition import Acquisition
from capture.recording.reader import RecordingReader
from capture.recording.replay import Replay
from capture.simulator.scripted_source import ScriptedSource
from focstream.pipeline import Pipeline
from focstream.report import SweepReport
from focstream.types import FocalSlice
from inference.policies import RefineEstimator, RollingEstimator
from inference.sharpness.model import SharpnessModel
from tests.capture.recording.recordings import noise, slice_number, write
from tests.inference.test_policies import MemoryModel
from tests.slices import make_slice

SWEEPS, SLICES, TURNING = 4, 5, 2


def exposures(waveform: str) -> list[FocalSlice]:
    """Some sweeps as the sources tag them: settling exposures, then slices."""
    found = []
    for sweep_id, number in itertools.product(range(SWEEPS), range(-TURNING, SLICES)):
        backwards = waveform in {"triangle", "every frame"} and sweep_id % 2 == 1
        slot = max(SLICES - 1 - number if backwards else number, 0)
        every = waveform == "every frame"
        one = make_slice(
            slot // 2 if every else slot,  # several frames in a slot
            sweep_id=sweep_id,
            slots=SLICES,
            frame_id=len(found),
            settling=number < 0,
            direction=-1 if backwards else 1,
            last_in_sweep=number == SLICES - 1,
        )
        tag = dataclasses.replace(
            one.tag, slots=None if every else SLICES, number=number if every and number >= 0 else None
        )
        found.append(dataclasses.replace(one, tag=tag))
    return found


def delivered(every: list[FocalSlice], lost: set[int]) -> list[FocalSlice]:
    """Leave out what the camera loses; settling exposures among it are no losses, says a source."""
    kept, passed = [], 0
    for one in every:
        if one.tag.frame_id in lost:
            passed += int(one.tag.settling)
            continue
        kept.append(dataclasses.replace(one, tag=dataclasses.replace(one.tag, passed=passed)))
        passed = 0
    return kept


def check(updates, handed, every):
    """Compare with who was there."""
    wanted = [one.tag for one in every if not one.tag.settling]
    got = {tag.frame_id for tag in handed}
    finals = [one for one in updates if one.final]
    assert [one.tag.sweep_id for one in finals] == sorted({tag.sweep_id for tag in handed})
    for update in updates:
        tag = update.tag
        until = [
            one.frame_id
            for one in wanted
            if one.sweep_id == tag.sweep_id and (update.final or one.frame_id <= tag.frame_id)
        ]
        assert update.broken == (not got.issuperset(until)), (tag, update.final)


@settings(deadline=None)
@given(
    waveform=st.sampled_from(["staircase", "triangle", "every frame"]),
    lost=st.sets(st.integers(0, SWEEPS * (SLICES + TURNING) - 1), max_size=20),
    room=st.one_of(st.none(), st.integers(1, SWEEPS * SLICES)),
    policy=st.sampled_from([RefineEstimator, RollingEstimator]),
)
def test_a_map_is_broken_exactly_when_a_slice_of_its_sweep_is_missing(waveform, lost, room, policy):
    """The camera loses exposures; with `room` the reader comes late and the queue drops the oldest, too."""
    every = exposures(waveform)
    kept = delivered(every, lost)
    source = ScriptedSource(kept, free_running=room is not None)
    handed, updates = [], []
    with Acquisition(source, capacity=room) as acquisition:
        if room is not None:
            for thread in threading.enumerate():
                if thread.name == "acquisition":
                    thread.join(timeout=0.001)

        def noted():
            for one in acquisition:
                handed.append(one.tag)
                yield one

        with Pipeline(policy(MemoryModel()), []) as pipeline:
            updates += pipeline.updates(noted())
    check(updates, handed, every)
    begins = kept[0].tag.frame_id if kept else 0
    got = {tag.frame_id for tag in handed}
    for tag in handed:
        truly = [
            one
            for one in every
            if begins <= one.tag.frame_id < tag.frame_id
            and not one.tag.settling
            and one.tag.frame_id not in got
        ]
        assert tag.slices_lost == len(truly), tag


@pytest.mark.parametrize("policy", ["lossless", "latest"])
def test_a_loss_behind_a_slice_that_waits_is_not_told_by_it(policy):
    """The source is at its end, with its gap, before the first slice is taken."""
    script = [make_slice(frame_id=frame_id) for frame_id in (0, 1, 7, 8)]
    source = ScriptedSource(script, free_running=policy == "latest")
    with Acquisition(source, policy=policy, capacity=9) as acquisition:
        while acquisition.counts.read < len(script):
            time.sleep(0.001)
        assert [one.tag.slices_lost for one in acquisition] == [0, 0, 5, 5]


@pytest.mark.parametrize("slots", [6, None])
@pytest.mark.parametrize("spoilt", [5, 6, 11])  # the first chunk also says what is in the file
def test_damage_in_a_recording_is_told_of_the_sweep_it_is_in(tmp_path, caplog, spoilt, slots):
    caplog.set_level(logging.INFO)
    images = [noise(number, (700, 600)) for number in range(18)]  # three slices a chunk
    some = [slice_number(number, image=image, slots=6) for number, image in enumerate(images)]
    tags = [dataclasses.replace(one.tag, direction=1, slots=slots) for one in some]
    some = [dataclasses.replace(one, tag=tag) for one, tag in zip(some, tags, strict=True)]
    path = write(tmp_path / "a.mcap", some)
    content = bytearray(path.read_bytes())
    content[content.index(images[spoilt].tobytes()[:64]) + 50] ^= 0xFF
    path.write_bytes(content)
    reader = RecordingReader(path)
    left = [one.tag.frame_id for one in reader.slices()]
    assert spoilt not in left
    with Acquisition(Replay(RecordingReader(path))) as acquisition:
        estimator = RefineEstimator(SharpnessModel())
        with Pipeline(estimator, [SweepReport(None)], maps_per_sweep=1) as pipeline:
            finals = [one for one in pipeline.updates(acquisition) if one.final]
    whole = {sweep: len([n for n in left if n // 6 == sweep]) == 6 for sweep in {n // 6 for n in left}}
    assert {one.tag.sweep_id: not one.broken for one in finals} == whole
    assert acquisition.counts.lost == 18 - len(left)
    told = {int(one.message[6]): "others are missing" not in one.message for one in caplog.records
            if one.message.startswith("sweep")}  # fmt: skip
    assert told == whole


def test_the_number_of_a_slice_is_recorded(tmp_path):
    some = [slice_number(0), slice_number(1)]
    some[1] = dataclasses.replace(some[1], tag=dataclasses.replace(some[1].tag, number=41))
    path = write(tmp_path / "a.mcap", some)
    assert [one.tag.number for one in RecordingReader(path).slices()] == [None, 41]
    assert np.array_equal(next(iter(RecordingReader(path).slices())).image, some[0].image)
