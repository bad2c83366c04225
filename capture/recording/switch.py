"""Recordings that begin and end while slices are taken."""

import contextlib
import logging
import re
import shutil
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from capture.recording.recorder import Recorder
from focstream.control.control import Change, ControlState, InForce
from focstream.program import signals
from focstream.types import DepthUpdate, FocalSlice, FocstreamError, InputError

_log = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_LEAST_FREE_BYTES = 64 * 2**20
_SWEEPS_TO_MAP, _SLICES_TO_MAP = 2, 80
"""The final map of the last sweep comes after its slices; so many sweeps and slices later it is lost. With
--batch a replay holds 64 slices back."""


class RecordingSwitch:
    """A control that records whole sweeps under a name, the tap that it gets slices by, and a sink of maps.

    A recording begins and ends between two sweeps. What goes wrong with it ends the recording alone: it was
    not asked for when the program was started.

    Parameters
    ----------
    folder
        Where recordings go; made with the first one.
    open_recorder
        Makes a recorder for a new file.
    changes, in_force
        Give what was changed since the start, and what is set now: they go into every recording.
    """

    def __init__(
        self,
        folder: Path,
        open_recorder: Callable[[Path], Recorder],
        *,
        changes: Callable[[], Sequence[Change]] = tuple,
        in_force: Callable[[], InForce] = lambda: InForce(settings=()),
    ) -> None:
        self._folder = folder
        self._open_recorder = open_recorder
        self._changes, self._in_force = changes, in_force
        self._noted: Sequence[Change] = ()
        self._lock = threading.RLock()
        self._asked: tuple[str, Recorder] | None = None
        self._recording: tuple[str, Recorder] | None = None
        self._ending: tuple[Recorder, int] | None = None
        self._closing: list[tuple[threading.Thread, Recorder]] = []
        self._since_ending = 0
        self._sweep_id: int | None = None
        self._first_sweep = 0
        self._mapped: int | None = None
        self._note = ""
        self._closed = False

    @property
    def state(self) -> ControlState:
        """The name of the recording, empty for none; how it goes, and how much room is left."""
        with self._lock:
            asked, recording = self._asked, self._recording
            note = self._note
        if asked != recording:
            note = "ends with this sweep" if asked is None else "begins with the next sweep"
        elif recording is not None and (lost := recording[1].slices_lost):
            note = f"the disk is too slow: {lost} slices are missing"
        room = f"{_free_bytes(self._folder) / 2**30:.1f} GiB free in {self._folder}"
        return ControlState(value="" if asked is None else asked[0], note=f"{note}; {room}" if note else room)

    def change(self, value: str) -> None:
        """Record to a new file of this name, from the next sweep on; an empty name ends it with the sweep.

        Raises
        ------
        InputError
            When the name cannot be used, a recording runs already or none does, or there is no room.
        """
        if not value:
            self._end()
            return
        if _NAME.fullmatch(value) is None:
            raise InputError(
                "record: a name takes up to 64 letters, digits, _ - and ., and begins with a letter or digit"
            )
        if self._asked or self._recording or self._ending:
            raise InputError("record: the recording before is not ended yet; end it, or wait for its sweep")
        self._make_folder()  # without the lock: the reading thread must not wait for the disk
        recorder = self._open_recorder(self._folder / f"{value.removesuffix('.mcap')}.mcap")
        with self._lock:
            if not self._closed:
                self._note_so_far(recorder)
                self._asked, self._note = (value, recorder), ""
                return
        recorder.close()
        raise InputError("record: the program ends")

    def hear(self, change: Change) -> None:
        """Note a change in the recording that runs."""
        with self._lock:
            if self._asked is not None and change not in self._noted:
                self._asked[1].note(change)

    def take(self, focal_slice: FocalSlice) -> None:
        """Record a slice, if a recording runs; in the reading thread."""
        with self._lock:
            self._since_ending += 1
            if focal_slice.tag.sweep_id != self._sweep_id:
                self._begin_sweep(focal_slice.tag.sweep_id)
            if self._recording is not None:
                self._try(self._recording[1], lambda recorder: recorder.take(focal_slice))

    def dropped(self, focal_slice: FocalSlice) -> None:
        """Note that the live depth is computed without a slice."""
        with self._lock:
            sweep_id = focal_slice.tag.sweep_id  # the queue may hold some of the sweep before
            if self._ending is not None and sweep_id <= self._ending[1]:
                self._try(self._ending[0], lambda recorder: recorder.dropped(focal_slice))
            elif self._recording is not None and sweep_id >= self._first_sweep:
                self._try(self._recording[1], lambda recorder: recorder.dropped(focal_slice))

    def write(self, update: DepthUpdate) -> None:
        """Record a map of a sweep that is recorded; the last one ends a recording that is to end."""
        sweep_id = update.tag.sweep_id
        with self._lock:
            if self._ending is not None and sweep_id <= self._ending[1]:
                recorder, last = self._ending
                self._try(recorder, lambda recorder: recorder.write(update))
                if update.final and sweep_id == last:
                    self._close_ending()
            elif self._recording is not None and sweep_id >= self._first_sweep:
                self._mapped = sweep_id if update.final else self._mapped
                self._try(self._recording[1], lambda recorder: recorder.write(update))

    def close(self) -> None:
        """End what runs. May be called twice.

        A second Ctrl-C, before or meanwhile, gives up what still waits for the disk, as `Recorder` does.
        """
        gives_up = sys.exc_info()[0] is KeyboardInterrupt and signals.in_program()
        try:
            self._close_all()
            if gives_up:
                self._give_up()
            for thread, _ in self._closing:
                thread.join()
        except KeyboardInterrupt:
            self._give_up()
            raise

    def _close_all(self) -> None:
        with self._lock:
            self._closed = True
            for each in {id(each[1]): each for each in (self._asked, self._recording) if each}.values():
                self._close_later(each[1])
            self._asked = self._recording = None
            self._close_ending()

    def _give_up(self) -> None:
        """Give up what waits in all of them; an interrupt may come in the middle of `_close_all`."""
        named = [self._asked, self._recording]
        recorders = [each[1] for each in named if each] + [each[1] for each in self._closing]
        recorders += [] if self._ending is None else [self._ending[0]]
        for recorder in {id(each): each for each in recorders}.values():
            recorder.give_up()

    def _note_so_far(self, recorder: Recorder) -> None:
        """Note what was changed until now, once, and what is set."""
        self._noted = tuple(self._changes())
        for change in self._noted:
            recorder.note(change)
        recorder.note(self._in_force())

    def _make_folder(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            free_bytes = shutil.disk_usage(self._folder).free
        except OSError as error:
            raise InputError(
                f"record: cannot record to {self._folder}: {error.strerror}; choose another --web-folder"
            ) from error
        if free_bytes < _LEAST_FREE_BYTES:
            raise InputError(f"record: the disk of {self._folder} is full; make room there")

    def _end(self) -> None:
        with self._lock:
            if self._asked is None:
                raise InputError("record: nothing is being recorded")
            if self._recording is None:  # it has not begun
                self._close_later(self._asked[1])
            self._asked = None

    def _begin_sweep(self, sweep_id: int) -> None:
        before, self._sweep_id = self._sweep_id, sweep_id
        is_late = self._since_ending > _SLICES_TO_MAP
        if is_late and self._ending is not None and sweep_id >= self._ending[1] + _SWEEPS_TO_MAP:
            self._close_ending()
        if self._recording is not None and self._asked is None and before is not None:
            self._ending, self._since_ending = (self._recording[1], before), 0
            if self._mapped == before:
                self._close_ending()
        if self._recording is None:
            self._first_sweep = sweep_id
        self._recording = self._asked

    def _close_ending(self) -> None:
        if self._ending is not None:
            self._close_later(self._ending[0])
            self._ending = None

    def _try(self, recorder: Recorder, work: Callable[[Recorder], None]) -> None:
        try:
            work(recorder)
        except FocstreamError as error:
            self._note = f"it has ended: {error}"
            _log.error("%s; everything else goes on", error)
            if self._ending is not None and self._ending[0] is recorder:
                self._ending = None
            else:
                self._asked = self._recording = None
            self._close_later(recorder, is_known=True)

    def _close_later(self, recorder: Recorder, *, is_known: bool = False) -> None:
        """Close a recorder in a thread of its own: it may wait for the disk."""

        def close() -> None:
            try:
                recorder.close()
            except FocstreamError as error:
                if not is_known:
                    self._note = str(error)
                    _log.error("%s; everything else goes on", error)

        thread = threading.Thread(target=close, name="recorder-close")
        self._closing = [*(each for each in self._closing if each[0].is_alive()), (thread, recorder)]
        thread.start()


def _free_bytes(folder: Path) -> int:
    """Return how much room there is, also where the folder is still to be made; 0 where nobody knows."""
    for place in (folder, *folder.absolute().parents):
        with contextlib.suppress(OSError):
            return shutil.disk_usage(place).free
    return 0
