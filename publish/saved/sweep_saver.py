"""Saves the final map of every sweep."""

import logging
import shutil
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Literal, Self

from calibration.apply.confidence import Confidence
from focstream.counted import counted
from focstream.depth_update import FloatMap
from focstream.files.store_path import StorePath, location
from focstream.files.user_file import size_text
from focstream.protocols import SliceSource
from focstream.types import DepthUpdate
from publish.saved.store_folder import StoreFolder
from publish.saved.sweep_files import write_sweep
from publish.saved.sweep_folder import SweepFolder

_log = logging.getLogger(__name__)

_MOST_IN_HAND = 3
_SURE = Confidence()


def saver_of(
    source: SliceSource,
    folder: Path,
    *,
    cloud: Confidence | None,
    numbers: Callable[[DepthUpdate], int] | None = None,
) -> "SweepSaver":
    """Return what saves every sweep of a source; a camera that cannot wait is not held up."""
    when_full: Literal["wait", "drop"] = "drop" if source.free_running else "wait"
    truth_dpt = source.truth_vergence_dpt
    return SweepSaver(folder, when_full=when_full, truth_vergence_dpt=truth_dpt, cloud=cloud, numbers=numbers)


class SweepSaver:
    """A sink that writes ``folder/sweep_000``, … : depth, its standard deviation, pictures, a point cloud.

    Encoding takes longer than a slice, so one worker thread does it. What went wrong there is raised by the
    next ``write`` or by ``close``.

    Parameters
    ----------
    folder
        Made when it is not there, or a place in a store. Sweeps already in it are kept; numbers go on from
        the highest.
    when_full
        What ``write`` does while three sweeps are still being written: ``"wait"`` for one of them, so that a
        replay saves them all, or ``"drop"`` and count the new one, so that a live camera is not held up.
    truth_vergence_dpt
        (H, W) float32 true vergence, where a simulator knows it: drawn beside every map.
    cloud
        What depth must be to get into point clouds; None for all of it.
    numbers
        Gives every sweep its number, and what was saved as it is replaced: for a part of a recording.

    Raises
    ------
    InputError
        When the folder cannot be made or written, or its disk is full.
    """

    def __init__(
        self,
        folder: Path,
        *,
        when_full: Literal["wait", "drop"] = "wait",
        truth_vergence_dpt: FloatMap | None = None,
        cloud: Confidence | None = _SURE,
        numbers: Callable[[DepthUpdate], int] | None = None,
    ) -> None:
        self._truth_vergence_dpt = truth_vergence_dpt
        self._cloud = cloud
        self._numbers = numbers
        place = location(folder)
        self._folder = StoreFolder(place) if isinstance(place, StorePath) else SweepFolder(place)
        self._when_full = when_full
        self._sweeps_not_saved = 0
        self._room_told = False
        self._in_hand: deque[Future[Path]] = deque()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sweep-saver")

    @property
    def sweeps_not_saved(self) -> int:
        """How many sweeps were dropped because the disk was too slow."""
        return self._sweeps_not_saved

    def write(self, update: DepthUpdate) -> None:
        """Save `update` when it is final; others are ignored.

        Raises
        ------
        InputError
            When an earlier sweep could not be saved.
        """
        if not update.final:
            return
        self._collect(wait=False)
        if len(self._in_hand) >= _MOST_IN_HAND and not self._make_room(update):
            return
        fill = partial(
            write_sweep,
            update=update,
            sweeps_not_saved=self._sweeps_not_saved,
            truth_vergence_dpt=self._truth_vergence_dpt,
            cloud=self._cloud,
        )
        number = None if self._numbers is None else self._numbers(update)
        self._in_hand.append(self._worker.submit(self._folder.add, fill, number=number))

    def close(self) -> None:
        """Wait until everything in hand is saved. May be called twice.

        Raises
        ------
        InputError
            When a sweep could not be saved.
        """
        self._worker.shutdown(wait=True)
        self._collect(wait=True)
        if self._sweeps_not_saved:
            _log.warning("not saved, for the disk was too slow: %s", counted(self._sweeps_not_saved, "sweep"))

    def _make_room(self, update: DepthUpdate) -> bool:
        if self._when_full == "wait":
            self._in_hand.popleft().result()
            return True
        self._sweeps_not_saved += 1
        _log.debug("sweep %d is not saved: the disk is too slow", update.tag.sweep_id)
        return False

    def _collect(self, *, wait: bool) -> None:
        """Let go of what is done, raising its error if it has one."""
        while self._in_hand and (wait or self._in_hand[0].done()):
            saved = self._in_hand.popleft().result()
            _log.info("saved %s", saved)
            if self._numbers is None and not self._room_told:  # not for every range of a recording
                self._room_told = True
                _tell_room(saved)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _tell_room(saved: Path) -> None:
    """Say for how many sweeps like this one the disk will do: a camera goes on until it is stopped."""
    if isinstance(saved, StorePath):
        return
    with suppress(OSError):  # somebody may have moved it away already
        sweep_bytes = max(sum(file.stat().st_size for file in saved.iterdir()), 1)
        sweeps = shutil.disk_usage(saved).free // sweep_bytes
        _log.info("a sweep takes %s; the disk has room for about %d more", size_text(sweep_bytes), sweeps)
