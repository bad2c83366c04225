"""Recordings that were cut short."""

import contextlib
import itertools
import os
import resource
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcap.reader import make_reader

from capture.commands.recover import recover
from capture.recording.file_writer import FileWriter
from capture.recording.reader import RecordingReader
from focstream.types import InputError
from tests.capture.recording.recordings import ORIGIN, assert_same, noise, slice_number, write

ROOT = Path(__file__).parents[3]
RECORD_FOREVER = """
import itertools, sys
from pathlib import Path
from capture.recording.file_writer import FileWriter
from capture.recording.recorder import Recorder
from tests.capture.recording.recordings import ORIGIN, noise, slice_number

class Telling(FileWriter):
    def flush(self):
        super().flush()
        print(self.slices, flush=True)  # so many are in the file

path, rows, compression = sys.argv[1:]
print("begins", flush=True)
writer = Telling(Path(path), origin=ORIGIN, compression=compression)
with Recorder(writer, when_full="wait", queue_bytes=2**20) as recorder:
    for number in itertools.count():
        recorder.take(slice_number(number, image=noise(number, (int(rows), 300))))
"""


def check(path: Path, *, at_least: int, shape: tuple[int, ...]) -> None:
    """Recover `path`; what comes back is a beginning of what was written, and long enough."""
    done = recover(path, out=path.with_name(f"{uuid.uuid4()}.mcap"))
    reader = RecordingReader(done.path)
    count = 0
    for number, focal_slice in enumerate(reader.slices()):
        assert_same(focal_slice, slice_number(number, image=noise(number, shape)))
        count += 1
    assert count >= at_least
    assert count == done.slices
    assert reader.fault is None
    if count:  # without a slice, the beginning itself may be cut
        assert reader.attachment("profile.toml") == b"version = 1\n"
        assert reader.metadata["device"]["name"] == "test"
    with done.path.open("rb") as file:  # its index is whole
        summary = make_reader(file).get_summary()
    assert summary is not None
    assert summary.statistics is not None


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int]]:
    """A recording of 16 slices, and its length after each flush of a sweep."""
    path = tmp_path_factory.mktemp("whole") / "a.mcap"
    lengths = []
    writer = FileWriter(path, origin=ORIGIN)
    for number in range(16):
        writer.write_slice(slice_number(number, image=noise(number, (30, 40))))
        if number % 4 == 3:
            lengths.append(writer._disk.tell())
    writer.close()
    return path, lengths


@settings(max_examples=40)
@given(data=st.data())
def test_truncated_anywhere(whole: tuple[Path, list[int]], data: st.DataObject) -> None:
    path, lengths = whole
    content = path.read_bytes()
    beginning = content.index(b"version = 1\n") + 100  # a file without its beginning is another test's
    cut = data.draw(st.integers(beginning, len(content)))
    torn = path.with_name(f"{uuid.uuid4()}.mcap")
    torn.write_bytes(content[:cut] + b"\0" * data.draw(st.sampled_from([0, 1, 9, 1000])))
    flushed = sum(length <= cut for length in lengths)
    check(torn, at_least=4 * flushed, shape=(30, 40))


def test_cut_in_its_beginning(whole: tuple[Path, list[int]]) -> None:
    torn = whole[0].with_name("beginning.mcap")
    for cut in (0, 3, 8, 9, 40):
        torn.write_bytes(whole[0].read_bytes()[:cut])
        with pytest.raises(InputError):
            RecordingReader(torn)


def test_recovered_from_anywhere_in_its_beginning(whole: tuple[Path, list[int]]) -> None:
    """Nothing is lost with it, and nothing is made up: no slice, or a line that says that there is none."""
    content = whole[0].read_bytes()
    torn = whole[0].with_name("begun.mcap")
    for cut in range(content.index(b"version = 1\n") + 100):
        torn.write_bytes(content[:cut])
        with contextlib.suppress(InputError):
            done = recover(torn, out=torn.with_name("mended.mcap"))
            assert done.slices == len(list(RecordingReader(done.path).slices())) == 0
            done.path.unlink()


def test_damage_in_the_middle_costs_one_chunk(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mcap", map(slice_number, range(16)))
    content = bytearray(path.read_bytes())
    content[content.index(noise(9).tobytes()) + 50] ^= 0xFF
    path.write_bytes(content)
    reader = RecordingReader(path)
    assert [s.tag.frame_id for s in reader.slices()] == [*range(8), *range(12, 16)]
    assert reader.fault is not None
    assert "1 damaged chunk" in reader.fault
    done = recover(path)
    assert (done.slices, done.damaged_chunks, done.was_whole) == (12, 1, True)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    delay_s=st.floats(0.0, 0.4),
    rows=st.sampled_from([20, 200, 1000, 4000]),  # of slices much smaller and larger than a chunk
    compression=st.sampled_from(["none", "lz4"]),
)
def test_killed_at_any_moment(tmp_path: Path, delay_s: float, rows: int, compression: str) -> None:
    """The recorder, killed at any moment: all that it had flushed comes back, and nothing else."""
    path = tmp_path / f"{uuid.uuid4()}.mcap"
    command = [sys.executable, "-c", RECORD_FOREVER, str(path), str(rows), compression]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begins\n"
        time.sleep(delay_s)
        process.send_signal(signal.SIGKILL)
        told = process.stdout.read()
    flushed = [int(line) for line in told.splitlines(keepends=True) if line.endswith("\n")]
    if flushed:
        check(path, at_least=flushed[-1], shape=(rows, 300))
    elif path.exists():  # killed in its beginning: what is there is given back, or told to be nothing
        with contextlib.suppress(InputError):
            check(path, at_least=0, shape=(rows, 300))
    for file in tmp_path.iterdir():
        file.unlink()


def fill(writer: FileWriter) -> None:
    for number in itertools.count():
        writer.write_slice(slice_number(number, image=noise(number, (200, 300))))


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="needs to reserve room on the disk")
def test_a_full_disk_leaves_a_whole_file(tmp_path: Path) -> None:
    """A limit on the size of a file acts as the end of the disk."""
    path = tmp_path / "a.mcap"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 * 2**20, before[1]))
    writer = FileWriter(path, origin=ORIGIN)
    try:
        with pytest.raises(InputError, match=r"a\.mcap stopped: .*make room"):
            fill(writer)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    written = writer.slices  # the last one found no room, and does not count
    writer.close()  # may be called nevertheless
    assert written > 10
    reader = RecordingReader(path)
    assert len(list(reader.slices())) == written
    assert reader.fault is None


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="needs to reserve room on the disk")
def test_where_there_is_no_room_to_begin_nothing_is_left(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(InputError, match=r"cannot record to .*a\.mcap: .*and has room") as caught:
            FileWriter(tmp_path / "a.mcap", origin=ORIGIN)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "recover" not in str(caught.value)
    assert not list(tmp_path.iterdir())
