"""The thread that records, and replay through the same loop as live."""

import dataclasses
import functools
import itertools
import os
import re
import signal
import threading
from pathlib import Path

import numpy as np
import pytest

from capture.acquisition import Acquisition
from capture.recording.file_writer import FileWriter
from capture.recording.reader import RecordingReader
from capture.recording.recorder import Recorder
from capture.recording.replay import Replay
from capture.simulator.scripted_source import ScriptedSource
from capture.simulator.slow_disk import SlowDisk
from focstream.digest import digest_of
from focstream.pipeline import Pipeline
from focstream.types import DepthUpdate, FocalSlice, InputError
from inference.policies import RefineEstimator
from inference.sharpness.model import SharpnessModel
from tests.capture.recording.recordings import ORIGIN, noise, slice_number, write


class HeldWriter(FileWriter):
    """A writer whose disk does not answer until it is let go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, origin=ORIGIN)
        self.go = threading.Event()
        self.has_one = threading.Event()

    def write_slice(self, focal_slice: FocalSlice) -> None:
        self.has_one.set()
        self.go.wait(60)
        super().write_slice(focal_slice)


class Digests:
    def __init__(self) -> None:
        self.by_sweep: dict[int, str] = {}

    def write(self, update: DepthUpdate) -> None:
        if update.final:
            self.by_sweep[update.tag.sweep_id] = digest_of(update)

    def close(self) -> None: ...


def test_a_slow_disk_loses_slices_and_the_recording_says_which(tmp_path: Path, caplog) -> None:
    writer = HeldWriter(tmp_path / "a.mcap")
    slices = [slice_number(number) for number in range(10)]
    with Recorder(writer, when_full="drop", queue_bytes=3 * slices[0].image.nbytes) as recorder:
        for focal_slice in slices:
            recorder.take(focal_slice)  # never waits
        assert recorder.slices_lost == 7
        assert caplog.text.count("the disk is too slow") == 1  # said at once, and once
        writer.go.set()
    reader = RecordingReader(tmp_path / "a.mcap")
    assert [s.tag.frame_id for s in reader.slices()] == [0, 1, 2]
    assert reader.slices_not_recorded == 7
    assert reader.metadata["device"]["name"] == "test"


def on_a_slow_disk(path: Path, *, mib_s: float, slices: int = 24) -> Recorder:
    """A recorder with slices of 0.25 MiB that wait for the disk."""
    writer = FileWriter(path, origin=ORIGIN, disk=functools.partial(SlowDisk, mib_s=mib_s))
    recorder = Recorder(writer, when_full="wait")
    for number in range(slices):
        recorder.take(slice_number(number, image=noise(number, (512, 512))))
    return recorder


def test_what_still_waits_for_the_disk_is_reported_with_how_long_it_takes(
    tmp_path: Path, caplog, monkeypatch
) -> None:
    monkeypatch.setattr("capture.recording.recorder._PATIENCE_S", 0.6)
    monkeypatch.setattr("capture.recording.recorder._REPORT_S", 0.3)
    with caplog.at_level("INFO"):
        on_a_slow_disk(tmp_path / "a.mcap", mib_s=4.0).close()
    said = [record.getMessage() for record in caplog.records if "still to be written" in record.getMessage()]
    pattern = (
        r"a\.mcap: (\d+) slices, ([\d.]+) MiB are still to be written, about \d+ s at [\d.]+ MiB/s; a second"
    )
    waiting = [re.search(pattern, line) for line in said]
    assert len(waiting) >= 2
    assert all(waiting), said
    slices = [int(found[1]) for found in waiting if found]
    assert slices == sorted(slices, reverse=True)
    assert len(list(RecordingReader(tmp_path / "a.mcap").slices())) == 24


@pytest.mark.alone
def test_a_second_ctrl_c_keeps_what_is_written_and_gives_up_what_waits(
    tmp_path: Path, caplog, monkeypatch
) -> None:
    monkeypatch.setattr("capture.recording.recorder._HURRY_S", 30.0)  # for a computer that is busy
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    recorder = on_a_slow_disk(tmp_path / "a.mcap", mib_s=4.0, slices=200)  # it would take 12 s
    timer = threading.Timer(0.8, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            recorder.close()
    finally:
        timer.join()
        signal.signal(signal.SIGINT, before)
    reader = RecordingReader(tmp_path / "a.mcap")
    kept = len(list(reader.slices()))
    assert reader.fault is None
    assert 0 < kept < 200
    assert reader.slices_not_recorded == 200 - kept
    assert f"{200 - kept} slices, " in caplog.text
    assert "given up" in caplog.text


def interrupted(recorder: Recorder) -> None:
    with recorder:
        raise KeyboardInterrupt


def test_what_is_given_up_leaves_notes_of_all_that_is_missing_or_unused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("capture.recording.recorder._HURRY_S", 30.0)
    monkeypatch.setattr("capture.recording.recorder.signals.in_program", lambda: True)
    writer = HeldWriter(tmp_path / "a.mcap")
    slices = [slice_number(number) for number in range(10)]
    recorder = Recorder(writer, when_full="drop", queue_bytes=3 * slices[0].image.nbytes)
    for focal_slice in slices:
        recorder.take(focal_slice)
    recorder.dropped(slices[0])
    assert writer.has_one.wait(60)
    threading.Timer(0.3, writer.go.set).start()
    with pytest.raises(KeyboardInterrupt):
        interrupted(recorder)
    reader = RecordingReader(tmp_path / "a.mcap")
    kept = [one.tag.frame_id for one in reader.slices()]
    assert kept == [0]
    assert reader.slices_not_recorded == 9
    assert reader.not_used() == {(0, 0)}


def test_what_is_given_up_without_a_slice_is_not_kept(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("capture.recording.recorder.signals.in_program", lambda: True)
    writer = FileWriter(tmp_path / "a.mcap", origin=ORIGIN)
    with pytest.raises(KeyboardInterrupt), Recorder(writer, when_full="wait"):
        raise KeyboardInterrupt
    assert not (tmp_path / "a.mcap").exists()


def test_the_device_is_named_as_it_names_itself_once_open(tmp_path: Path) -> None:
    names = ["unknown"]
    writer = FileWriter(tmp_path / "a.mcap", origin=ORIGIN)
    with Recorder(writer, when_full="wait", device=lambda: names[0]) as recorder:
        names[0] = "camera 4711"
        for number in range(8):
            recorder.take(slice_number(number))
    reader = RecordingReader(tmp_path / "a.mcap")
    assert reader.metadata["device"]["name"] == "camera 4711"
    assert len(list(reader.slices())) == 8
    with Replay(RecordingReader(tmp_path / "a.mcap")) as replay:
        assert replay.device == "camera 4711"


def test_a_source_that_can_wait_loses_nothing(tmp_path: Path) -> None:
    writer = FileWriter(tmp_path / "a.mcap", origin=ORIGIN)
    with Recorder(writer, when_full="wait", queue_bytes=1) as recorder:
        for number in range(30):
            recorder.take(slice_number(number))
    assert len(list(RecordingReader(tmp_path / "a.mcap").slices())) == 30


def test_only_the_sweeps_asked_for(tmp_path: Path) -> None:
    with Recorder(FileWriter(tmp_path / "a.mcap", origin=ORIGIN), when_full="wait", sweeps=2) as recorder:
        for number in range(11):
            recorder.take(slice_number(number))
    assert [s.tag.frame_id for s in RecordingReader(tmp_path / "a.mcap").slices()] == list(range(8))


def test_a_recording_without_slices_is_not_kept(tmp_path: Path) -> None:
    with Recorder(FileWriter(tmp_path / "a.mcap", origin=ORIGIN), when_full="wait"):
        pass
    assert not (tmp_path / "a.mcap").exists()


def test_what_fails_in_the_thread_reaches_the_reader_of_the_slices(tmp_path: Path) -> None:
    writer = FileWriter(tmp_path / "a.mcap", origin=ORIGIN)
    unwritable = dataclasses.replace(
        slice_number(2), tag=dataclasses.replace(slice_number(2).tag, slot=2**40)
    )
    source = ScriptedSource(
        itertools.chain([slice_number(0), slice_number(1), unwritable], map(slice_number, range(4, 900)))
    )
    with (
        pytest.raises(Exception, match="format requires"),
        Recorder(writer, when_full="wait", queue_bytes=1) as recorder,
        Acquisition(source, tap=recorder) as acquisition,
    ):
        for _ in acquisition:
            pass
    assert len(list(RecordingReader(tmp_path / "a.mcap").slices())) >= 2


def depth_of(
    slices: Acquisition, *, also: tuple = (), slow_until: threading.Event | None = None
) -> dict[int, str]:
    digests = Digests()
    estimator = RefineEstimator(SharpnessModel(fill=False))

    def paced():
        for focal_slice in slices:
            if slow_until is not None:
                slow_until.wait(60)
            yield focal_slice

    with Pipeline(estimator, [digests, *also]) as pipeline:
        pipeline.run(paced())
    return digests.by_sweep


def big(number: int) -> FocalSlice:
    return slice_number(number, image=noise(number, (48, 64)), slots=8)


def test_replay_gives_the_depth_of_the_live_run(tmp_path: Path) -> None:
    source = ScriptedSource(map(big, range(24)))
    with (
        Recorder(FileWriter(tmp_path / "a.mcap", origin=ORIGIN), when_full="wait", depth="final") as recorder,
        Acquisition(source, tap=recorder) as acquisition,
    ):
        live = depth_of(acquisition, also=(recorder,))
    assert len(set(live.values())) == 3
    for _ in range(2):
        with Acquisition(Replay(RecordingReader(tmp_path / "a.mcap"))) as acquisition:
            assert depth_of(acquisition) == live
    assert {m.sweep_id: m.digest for m in RecordingReader(tmp_path / "a.mcap").final_maps()} == live


def test_a_replay_leaves_out_what_the_live_run_dropped(tmp_path: Path) -> None:
    """The estimator waits until the whole script was read, so that most slices are dropped."""
    read = threading.Event()

    def script():
        yield from map(big, range(24))
        read.set()

    source = ScriptedSource(script(), free_running=True)
    with (
        Recorder(FileWriter(tmp_path / "a.mcap", origin=ORIGIN), when_full="wait") as recorder,
        Acquisition(source, tap=recorder) as acquisition,
    ):
        live = depth_of(acquisition, slow_until=read)
        dropped = acquisition.counts.dropped
    assert dropped >= 19
    replay = Replay(RecordingReader(tmp_path / "a.mcap"))
    with (
        Recorder(FileWriter(tmp_path / "b.mcap", origin=ORIGIN), when_full="wait") as recorder,
        Acquisition(replay, tap=recorder) as acquisition,
    ):
        assert depth_of(acquisition) == live
        assert acquisition.counts.dropped == dropped
    copy = RecordingReader(tmp_path / "b.mcap")  # a recording of the replay lacks nothing
    assert len(list(copy.slices())) == 24
    assert copy.not_used() == RecordingReader(tmp_path / "a.mcap").not_used()
    replay = Replay(RecordingReader(tmp_path / "a.mcap"), every_slice=True)
    with Acquisition(replay) as acquisition:
        every = depth_of(acquisition)
        assert acquisition.counts.handed_on == 24
    assert every != live


def test_a_torn_recording_replays_what_it_holds_and_says_so(tmp_path: Path, caplog) -> None:
    path = write(tmp_path / "a.mcap", map(slice_number, range(8)))
    content = path.read_bytes()
    path.write_bytes(content[: content.index(noise(6).tobytes()) + 3])
    with caplog.at_level("WARNING"), Acquisition(Replay(RecordingReader(path))) as acquisition:
        assert [s.tag.frame_id for s in acquisition] == [0, 1, 2, 3]
    assert "cut short" in caplog.text


def test_a_sweep_that_is_not_there(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mcap", map(slice_number, range(8)))
    with (
        pytest.raises(InputError, match="holds no slices from sweep 9"),
        Acquisition(Replay(RecordingReader(path), from_sweep=9)) as acquisition,
    ):
        list(acquisition)


def test_the_rate_keeps_the_distances_in_time(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mcap", map(slice_number, range(3)))
    with Replay(RecordingReader(path), rate=0.1) as replay:  # 100 ms apart
        assert replay.read(0.0) is not None
        assert replay.read(0.001) is None
        waited = 0
        while replay.read(0.01) is None:
            waited += 1
        assert waited >= 3
    assert (
        np.diff([s.tag.exposure_mid_ns for s in RecordingReader(path).slices()]).tolist() == [10_000_000] * 2
    )


def test_a_run_ends_with_its_recording(tmp_path: Path) -> None:
    """A slow computer drops whole sweeps; those after the recorded ones could not be replayed."""
    slices = [slice_number(number) for number in range(40)]
    assert len({one.tag.sweep_id for one in slices}) > 2
    writer = FileWriter(tmp_path / "a.mcap", origin=ORIGIN)
    with Recorder(writer, when_full="wait", sweeps=2) as recorder:
        acquisition = Acquisition(ScriptedSource(slices), tap=recorder)
        recorder.on_enough = acquisition.stop
        with acquisition:
            handed_on = [one.tag.frame_id for one in acquisition]
    recorded = list(RecordingReader(tmp_path / "a.mcap").slices())
    assert len({one.tag.sweep_id for one in recorded}) == 2
    assert handed_on == [one.tag.frame_id for one in recorded if not one.tag.settling]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("frame_id", 2**64 - 1),
        ("sweep_id", 2**63),
        ("slot", -(2**40)),
        ("exposure_mid_ns", -1),
        ("exposure_mid_ns", 2**63),
        ("temperature_c", 1e400),
        ("slots", 2**40),
    ],
)
def test_a_number_too_great_for_the_file_costs_nothing_that_was_recorded(tmp_path, field, value):
    path = tmp_path / "a.mcap"
    last = slice_number(3)
    odd = dataclasses.replace(last, tag=dataclasses.replace(last.tag, **{field: value}))
    recorder = Recorder(FileWriter(path, origin=ORIGIN), when_full="wait")
    for number in range(3):
        recorder.take(slice_number(number))
    recorder.take(odd)
    if value == 1e400:  # infinity is a number of its own
        recorder.close()
    else:
        with pytest.raises(
            InputError, match=rf"{path} stopped: slice .* cannot be recorded .*before is in the file"
        ):
            recorder.close()
    reader = RecordingReader(path)
    assert [one.tag.frame_id for one in reader.slices()][:3] == [0, 1, 2]
    assert reader.fault is None


def test_a_dropped_slice_with_a_number_too_great_is_one_line(tmp_path):
    first = slice_number(0)
    recorder = Recorder(FileWriter(tmp_path / "a.mcap", origin=ORIGIN), when_full="wait")
    recorder.take(first)
    recorder.dropped(dataclasses.replace(first, tag=dataclasses.replace(first.tag, frame_id=2**63)))
    with pytest.raises(InputError, match="cannot be recorded"):
        recorder.close()
