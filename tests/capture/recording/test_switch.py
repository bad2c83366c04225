"""Recordings that are begun and ended while slices are taken."""

import dataclasses
import os
import signal
import threading
from pathlib import Path

import pytest

from capture.commands.summary import describe_recording
from capture.recording.file_writer import FileWriter
from capture.recording.reader import RecordingReader
from capture.recording.recorder import Recorder
from capture.recording.series.rotation import Rotation
from capture.recording.series.writer import SeriesWriter
from capture.recording.switch import RecordingSwitch
from focstream.control.control import Change, InForce
from focstream.types import InputError
from tests.capture.recording.recordings import ORIGIN, slice_number
from tests.capture.recording.test_recorder import HeldWriter
from tests.children import wait_for
from tests.updates import make_update

CHANGE = Change(stamp_ns=1_700_000_000_000_000_000, control="update", before="refine", after="rolling")


def later(seconds: int) -> Change:
    return dataclasses.replace(CHANGE, stamp_ns=CHANGE.stamp_ns + seconds * 1_000_000_000)


def open_file(path: Path) -> Recorder:
    return Recorder(FileWriter(path, origin=ORIGIN), when_full="wait")


def a_switch(folder: Path, **options) -> RecordingSwitch:
    return RecordingSwitch(folder, open_file, **options)


def take(switch: RecordingSwitch, first: int, end: int) -> None:
    """Take slices of four to a sweep, and make the map of every whole sweep."""
    for number in range(first, end):
        focal_slice = slice_number(number)
        switch.take(focal_slice)
        if focal_slice.tag.last_in_sweep:
            switch.write(map_of(focal_slice))


def map_of(focal_slice):
    coordinate = focal_slice.image / 255.0
    return make_update(coordinate.astype("float32"), tag=focal_slice.tag, final=True)


def frames_in(path: Path) -> list[int]:
    return [focal_slice.tag.frame_id for focal_slice in RecordingReader(path).slices()]


def test_whole_sweeps_are_recorded_with_their_maps(tmp_path: Path) -> None:
    switch = a_switch(tmp_path)
    take(switch, 0, 6)
    switch.change("lid")  # in mid-sweep
    assert switch.state.value == "lid"
    assert switch.state.note.startswith("begins with the next sweep; ")
    take(switch, 6, 14)
    assert "GiB free" in switch.state.note
    switch.change("")
    assert switch.state.note.startswith("ends with this sweep; ")
    take(switch, 14, 20)
    switch.close()
    assert frames_in(tmp_path / "lid.mcap") == list(range(8, 16))
    assert [each.sweep_id for each in RecordingReader(tmp_path / "lid.mcap").final_maps()] == [2, 3]


def test_one_after_the_other(tmp_path: Path) -> None:
    switch = a_switch(tmp_path)
    switch.change("a")
    take(switch, 0, 5)
    with pytest.raises(InputError, match="is not ended yet"):
        switch.change("b")
    switch.change("")
    with pytest.raises(InputError, match="is not ended yet"):
        switch.change("b")
    with pytest.raises(InputError, match="nothing is being recorded"):
        switch.change("")
    take(switch, 5, 9)
    switch.change("b")
    take(switch, 9, 16)
    switch.close()
    switch.close()
    assert frames_in(tmp_path / "a.mcap") == list(range(8))
    assert frames_in(tmp_path / "b.mcap") == list(range(12, 16))


def test_what_never_began_leaves_no_file(tmp_path: Path) -> None:
    switch = a_switch(tmp_path)
    take(switch, 0, 2)
    switch.change("a")
    switch.change("")
    take(switch, 2, 9)
    switch.change("b")
    switch.close()
    assert list(tmp_path.iterdir()) == []


def test_a_recording_ends_where_the_last_map_does_not_come(tmp_path: Path) -> None:
    switch = a_switch(tmp_path)
    switch.change("a")
    for number in range(4):
        switch.take(slice_number(number))
    switch.change("")
    for number in range(4, 80):
        switch.take(slice_number(number))
    with pytest.raises(InputError, match="is not ended yet"):  # a replay may hold many slices back
        switch.change("b")
    for number in range(80, 90):
        switch.take(slice_number(number))
    switch.change("b")  # the one before has been ended
    switch.close()
    assert frames_in(tmp_path / "a.mcap") == list(range(4))


