"""A part of a recording, replayed as if all of it were."""

from collections.abc import Iterator
from pathlib import Path

from capture.recording.file_reader import At, Once
from capture.recording.reader import RecordingReader
from focstream.cluster.work import Place, Span
from focstream.types import FocalSlice


class RecordingSpan:
    """What a `Replay` asks of a recording, answered for one span of it.

    Parameters
    ----------
    recording
        All of it.
    span
        The part.
    is_first
        Whether it is the one to say what is not clear about the files.
    """

    def __init__(self, recording: RecordingReader, span: Span, *, is_first: bool) -> None:
        self._recording = recording
        self._is_first = is_first
        self._span = span
        begins, ends = span.begins, span.ends
        last = len(recording.parts) - 1 if ends is None else ends.file
        self._numbers = range(begins.file, last + 1)

    @property
    def path(self) -> Path:
        """Of the recording."""
        return self._recording.path

    @property
    def metadata(self) -> dict[str, dict[str, str]]:
        """Of the recording."""
        return self._recording.metadata

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is not clear about its files: said once, with the beginning of the recording."""
        return self._recording.doubts if self._is_first else ()

    @property
    def fault(self) -> str | None:
        """What is wrong with what was read, in words; None when nothing is. Known after reading it."""
        return "; ".join(filter(None, map(self._fault_of, self._numbers))) or None

    @property
    def slices_not_recorded(self) -> int:
        """Slices that were lost while this was recorded, as far as it is known."""
        return sum(self._recording.parts[number].slices_not_recorded for number in self._numbers)

    def topics_missing(self) -> tuple[str, ...]:
        """Topics of slices on which nothing came."""
        return self._recording.topics_missing()

    def not_used(self) -> frozenset[tuple[int, int]]:
        """Sweep id and frame id of slices that depth is computed without."""
        return frozenset(self._span.left_out)

    def slices(self, *, from_sweep: int = 0) -> Iterator[FocalSlice]:
        """Yield the slices of the span, in their order; where it begins was decided with `from_sweep`.

        Raises
        ------
        InputError
            When a file cannot be read, or a message in it makes no sense.
        """
        del from_sweep
        once = Once(self.path)
        for number in self._numbers:
            begins, ends = _in_file(self._span.begins, number), _in_file(self._span.ends, number)
            yield from self._recording.parts[number].slices_between(begins, ends, once=once)

    def _fault_of(self, number: int) -> str | None:
        part = self._recording.parts[number]
        if not part.was_read:
            return None
        if self._span.ends is None or number < self._span.ends.file:
            fault = part.fault
        else:  # its end was not looked at
            fault = f"{part.damaged_chunks} damaged chunks were passed over" if part.damaged_chunks else None
        return f"{part.path.name}: {fault}" if fault and self.path.is_dir() else fault


def _in_file(place: Place | None, number: int) -> At | None:
    """Return a place within one of the files; None where it is in another one."""
    return None if place is None or place.file != number else (place.byte, place.record)
