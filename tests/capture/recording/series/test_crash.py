"""Recordings in several files that end badly: killed in the middle of everything, or on a full disk."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from capture.recording.file_reader import FileReader
from capture.recording.reader import RecordingReader
from focstream.types import InputError
from tests.capture.recording.recordings import assert_same, noise, slice_number

ROOT = Path(__file__).parents[4]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
KILLS = 12
RECORD_FOREVER = """
import itertools, sys
from pathlib import Path
from capture.recording.file_writer import FileWriter
from capture.recording.recorder import Recorder
from capture.recording.series.writer import Rotation, SeriesWriter
from tests.capture.recording.recordings import ORIGIN, noise, slice_number
from tests.updates import make_update

count = 0

class Telling(SeriesWriter):
    def write_slice(self, focal_slice):
        super().write_slice(focal_slice)
        if focal_slice.tag.last_in_sweep:
            print(self.slices, flush=True)  # so many are in the files

depth = sys.argv[2] == "depth"
print("begins", flush=True)
writer = Telling(
    Path(sys.argv[1]), origin=ORIGIN, rotation=Rotation(file_ns=1), depth_follows=depth
)  # every sweep begins a file
with Recorder(writer, when_full="wait", queue_bytes=2**20) as recorder:
    for number in itertools.count():
        one = slice_number(number, image=noise(number, (20, 300)))
        recorder.take(one)
        if depth and one.tag.last_in_sweep:
            recorder.write(make_update(tag=one.tag, final=True))
"""
FILL = """
import itertools, sys
from pathlib import Path
from capture.recording.series.writer import Rotation, SeriesWriter
from tests.capture.recording.recordings import ORIGIN, noise, slice_number
from focstream.types import InputError

keep = None if sys.argv[2] == "all" else 10**9
rotation = Rotation(file_bytes=1_500_000, keep_bytes=keep)
sweeps = int(sys.argv[3])
try:
    with SeriesWriter(Path(sys.argv[1]), origin=ORIGIN, rotation=rotation) as writer:
        for number in range(4 * sweeps):
            writer.write_slice(slice_number(number, image=noise(number, (400, 500))))
except InputError as error:
    print("stopped", writer.slices, error)
else:
    print("done", writer.slices, writer.where)
"""


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("depth", ["slices", "depth"])
def test_killed_while_files_change(tmp_path: Path, depth: str) -> None:
    """Every sweep is promised as soon as it has ended; a new file begins with each."""
    for kill in range(KILLS):
        folder = tmp_path / f"run{kill}"
        command = [sys.executable, "-c", RECORD_FOREVER, str(folder), depth]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begins\n"
            time.sleep(0.005 + 0.37 * kill / KILLS)
            process.send_signal(signal.SIGKILL)
            told = process.stdout.read()
        promised = [int(line) for line in told.splitlines(keepends=True) if line.endswith("\n")]
        if promised:
            reader = RecordingReader(folder)
            count = 0
            for number, focal_slice in enumerate(reader.slices()):
                assert_same(focal_slice, slice_number(number, image=noise(number, (20, 300))))
                count += 1
            assert count >= promised[-1]
            assert not [doubt for doubt in reader.doubts if "missing" in doubt]
        elif list(folder.glob("*.mcap")):
            check_beginning(folder)
        shutil.rmtree(folder, ignore_errors=True)


def check_beginning(folder: Path) -> None:
    """What is there is read, or is said to be nothing."""
    try:
        found = list(RecordingReader(folder).slices())
    except InputError:
        return
    assert len(found) <= 4 * len(list(folder.glob("*.mcap")))


def in_a_small_disk(folder: Path, script: str, *arguments: str) -> str:
    """Run a script on a disk of 12 MiB that nobody else sees, and copy what it leaves there."""
    mount, out = folder / "disk", folder / "out"
    mount.mkdir()
    inner = (
        f'mount -t tmpfs -o size=12m none {mount} || exit 77; {sys.executable} -c "$0" {mount}/run '
        f"{' '.join(arguments)} && cp -r {mount}/run {out}"
    )
    command = ["unshare", "-rm", "sh", "-c", inner, script]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=100, check=False)
    if done.returncode != 0 and ("unshare" in done.stderr or done.returncode == 77):
        pytest.skip("needs user namespaces: sysctl kernel.unprivileged_userns_clone=1")
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


needs_unshare = pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare: Linux")


@needs_unshare
def test_a_full_disk_ends_the_recording_and_every_file_is_whole(tmp_path: Path) -> None:
    told = in_a_small_disk(tmp_path, FILL, "all", "20")
    assert told.startswith("stopped ")
    assert "No space left" in told
    assert "recover" not in told
    written = int(told.split()[1])
    reader = RecordingReader(tmp_path / "out")
    assert [one.tag.frame_id for one in reader.slices()] == list(range(written))
    assert written > 20
    assert reader.fault is None
    assert len(reader.files) > 3


@needs_unshare
def test_on_a_full_disk_the_oldest_files_make_room_where_that_is_allowed(tmp_path: Path) -> None:
    told = in_a_small_disk(tmp_path, FILL, "newest", "40")
    assert "done 160" in told
    assert "are free there, less than --record.keep-gib" in told
    assert "run_0000.mcap: deleted, the disk is full: 4 slices of 1 sweep" in told
    reader = RecordingReader(tmp_path / "out")
    held = [one.tag.frame_id for one in reader.slices()]
    assert held == list(range(held[0], 160))
    assert len(held) > 20
    assert (reader.doubts, reader.fault) == ((), None)
    assert reader.deleted == held[0] // 4
    assert all(FileReader(path).attachment("profile.toml") for path in reader.files)