@pytest.mark.parametrize("name", ["../a", "/tmp/a", "a/b", ".a", "-a", "a b", "ä", "a" * 65, "a\n"])
def test_names_that_could_be_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    switch = a_switch(tmp_path)
    with pytest.raises(InputError, match="a name takes"):
        switch.change(name)
    switch.close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_exists_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.mcap").write_text("mine")
    switch = a_switch(tmp_path)
    with pytest.raises(InputError, match="exists"):
        switch.change("a")
    assert switch.state.value == ""
    switch.close()
    assert (tmp_path / "a.mcap").read_text() == "mine"


def test_the_folder_is_made_when_it_is_needed(tmp_path: Path) -> None:
    switch = a_switch(tmp_path / "new" / "deep")
    assert float(switch.state.note.split()[0]) > 0.0
    assert list(tmp_path.iterdir()) == []
    switch.change("a")
    take(switch, 0, 4)
    switch.close()
    assert frames_in(tmp_path / "new" / "deep" / "a.mcap") == list(range(4))


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    switch = a_switch(tmp_path / "file")
    with pytest.raises(InputError, match="choose another --web-folder"):
        switch.change("a")
    assert switch.state.value == ""
    switch.close()


def test_a_failing_recording_ends_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    switch = a_switch(tmp_path)
    switch.change("a")
    take(switch, 0, 4)
    unfit = slice_number(4)
    unfit = dataclasses.replace(unfit, tag=dataclasses.replace(unfit.tag, exposure_mid_ns=-1))
    switch.take(unfit)  # no message can hold that time
    while switch.state.value:
        switch.take(slice_number(5))
    assert "it has ended" in switch.state.note
    assert "everything else goes on" in caplog.text
    take(switch, 6, 12)
    switch.close()
    assert frames_in(tmp_path / "a.mcap")[:4] == list(range(4))


def test_changes_are_in_the_recording(tmp_path: Path) -> None:
    switch = a_switch(tmp_path, changes=lambda: (CHANGE,))
    switch.change("a")
    take(switch, 0, 5)
    switch.hear(dataclasses.replace(later(1), before="rolling", after="refine"))
    take(switch, 5, 8)
    switch.close()
    metadata = RecordingReader(tmp_path / "a.mcap").metadata
    assert metadata["change 2023-11-14T22:13:20.000000+00:00"] == {
        "control": "update",
        "before": "refine",
        "after": "rolling",
        "stamp_ns": "1700000000000000000",
    }
    assert metadata["change 2023-11-14T22:13:21.000000+00:00"]["after"] == "refine"
    assert "22:13:21.000000+00:00: control update" in describe_recording(tmp_path / "a.mcap")


def test_what_is_set_when_it_begins_is_in_the_recording(tmp_path: Path) -> None:
    settings = (("update", "rolling"), ("regions", ""))
    switch = a_switch(tmp_path, in_force=lambda: InForce(settings=settings))
    switch.change("a")
    take(switch, 0, 4)
    switch.close()
    assert RecordingReader(tmp_path / "a.mcap").metadata["in force"] == dict(settings)
    assert "rolling" in describe_recording(tmp_path / "a.mcap")


def test_a_change_while_a_recording_begins_is_noted_once(tmp_path: Path) -> None:
    changes: list[Change] = []

    def open_file_meanwhile(path: Path) -> Recorder:
        changes.append(CHANGE)
        switch.hear(CHANGE)  # of another control, while the file is made
        return open_file(path)

    switch = RecordingSwitch(tmp_path, open_file_meanwhile, changes=lambda: tuple(changes))
    switch.change("a")
    switch.hear(CHANGE)  # the desk was not done with it yet
    take(switch, 0, 4)
    switch.close()
    metadata = RecordingReader(tmp_path / "a.mcap").metadata
    assert sum(name.startswith("change") for name in metadata) == 1


