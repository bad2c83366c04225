"""What a worker opens for a range."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calibration.apply.slot_focus import CorrectedAt
from capture.config import CaptureConfig
from capture.open_source import open_recording
from capture.ranges.recording_span import RecordingSpan
from capture.ranges.sources import SavedNames
from capture.recording.reader import RecordingReader
from capture.recording.replay import Replay
from focstream.cluster.work import WorkRange
from focstream.files.store_path import location
from focstream.protocols import SliceSource


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRange:
    """The slices of a range.

    Attributes
    ----------
    changes
        Options that are other than those of the command, by name.
    recording
        That they come from; None for a stack.
    source
        Not yet entered; None for all of the recording or stack.
    slices_lost, frame_id, corrected_at, run_in
        As of `Span`.
    """

    changes: dict[str, Any] = field(default_factory=dict)
    recording: RecordingReader | None = None
    source: SliceSource | None = None
    slices_lost: int = 0
    frame_id: int | None = None
    corrected_at: CorrectedAt = ()
    run_in: int | None = None


class RangeOpener:
    """Opens ranges, and keeps what it knows of a recording from one to the next.

    Parameters
    ----------
    names
        Of what is saved.
    save
        Folder for the sweeps of all sources; None where none are saved.
    """

    def __init__(self, names: SavedNames, save: Path | None = None) -> None:
        self._names = names
        self._save = save
        self._source = ""
        self._name = Path()
        self._recording: RecordingReader | None = None

    def open(self, work: WorkRange, config: CaptureConfig) -> OpenRange:
        """Open a range; `config` says how it is read.

        Raises
        ------
        InputError
            When it cannot be read.
        """
        source = location(work.source)
        if work.source != self._source:
            self._source, self._recording = "", None
            self._name = self._names.name_of(source)
            self._recording = open_recording(config.model_copy(update={"replay": source}))
            self._source = work.source
        changes = {
            "replay": source,
            "save": None if self._save is None else self._save / self._name,
            "sweeps": None if config.sweeps is None else config.sweeps - work.first_sweep,
        }
        if work.span is None or self._recording is None:
            return OpenRange(changes=changes, recording=self._recording)
        span = RecordingSpan(self._recording, work.span, is_first=work.first_sweep == 0)
        return OpenRange(
            changes=changes,
            recording=self._recording,
            source=Replay(span, rate=config.rate, every_slice=config.every_slice),
            slices_lost=work.span.slices_lost,
            frame_id=work.span.frame_id,
            corrected_at=work.span.corrected_at,
            run_in=work.span.run_in,
        )
