"""The one acquisition loop: a thread that reads a source, and the only place where losses are counted."""

import dataclasses
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from types import TracebackType
from typing import Protocol, Self

import numpy as np

from capture.slice_queue import QueuePolicy, SliceQueue
from focstream.acquisition_counts import AcquisitionCounts
from focstream.demand import Demand
from focstream.files.intrinsics_file import IntrinsicsFile
from focstream.program import signals
from focstream.protocols import SliceSource
from focstream.types import FocalSlice

_log = logging.getLogger(__name__)

READ_TIMEOUT_S = 0.1
"""How long a wait may keep the loop from noticing that it should stop."""
LEAVE_S = 1.0
"""How long the end waits for a source that is busy with a device, which may never answer."""
_ROOM = 4
QUICK_S = 0.05
"""Preparing that takes less than this costs no slice."""
_MEASURED_OVER = 20  # slices: two usual sweeps
_MOST_PERCENT = 75  # of them were no slower: a rare delay is what the queue is for


class SliceTap(Protocol):
    """Sees what becomes of slices, in the reading thread. Waits for nothing if the source cannot wait."""

    def take(self, focal_slice: FocalSlice) -> None:
        """Take a slice on its way to the queue."""
        ...

    def dropped(self, focal_slice: FocalSlice) -> None:
        """Hear that a slice taken before was dropped, because the reader was too slow."""
        ...


