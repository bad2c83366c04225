"""Records what flows, in a thread of its own: capture never waits for a disk."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Literal, Self

from capture.recording.file_writer import FileWriter
from capture.recording.series.writer import SeriesWriter
from focstream.control.control import Change, InForce
from focstream.counted import counted
from focstream.program import signals
from focstream.types import DepthUpdate, FocalSlice, FocstreamError, SliceTag

_log = logging.getLogger(__name__)

_PATIENCE_S = 1.0
"""A wait for the disk that is shorter needs no explanation; a longer one is reported …"""
_REPORT_S = 5.0
"""… this often."""
_HURRY_S = 0.5
"""How long the end is waited for after a second Ctrl-C."""
_PACE_OVER = 50  # items: a disk is quick until its cache is full

Item = FocalSlice | DepthUpdate | SliceTag | Change | InForce | tuple[int, ...]
"""What waits for the disk: a slice, a map, the tag of a slice that the live depth was computed without, what
was changed meanwhile, or the frame ids of slices that are missing here."""


class Recorder:
    """Takes slices from the acquisition and, as a sink, depth maps; one thread writes both to one recording.

    Both go through here, because a file has one writer, and because the order in which a sweep and its map
    were made is worth keeping. What goes wrong while writing is raised by the next `take`, or by `close`.

    Parameters
    ----------
    writer
        Owned from now on.
    when_full
        What to do with a slice when so much waits for the disk that no memory is left for it: "wait", or
        "drop" it, count it, and note in the recording which ones are missing.
    queue_bytes
        That memory. A single slice always finds room.
    depth
        Which maps to record: none, the final ones, or every one. What final maps are (digest, slices seen)
        is always recorded.
    sweeps
        Record so many sweeps and ignore what comes after them; None for all.
    device
        Names what the slices come from, asked for with the first one, because devices have no name
        before they are open.

    Attributes
    ----------
    on_enough
        Called when a slice comes after the last one that is recorded.
    """

    def __init__(
        self,
        writer: FileWriter | SeriesWriter,
        *,
        when_full: Literal["wait", "drop"],
        queue_bytes: int = 256 * 2**20,
        depth: Literal["none", "final", "every"] = "none",
        sweeps: int | None = None,
        device: Callable[[], str] | None = None,
    ) -> None:
        self._writer = writer
        self._device = device
        self._device_name: str | None = None
        self._when_full = when_full
        self._queue_bytes = queue_bytes
        self._depth = depth
        self._sweeps = sweeps
        self.on_enough: Callable[[], None] = lambda: None
        self._sweeps_begun = 0
        self._last_sweep_id: int | None = None
        self._waiting: deque[Item] = deque()
        self._waiting_bytes = 0
        self._lost: list[int] = []
        self._slices_lost = 0
        self._maps_lost = 0
        self._changed = threading.Condition()
        self._ended = False
        self._error: BaseException | None = None
        self._is_given_up = self._is_over = False
        self._closed = threading.Event()  # joining forgets a thread that runs on, when Ctrl-C interrupts it
        self._pace: deque[tuple[float, float]] = deque([(0.0, 0.0)], maxlen=_PACE_OVER)
        self._thread = threading.Thread(target=self._run, name="recorder")
        self._thread.start()

    @property
    def slices_lost(self) -> int:
        """Slices that are missing in the recording, because the disk was too slow."""
        return self._slices_lost

    def take(self, focal_slice: FocalSlice) -> None:
        """Record a slice, settling ones too.

        Raises
        ------
        FocstreamError
            When the recording has failed; the file holds what was recorded before.
        """
        if self._device is not None and self._device_name is None:
            self._device_name = self._device()
        if self._is_wanted(focal_slice) and not self._put(focal_slice):
            if self._slices_lost == 0:
                _log.warning("%s: the disk is too slow: slices are missing from here on", self._writer.path)
            self._slices_lost += 1
            self._lost.append(focal_slice.tag.frame_id)

    def dropped(self, focal_slice: FocalSlice) -> None:
        """Note that the live depth is computed without this slice, which was taken before.

        Raises
        ------
        FocstreamError
            As `take`.
        """
        if self._last_sweep_id is not None and focal_slice.tag.sweep_id <= self._last_sweep_id:
            self._put(focal_slice.tag)

    def write(self, update: DepthUpdate) -> None:
        """Record a map, as far as it is wanted.

        Raises
        ------
        FocstreamError
            As `take`.
        """
        if (update.final or self._depth == "every") and not self._put(update):
            self._maps_lost += 1

    def note(self, noted: Change | InForce) -> None:
        """Record that something was changed while the program runs, or what was set when this began."""
        with self._changed:
            if self._error is None and not self._ended:
                self._waiting.append(noted)
                self._changed.notify_all()

    def close(self) -> None:
        """Write all that waits, and close the file. May be called twice.

        Raises
        ------
        FocstreamError
            When the recording has failed.
        """
        with self._changed:
            ended, self._is_over, self._ended = self._is_over, True, True
            if self._lost and self._error is None:
                self._waiting.append(tuple(self._lost))
                self._lost.clear()
            self._changed.notify_all()
        try:
            self._wait_for_disk()
        except KeyboardInterrupt:
            self.give_up()
            raise
        if not self._closed.is_set():
            return
        self._thread.join()
        if ended:
            return
        if self._error is not None:
            self._report()
            raise self._error
        if self._writer.slices == 0:  # the source could not be opened, or had nothing
            self._writer.discard()
            return
        self._report()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is KeyboardInterrupt and signals.in_program():  # the second signal: the first asks to stop
            self.give_up()
        try:
            self.close()
        except FocstreamError:
            if error is None:  # else it is likely the one that is on its way already
                raise

    def _wait_for_disk(self) -> None:
        """Wait until all is written, and say what is waited for."""
        is_closed = self._closed.wait(0.0 if self._is_given_up else _PATIENCE_S)
        while not (is_closed or self._is_given_up):
            _log.info("%s: %s", self._writer.path, self._what_waits())
            is_closed = self._closed.wait(_REPORT_S)

    def _what_waits(self) -> str:
        with self._changed:
            slices, waiting_mib = _slices_in(self._waiting), self._waiting_bytes / 2**20
            written_mib, spent_s = (sum(column) for column in zip(*self._pace, strict=True))
        if waiting_mib == 0.0 or spent_s == 0.0:
            return "the disk is still busy with what was written; a second Ctrl-C does not wait for it"
        mib_s = written_mib / spent_s
        return (
            f"{counted(slices, 'slice')}, {waiting_mib:.1f} MiB are still to be written, about "
            f"{waiting_mib / mib_s:.0f} s at {mib_s:.1f} MiB/s; a second Ctrl-C ends at once and keeps what "
            "is written"
        )

    def give_up(self) -> None:
        """Leave out what waits, note it in the file, and end that, if the disk answers in time."""
        with self._changed:
            waiting, mib = tuple(self._waiting), self._waiting_bytes / 2**20
            slices = [item for item in waiting if isinstance(item, FocalSlice)]
            self._maps_lost += sum(isinstance(item, DepthUpdate) for item in waiting)
            self._waiting_bytes = 0
            self._waiting.clear()
            self._waiting.extend(_notes_without(slices, waiting, also_lost=self._lost))
            self._lost.clear()
            self._is_given_up = self._ended = self._writer.in_a_hurry = True
            self._changed.notify_all()
        path = self._writer.path
        if slices:
            what = f"{counted(len(slices), 'slice')}, {mib:.1f} MiB"
            _log.warning("%s: %s, still waited for the disk and were given up", path, what)
        if not self._closed.wait(_HURRY_S):
            signals.do_not_wait()
            _log.warning("%s: the disk does not answer; its end: python -m capture recover %s", path, path)

    def _is_wanted(self, focal_slice: FocalSlice) -> bool:
        sweep_id = focal_slice.tag.sweep_id
        if sweep_id != self._last_sweep_id:
            if self._sweeps_begun == self._sweeps:
                self.on_enough()
                return False
            self._sweeps_begun += 1
            self._last_sweep_id = sweep_id
        return True

    def _put(self, item: Item) -> bool:
        """Let `item` wait for the disk; False when there is no memory for it."""
        size = _bytes_of(item)
        with self._changed:
            if self._when_full == "wait":
                self._changed.wait_for(lambda: self._error or self._has_room(size))
            if self._error is not None:
                raise self._error
            if not self._has_room(size):
                return False
            if self._lost:  # noted where they are missing
                self._waiting.append(tuple(self._lost))
                self._lost.clear()
            self._waiting.append(item)
            self._waiting_bytes += size
            self._changed.notify_all()
        return True

    def _has_room(self, size: int) -> bool:
        return self._waiting_bytes == 0 or self._waiting_bytes + size <= self._queue_bytes

    def _run(self) -> None:
        try:
            with self._writer:
                while (item := self._next()) is not None:
                    self._write(item)
        except BaseException as error:  # noqa: BLE001 - raised again by the next take, or by close
            with self._changed:
                self._error = error
                self._waiting.clear()
                self._changed.notify_all()
        finally:
            self._closed.set()

    def _next(self) -> Item | None:
        """Wait for what is to be written next; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended)
            return self._waiting.popleft() if self._waiting else None

    def _write(self, item: Item) -> None:
        begun_s = time.monotonic()
        self._put_into_file(item)
        spent_s = time.monotonic() - begun_s
        with self._changed:  # only now: what is being written takes memory too
            size = _bytes_of(item)
            self._pace.append((size / 2**20, spent_s))
            self._waiting_bytes = max(self._waiting_bytes - size, 0)
            self._changed.notify_all()

    def _put_into_file(self, item: Item) -> None:
        if isinstance(item, FocalSlice):
            if self._device_name is not None and self._writer.slices == 0:
                self._writer.write_device(self._device_name)
            self._writer.write_slice(item)
        elif isinstance(item, SliceTag):
            self._writer.write_not_used(item)
        elif isinstance(item, DepthUpdate):
            self._writer.write_update(item, maps=self._depth != "none")
        elif isinstance(item, Change | InForce):
            self._writer.write_note(item)
        else:
            self._writer.write_loss(item)

    def _report(self) -> None:
        if self._slices_lost or self._maps_lost:
            _log.warning(
                "%s: %d slices and %d maps were not recorded, because the disk was too slow; the recording "
                "says which slices",
                *(self._writer.path, self._slices_lost, self._maps_lost),
            )
        if self._error is None:
            _log.info(
                "recorded %s of %s in %s",
                *(counted(self._writer.slices, "slice"), counted(self._writer.sweeps, "sweep")),
                self._writer.where,
            )


def _notes_without(
    given_up: Sequence[FocalSlice], waiting: Iterable[Item], *, also_lost: Sequence[int]
) -> Iterator[Item]:
    """Yield what is to be noted of what waited: frames that are missing now, slices not used, changes."""
    missing = [frame_id for item in waiting if isinstance(item, tuple) for frame_id in item]
    missing += [*also_lost, *(focal_slice.tag.frame_id for focal_slice in given_up)]
    for item in waiting:
        if isinstance(item, Change | InForce) or (
            isinstance(item, SliceTag) and item.frame_id not in missing
        ):
            yield item
    if missing:
        yield tuple(missing)


def _slices_in(items: Iterable[Item]) -> int:
    return sum(isinstance(item, FocalSlice) for item in items)


def _bytes_of(item: Item) -> int:
    if isinstance(item, FocalSlice):
        return item.image.nbytes
    if isinstance(item, tuple | SliceTag | Change | InForce):
        return 0
    return item.coordinate.nbytes + item.coordinate_sigma.nbytes + item.all_in_focus.nbytes