def test_changes_are_in_a_recording_in_several_files(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    writer = SeriesWriter(folder, origin=ORIGIN, rotation=Rotation(file_ns=1))
    with Recorder(writer, when_full="wait") as recorder:
        for number in range(8):
            recorder.take(slice_number(number))
            if number in (1, 5):
                recorder.note(later(number))
    assert len(list(folder.iterdir())) > 2
    changes = [each for name, each in RecordingReader(folder).metadata.items() if name.startswith("change")]
    assert [each["stamp_ns"] for each in changes] == [str(later(number).stamp_ns) for number in (1, 5)]


def test_what_the_live_depth_lacks_is_noted_in_the_recording_that_has_it(tmp_path: Path) -> None:
    switch = a_switch(tmp_path)
    take(switch, 0, 4)
    switch.change("a")
    switch.take(slice_number(4))
    switch.dropped(slice_number(3))  # of the sweep before
    for number in range(5, 8):
        switch.take(slice_number(number))
    switch.change("")
    switch.take(slice_number(8))
    switch.dropped(slice_number(7))  # it still waited in a queue
    switch.write(map_of(slice_number(7)))
    switch.close()
    reader = RecordingReader(tmp_path / "a.mcap")
    assert [one.tag.frame_id for one in reader.slices()] == [4, 5, 6, 7]
    assert reader.not_used() == {(1, 7)}


def test_slices_go_on_while_a_file_is_made(tmp_path: Path) -> None:
    def open_slowly(path: Path) -> Recorder:
        reading = threading.Thread(target=switch.take, args=(slice_number(0),), daemon=True)
        reading.start()
        reading.join(60)
        assert not reading.is_alive()
        return open_file(path)

    switch = RecordingSwitch(tmp_path, open_slowly)
    switch.change("a")
    switch.close()


def test_nothing_is_recorded_after_the_end(tmp_path: Path) -> None:
    switch = a_switch(tmp_path)
    switch.close()
    with pytest.raises(InputError, match="the program ends"):
        switch.change("a")
    assert list(tmp_path.iterdir()) == []


class HeldSwitch:
    """A switch with a recording of twelve slices, of which the disk takes none before they are given up."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "a.mcap"
        self.switch = RecordingSwitch(folder, self._open)
        self.switch.change("a")
        for number in range(12):
            self.switch.take(slice_number(number))
        assert self.writer.has_one.wait(60)
        threading.Thread(target=self._let_go_when_given_up, daemon=True).start()

    def _open(self, path: Path) -> Recorder:
        self.writer = HeldWriter(path)
        return Recorder(self.writer, when_full="wait")

    def _let_go_when_given_up(self) -> None:
        wait_for(lambda: self.writer.in_a_hurry)
        self.writer.go.set()

    def check_what_is_missing(self, said: str) -> None:
        reader = RecordingReader(self.file)
        assert [one.tag.frame_id for one in reader.slices()] == [0]
        assert (reader.fault, reader.slices_not_recorded) == (None, 11)
        assert "11 slices, " in said
        assert "were given up" in said


def closed_while_interrupted(switch: RecordingSwitch) -> None:
    try:
        raise KeyboardInterrupt
    finally:
        switch.close()


def test_a_ctrl_c_before_the_end_gives_up_what_waits_for_the_disk_and_counts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("capture.recording.recorder._HURRY_S", 60.0)
    monkeypatch.setattr("focstream.program.signals.in_program", lambda: True)
    held = HeldSwitch(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        closed_while_interrupted(held.switch)
    held.check_what_is_missing(caplog.text)


@pytest.mark.alone
def test_a_ctrl_c_while_a_recording_is_closed_gives_up_what_waits_and_counts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("capture.recording.recorder._HURRY_S", 60.0)
    held = HeldSwitch(tmp_path)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def interrupt() -> None:
        wait_for(lambda: "recorder-close" in [each.name for each in threading.enumerate()])
        os.kill(os.getpid(), signal.SIGINT)

    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            held.switch.close()
    finally:
        interrupting.join()
        signal.signal(signal.SIGINT, before)
    held.check_what_is_missing(caplog.text)