class Acquisition:
    """Reads a source in its own thread and hands the settled slices on, in order. A context manager.

    The thread also opens and closes the source: drivers may be bound to the thread that opened them. Slices
    that were taken long ago are read from the first iteration on: a file that cannot be used is an error when
    entering, before anything was made of it.

    Parameters
    ----------
    source
        Not yet open; opened and closed here.
    policy
        None takes "latest" for a free-running source and "lossless" for one that can wait.
    capacity
        Slices that may wait in the queue. Default: 4 of a free-running source; 1 of one that can wait, whose
        slices would only grow old there.
    prepare
        Called with the shape of the first image of a free-running source, and may take its time: slices are
        then taken from the beginning of a sweep after it on, and none counts as lost before.
    tap
        Sees every slice that is taken, settling ones too, in the reading thread: a recorder. What it raises
        ends the iteration. May be set until the source is opened; that of recorded slices, until they are
        iterated over.
    intrinsics
        Of the images, where the source does not know them: put on every slice that is read.
    slices_lost, frame_id
        Of a source that begins in the middle of a recording: lost before it, and the camera's count of the
        slice before; None at the beginning.

    Attributes
    ----------
    at_rest
        Returns whether the reader lets slices pass at present: how long it is busy then says nothing.
    """

    def __init__(
        self,
        source: SliceSource,
        *,
        policy: QueuePolicy | None = None,
        capacity: int | None = None,
        prepare: Callable[[tuple[int, ...]], object] | None = None,
        tap: SliceTap | None = None,
        intrinsics: IntrinsicsFile | None = None,
        slices_lost: int = 0,
        frame_id: int | None = None,
    ) -> None:
        self.source = source
        self._asked_policy, self._capacity = policy, capacity
        self._choose_policy()
        self._stop = threading.Event()
        self._stop_by_s = math.inf
        self._thread = threading.Thread(target=self._run, name="acquisition", daemon=True)
        self._error: BaseException | None = None
        self._prepare = prepare
        self.tap = tap
        self.at_rest: Callable[[], bool] = lambda: False
        self._begun = threading.Event()
        self._intrinsics = intrinsics
        self._last_frame_id = frame_id
        self._spent_s: deque[float] = deque(maxlen=_MEASURED_OVER)
        self._slices_s = math.inf
        self._counts = AcquisitionCounts(gaps=slices_lost)
        self._opened: Future[None] = Future()
        self._left = threading.Event()
        self._is_closing = self._is_abandoned = False
        self._closing_error: BaseException | None = None

    @property
    def counts(self) -> AcquisitionCounts:
        """A snapshot of what became of the slices."""
        counts = self._counts
        dropped = counts.dropped + self._queue.dropped
        return dataclasses.replace(counts, dropped=dropped, queued=len(self._queue))

    def behind(self) -> bool:
        """Return whether slices wait that will be lost if the reader stays slow."""
        return self._policy == "latest" and len(self._queue) > 0

    def stop(self) -> None:
        """Stop reading: the iteration ends after the slices that wait. Safe in a signal handler."""
        self._stop_by_s = min(self._stop_by_s, time.monotonic() + LEAVE_S)
        self._stop.set()

    def __iter__(self) -> Iterator[FocalSlice]:
        """Yield slices until the source ends or `stop` is called; then raise what ended it, if anything did.

        Raises
        ------
        FocstreamError
            Whatever the source raised, after every slice read before it has been handed on.
        """
        self._begun.set()
        while True:
            try:
                waited = self._queue.get(READ_TIMEOUT_S)
            except EOFError:
                break
            if waited is None and self._left_s() == 0.0:
                break
            if waited is not None:
                given_s = time.monotonic()
                focal_slice, dropped = waited
                yield _with_losses(focal_slice, focal_slice.tag.slices_lost + dropped)
                if not self.at_rest():
                    self._took(time.monotonic() - given_s)
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """End the reading and close the source. May be called twice.

        A source that does not come back from opening or reading a device is left to itself: its thread closes
        it should it ever answer. One that is being closed is waited for, to leave its device in a safe state.
        """
        self.stop()
        self._begun.set()
        self._left.set()
        self._queue.end()
        if self._is_abandoned:
            return
        self._thread.join(max(self._left_s(), READ_TIMEOUT_S))
        if self._is_closing:
            self._thread.join()
        elif self._thread.is_alive():
            self._is_abandoned = True
            signals.do_not_wait()
            _log.warning("%s: still busy with its device, and not waited for", self.source.name)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._opened.result()
        except BaseException:  # it could not be opened, or Ctrl-C came meanwhile
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if self._closing_error is not None and error is None:
            raise self._closing_error

    def _left_s(self) -> float:
        """Seconds that the source has left to come back; endless before `stop`."""
        return max(self._stop_by_s - time.monotonic(), 0.0)

    def _took(self, spent_s: float) -> None:
        """Note how long the reader was busy with a slice: most slices were quicker than the rate stated."""
        self._spent_s.append(spent_s)
        if len(self._spent_s) >= _MEASURED_OVER:
            self._slices_s = 1 / max(float(np.percentile(self._spent_s, _MOST_PERCENT)), 1e-6)

    def _choose_policy(self) -> None:
        self._policy = self._asked_policy or ("latest" if self.source.free_running else "lossless")
        self._room = self._capacity or (_ROOM if self._policy == "latest" else 1)
        self._queue = SliceQueue(self._room, policy=self._policy)

    def _run(self) -> None:
        try:
            with self.source:
                self._choose_policy()  # only an open camera knows whether it waits for a trigger
                self._opened.set_result(None)
                if not self.source.live:
                    self._begun.wait()
                self._read()
                self._left.wait()
                self._is_closing = True
        except BaseException as error:  # noqa: BLE001 - raised again where the source is entered, or left
            if self._opened.done():
                self._closing_error = error
            else:
                self._opened.set_exception(error)

    def _read(self) -> None:
        try:
            if self._prepare is not None and self.source.free_running:
                self._begin(self._prepare)
            while not self._stop.is_set():
                focal_slice = self._next()
                if focal_slice is not None and not self._is_abandoned:
                    self._take(focal_slice)
        except EOFError:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again where the slices are read
            self._error = error
        finally:
            self._queue.end()

    def _next(self) -> FocalSlice | None:
        queue = self._queue
        if self._policy == "latest":
            queue.hold(max(self._room, self.source.wants_room))
        self.source.pace(Demand(room=queue.has_room, queued=len(queue), slices_s=self._slices_s))
        focal_slice = self.source.read(READ_TIMEOUT_S)
        if focal_slice is None or self._intrinsics is None:
            return focal_slice
        return self._intrinsics.attach(focal_slice)

    def _begin(self, prepare: Callable[[tuple[int, ...]], object]) -> None:
        """Prepare for the images, then pass over what is left of the sweep that runs meanwhile."""
        prepared, sweep_id = False, None
        while not self._stop.is_set():
            focal_slice = self._next()
            if focal_slice is None:
                continue
            if not prepared:
                started_s = time.monotonic()
                prepare(focal_slice.image.shape)
                prepared = True
                if time.monotonic() - started_s < QUICK_S:  # nothing was missed meanwhile
                    self._take(focal_slice)
                    return
            elif sweep_id is None:
                sweep_id = focal_slice.tag.sweep_id
            elif focal_slice.tag.sweep_id != sweep_id:
                self._take(focal_slice)
                return

    def _take(self, focal_slice: FocalSlice) -> None:
        tag = focal_slice.tag
        if tag.held:  # nobody misses it, and nobody records it
            self._last_frame_id = tag.frame_id
            if self._queue.has_room:
                self._queue.put(focal_slice)
            return
        skipped = 0 if self._last_frame_id is None else tag.frame_id - self._last_frame_id - 1
        gap = max(skipped - tag.passed, 0)
        self._last_frame_id = tag.frame_id
        counts = self._counts
        self._counts = dataclasses.replace(
            counts,
            read=counts.read + 1,
            settling=counts.settling + int(tag.settling),
            gaps=counts.gaps + gap,
            waiting=counts.waiting + tag.passed,
        )
        if self.tap is not None:
            self.tap.take(focal_slice)
        dropped = None if tag.settling else self._hand_on(focal_slice)
        if self.tap is not None and dropped is not None:
            self.tap.dropped(dropped)

    def _hand_on(self, focal_slice: FocalSlice) -> FocalSlice | None:
        """Let a slice wait for the reader; returns one that the reader will not get, this or an older one."""
        if self._stop.is_set():  # by the tap, maybe
            return focal_slice
        if self.source.left_out(focal_slice.tag):
            self._counts = dataclasses.replace(self._counts, dropped=self._counts.dropped + 1)
            return focal_slice
        # Stamped now: what is lost while it waits was not lost before it.
        return self._queue.put(_with_losses(focal_slice, self._counts.lost))


def _with_losses(focal_slice: FocalSlice, lost: int) -> FocalSlice:
    tag = dataclasses.replace(focal_slice.tag, slices_lost=lost)
    return dataclasses.replace(focal_slice, tag=tag)
