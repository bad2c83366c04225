"""A recording as a source: the same slices, in the same order, through the same path as live."""

import logging
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, NoReturn, Self

from capture.recording.origin import DEVICE_RECORD
from capture.recording.reader import RecordingReader
from focstream.protocols import SliceSource
from focstream.types import FocalSlice, InputError, SliceTag

if TYPE_CHECKING:
    from capture.ranges.recording_span import RecordingSpan

_log = logging.getLogger(__name__)


class Replay(SliceSource):
    """A `SliceSource` that delivers every slice of a recording with the tag it was recorded with.

    Parameters
    ----------
    recording
        All of it, or a part. One that was cut short gives what it holds, and says so at the end.
    rate
        1.0 keeps the distances in time of the exposures, 2.0 halves them; 0.0 does not wait at all.
    from_sweep
        Begin with this sweep.
    every_slice
        Whether `left_out` names none: the depth is then not that of the live run, if that had to drop slices.

    Raises
    ------
    InputError
        While reading, when it cannot be read any more, or holds no slice.
    """

    live = False
    free_running = False

    def __init__(
        self,
        recording: "RecordingReader | RecordingSpan",
        *,
        rate: float = 0.0,
        from_sweep: int = 0,
        every_slice: bool = False,
    ) -> None:
        self._every_slice = every_slice
        self._not_used: frozenset[tuple[int, int]] = frozenset()
        self._recording = recording
        self._rate = rate
        self._from_sweep = from_sweep
        self._slices: Iterator[FocalSlice] = iter(())
        self._next: FocalSlice | None = None
        self._first_ns: int | None = None
        self._started_s = 0.0

    @property
    def name(self) -> str:
        """The file, or the folder of several."""
        return str(self._recording.path)

    @property
    def device(self) -> str:
        """What was recorded, as the file says."""
        return self._recording.metadata.get(DEVICE_RECORD, {}).get("name", self.name)

    def left_out(self, tag: SliceTag) -> bool:
        """Return whether the live depth was computed without this slice, because the computer was too slow.

        Without the same slices, depth is the same again, to the bit.
        """
        return not self._every_slice and (tag.sweep_id, tag.frame_id) in self._not_used

    def read(self, timeout_s: float) -> FocalSlice | None:
        """Return the next slice; None when its time does not come within `timeout_s`.

        Raises
        ------
        EOFError
            After the last slice.
        InputError
            When there is none at all, or the file cannot be read.
        """
        if self._next is None:
            self._next = next(self._slices, None)
            if self._next is None:
                self._end()
            if self._first_ns is None:
                self._first_ns = self._next.tag.exposure_mid_ns
                self._started_s = time.monotonic()
        if not self._wait_until_due(self._next, timeout_s):
            return None
        focal_slice, self._next = self._next, None
        return focal_slice

    def __enter__(self) -> Self:
        """Start from the first slice wanted."""
        self._not_used = self._recording.not_used()
        self._report_what_was_dropped()
        for doubt in self._recording.doubts:
            _log.warning("%s: %s", self.name, doubt)
        if not self._recording.metadata:
            _log.info(
                "%s: it has no metadata, because another tool rewrote it; it is read by its tags alone",
                self.name,
            )
        self._slices = self._recording.slices(from_sweep=self._from_sweep)
        self._next = self._first_ns = None
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._slices = iter(())

    def _report_what_was_dropped(self) -> None:
        if not self._not_used:
            return
        what = (
            "with them, depth is not that of the live run"
            if self._every_slice
            else "they are left out here too, so the depth is the same; --every-slice takes them"
        )
        _log.info(
            "%s: the live depth was computed without %d of its slices: %s",
            *(self.name, len(self._not_used), what),
        )

    def _wait_until_due(self, focal_slice: FocalSlice, timeout_s: float) -> bool:
        if self._rate == 0.0 or self._first_ns is None:
            return True
        since_first_s = (focal_slice.tag.exposure_mid_ns - self._first_ns) / 1e9
        wait_s = self._started_s + since_first_s / self._rate - time.monotonic()
        if wait_s > 0:
            time.sleep(min(wait_s, timeout_s))
        return wait_s <= timeout_s

    def _end(self) -> NoReturn:
        recording = self._recording
        if recording.fault is not None:
            _log.warning("%s: %s", self.name, recording.fault)
        if recording.slices_not_recorded:
            _log.warning("%s: %d slices were lost while recording", self.name, recording.slices_not_recorded)
        if self._first_ns is None:
            wanted = f" from sweep {self._from_sweep} on" if self._from_sweep else ""
            missing = ", ".join(recording.topics_missing())
            why = f": it has no {missing}" if missing else ""
            raise InputError(
                f"{self.name} holds no slices{wanted}{why}; see python -m capture info {self.name}"
            )
        raise EOFError(f"{self.name}: no more slices")
