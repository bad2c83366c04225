"""Writes one recording into several files, one after the other."""

import contextlib
import dataclasses
import functools
import logging
import shutil
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from capture.recording.config import Compression
from capture.recording.disk import Disk, Output
from capture.recording.file_writer import FileWriter
from capture.recording.origin import Origin
from capture.recording.series.files import SUFFIX
from capture.recording.series.kept import KeptFiles
from capture.recording.series.part import SeriesPart
from capture.recording.series.rotation import Rotation
from focstream.control.control import Change, InForce
from focstream.counted import counted
from focstream.types import DepthUpdate, FocalSlice, InputError, SliceTag

_log = logging.getLogger(__name__)

AT_MOST = 2
"""A sweep that does not end is cut when its file is so many times larger, or longer, than asked for."""


class SeriesWriter:
    """Writes as a `FileWriter`, but into several files, each whole by itself. A context manager.

    A file is ended in a thread of its own, because seeing gigabytes to the disk takes a while.

    Parameters
    ----------
    folder
        New, or empty. Its files are named after it.
    origin
        What goes into every file besides.
    rotation
        When a new file begins.
    compression
        As of `FileWriter`.
    depth_follows
        Whether depth of the slices is recorded too. It comes later than they do; the file that holds them
        waits for it.
    disk
        Makes a file at a path; takes ``make_room``, as `Disk` does.

    Raises
    ------
    InputError
        When the folder holds anything, or the first file cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        *,
        origin: Origin,
        rotation: Rotation,
        compression: Compression = "none",
        depth_follows: bool = False,
        disk: Callable[..., Output] = Disk,
    ) -> None:
        self.path = folder
        self._disk = disk
        self._made_folder = _make_folder(folder)
        self._origin = origin
        self._rotation = rotation
        self._compression = compression
        self._depth_follows = depth_follows
        self._series_id = uuid.uuid4().hex
        self._kept = KeptFiles(rotation.keep_bytes)
        self._ends = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recorder-end")
        self._ending: list[tuple[_File, Future[None]]] = []
        self._number = 0
        self._in_a_hurry = False
        self._slices = self._sweeps = 0
        self._before: _File | None = None
        try:
            self._current = self._new_file(part=0)
        except InputError:
            self._ends.shutdown()
            self._remove_folder()
            raise
        self._warn_of_little_room()

    @property
    def slices(self) -> int:
        """Written so far."""
        return self._slices

    @property
    def in_a_hurry(self) -> bool:
        """As of `FileWriter`; it may be set."""
        return self._in_a_hurry

    @in_a_hurry.setter
    def in_a_hurry(self, value: bool) -> None:
        self._in_a_hurry = value
        for file in (self._before, self._current, *(file for file, _ in self._ending)):
            if file is not None:
                file.writer.in_a_hurry = value

    @property
    def sweeps(self) -> int:
        """Begun so far."""
        return self._sweeps

    @property
    def where(self) -> str:
        """Where the slices are, in words."""
        deleted = ""
        if self._kept.deleted:
            what = counted(self._kept.slices_deleted, "slice")
            deleted = f", of which the {self._kept.deleted} oldest are deleted with {what}"
        return f"{self.path} ({counted(self._current.part + 1, 'file')}{deleted})"

    def write_device(self, name: str) -> None:
        """As of `FileWriter`.

        Raises
        ------
        InputError
            As `write_slice`.
        """
        self._origin = dataclasses.replace(self._origin, device=name)
        self._current.writer.write_device(name)

    def write_slice(self, focal_slice: FocalSlice) -> None:
        """Add a slice, to a new file if it is time for one.

        Raises
        ------
        InputError
            When a file cannot be made, written or ended. What was written before is in the files.
        """
        tag, file = focal_slice.tag, self._current
        self._collect()
        begins_sweep = tag.sweep_id != file.sweep_id
        if file.is_full(tag, self._rotation):
            self._rotate()
        self._current.write_slice(focal_slice)
        self._slices += 1
        self._sweeps += int(begins_sweep)
        self._trim()

    def write_update(self, update: DepthUpdate, *, maps: bool) -> None:
        """Add a depth map to the file that holds its slices.

        Raises
        ------
        InputError
            As `write_slice`.
        """
        file = self._file_of(update.tag)
        file.writer.write_update(update, maps=maps)
        if file is self._current or (update.final and update.tag.sweep_id == file.sweep_id):
            self._end_before()

    def write_loss(self, frame_ids: tuple[int, ...]) -> None:
        """As of `FileWriter`.

        Raises
        ------
        InputError
            As `write_slice`.
        """
        self._current.writer.write_loss(frame_ids)

    def write_note(self, noted: Change | InForce) -> None:
        """As of `FileWriter`; into the file in hand.

        Raises
        ------
        InputError
            As `write_slice`.
        """
        self._current.writer.write_note(noted)

    def write_not_used(self, tag: SliceTag) -> None:
        """Note in the file that holds a slice that the live depth was computed without it.

        Raises
        ------
        InputError
            As `write_slice`.
        """
        self._file_of(tag).writer.write_not_used(tag)

    def close(self) -> None:
        """End all files. May be called twice.

        Raises
        ------
        InputError
            When a file cannot be ended.
        """
        try:
            self._write_first()
            self._end_before()
            self._current.writer.close()
        finally:
            self._ends.shutdown()
        self._collect()

    def discard(self) -> None:
        """Delete the file, and the folder if it was made here, because no slice is in it."""
        self._current.writer.discard()
        self._remove_folder()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _file_of(self, tag: SliceTag) -> "_File":
        """Return the file that holds a slice."""
        before = self._before
        return before if before is not None and tag.exposure_mid_ns <= before.ends_ns else self._current

    def _rotate(self) -> None:
        """Begin a new file. The old one is in the hands of the operating system; its end may follow."""
        self._end_before()
        old = self._current
        old.writer.flush()
        self._current = self._new_file(part=old.part + 1)
        self._before, old.writer.continued = old, True
        if not self._depth_follows:
            self._end_before()
        _log.info("%s: the recording goes on in %s", old.writer.path, self._current.writer.path.name)

    def _new_file(self, *, part: int) -> "_File":
        while (path := self.path / f"{self.path.name or 'recording'}_{self._number:04d}{SUFFIX}").exists():
            self._number += 1  # somebody else's: it is left alone
        identity = SeriesPart(series_id=self._series_id, part=part, first=self._kept.first)
        origin = dataclasses.replace(self._origin, part=identity)
        disk = functools.partial(self._disk, make_room=self._make_room)
        writer = FileWriter(path, origin=origin, compression=self._compression, disk=disk)
        writer.in_a_hurry = self._in_a_hurry
        self._number += 1
        return _File(writer=writer, part=part, first=self._kept.first)

    def _end_before(self) -> None:
        if self._before is not None:
            self._ending.append((self._before, self._ends.submit(self._before.writer.close)))
            self._before = None

    def _collect(self) -> None:
        """Take note of the files that have ended, and raise what failed in ending them."""
        while self._ending and self._ending[0][1].done():
            file, end = self._ending.pop(0)
            end.result()
            self._kept.add(file.writer, part=file.part)

    def _make_room(self) -> bool:
        """Delete the oldest file, on a full disk; the files that are ending have their end first."""
        wait([end for _, end in self._ending])
        self._collect()
        return self._kept.make_room()

    def _trim(self) -> None:
        """Delete the oldest files if there is too much; they are no loss."""
        if self._rotation.keep_bytes is None:
            return
        others = [file for file, _ in self._ending] + ([] if self._before is None else [self._before])
        self._kept.trim(sum(file.writer.bytes_written for file in (*others, self._current)))
        self._write_first()

    def _write_first(self) -> None:
        """Write down which file is the oldest now, if that is another one."""
        file = self._current
        if file.first != self._kept.first:
            file.first = self._kept.first
            file.writer.write_part(SeriesPart(series_id=self._series_id, part=file.part, first=file.first))

    def _warn_of_little_room(self) -> None:
        keep_bytes = self._rotation.keep_bytes
        free_bytes = shutil.disk_usage(self.path).free
        if keep_bytes is not None and free_bytes < keep_bytes:
            _log.warning(
                "%s: only %.1f GiB are free there, less than --record.keep-gib: when that disk is full, the "
                "oldest files are deleted",
                *(self.path, free_bytes / 2**30),
            )

    def _remove_folder(self) -> None:
        if self._made_folder:
            with contextlib.suppress(OSError):
                self.path.rmdir()


@dataclass(slots=True, kw_only=True)
class _File:
    """A file that is being written, and what decides when it is full."""

    writer: FileWriter
    part: int
    first: int
    sweep_id: int | None = None
    sweep_began_bytes: int = 0
    begins_ns: int = 0
    ends_ns: int = 0

    def is_full(self, tag: SliceTag, rotation: Rotation) -> bool:
        """Whether this slice belongs into a new file: at the end of a sweep, or where that does not come."""
        if self.writer.slices == 0:
            return False
        age_ns = tag.exposure_mid_ns - self.begins_ns
        if tag.sweep_id == self.sweep_id:
            return _reaches(self.writer.bytes_written, rotation.file_bytes, times=AT_MOST) or _reaches(
                age_ns, rotation.file_ns, times=AT_MOST
            )
        self.writer.flush()
        size = self.writer.bytes_written
        as_large_again, self.sweep_began_bytes = 2 * size - self.sweep_began_bytes, size
        return _reaches(as_large_again, rotation.file_bytes) or _reaches(age_ns, rotation.file_ns)

    def write_slice(self, focal_slice: FocalSlice) -> None:
        tag = focal_slice.tag
        if self.writer.slices == 0 or tag.exposure_mid_ns < self.begins_ns:  # clocks may be put back
            self.begins_ns = tag.exposure_mid_ns
        self.writer.write_slice(focal_slice)
        self.sweep_id, self.ends_ns = tag.sweep_id, tag.exposure_mid_ns


def _reaches(value: int, limit: int | None, *, times: int = 1) -> bool:
    return limit is not None and value >= times * limit


def _make_folder(folder: Path) -> bool:
    """Make the folder, if it does not exist; one that holds anything is refused."""
    try:
        folder.mkdir()
    except FileExistsError:
        if folder.is_dir() and not any(folder.iterdir()):
            return False
        raise InputError(
            f"{folder} exists and is not empty: a recording in several files takes a new folder"
        ) from None
    except OSError as error:
        raise InputError(
            f"cannot record to {folder}: {error.strerror}; choose a place that exists and can be written"
        ) from error
    return True
