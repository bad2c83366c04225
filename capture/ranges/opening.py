"""What a worker opens for a range."""

from dataclasses import dataclass
from pathlib import Path

from capture.config import CaptureConfig
from capture.open_source import open_recording
from capture.ranges.recording_span import RecordingSpan
from capture.recording.reader import RecordingReader
from capture.recording.replay import Replay
from focstream.cluster.work import WorkRange
from focstream.protocols import SliceSource


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRange:
    """The slices of a range.

    Attributes
    ----------
    recording
        That they come from; None for a stack.
    source
        Not yet entered; None for all of the recording or stack.
    slices_lost, frame_id, run_in
        As of `Span`.
    """

    recording: RecordingReader | None = None
    source: SliceSource | None = None
    slices_lost: int = 0
    frame_id: int | None = None
    run_in: int = 0


class RangeOpener:
    """Opens ranges, and keeps what it knows of a recording from one to the next."""

    def __init__(self) -> None:
        self._source = ""
        self._recording: RecordingReader | None = None

    def open(self, work: WorkRange, config: CaptureConfig) -> OpenRange:
        """Open a range.

        Raises
        ------
        InputError
            When it cannot be read.
        """
        if work.source != self._source:
            self._source, self._recording = "", None
            self._recording = open_recording(config.model_copy(update={"replay": Path(work.source)}))
            self._source = work.source
        if work.span is None or self._recording is None:
            return OpenRange(recording=self._recording)
        span = RecordingSpan(self._recording, work.span, is_first=work.first_sweep == 0)
        return OpenRange(
            recording=self._recording,
            source=Replay(span, rate=config.rate, every_slice=config.every_slice),
            slices_lost=work.span.slices_lost,
            frame_id=work.span.frame_id,
            run_in=work.span.run_in,
        )
