"""Recording without computing depth: all of the computer for the slices."""

import logging
from collections.abc import Iterator
from pathlib import Path

from capture.acquisition import Acquisition
from capture.open_source import CaptureConfig, open_source
from capture.recording.config import RecordConfig
from capture.recording.open_recorder import open_recorder
from capture.recording.origin import PROFILE_NAME, configuration_attachment, file_attachment
from focstream.intrinsics_file import read_intrinsics
from focstream.program.commands import INTERRUPTED
from focstream.program.interrupt import Interrupt
from focstream.types import FocalSlice, InputError

_log = logging.getLogger(__name__)


class RecordSettings(CaptureConfig):
    """What to record."""

    record: RecordConfig = RecordConfig()
    intrinsics: Path | None = None
    """TOML file with the intrinsics of the images."""
    config: Path | None = None
    """TOML file with any of these options; flags overrule it."""


def record(settings: RecordSettings) -> int:
    """Record until the slices end, the sweeps asked for are done, or a signal comes; return the exit code.

    Raises
    ------
    FocstreamError
        From the source or the disk.
    """
    if settings.record.file is None:
        raise InputError("nothing to record to: give --record FILE.mcap")
    if settings.record.depth:
        raise InputError("depth is recorded by run_pipeline.py --record; here only slices are")
    attachments = [configuration_attachment(settings.model_dump_json(indent=2))]
    if settings.intrinsics is not None:
        attachments.append(file_attachment(settings.intrinsics))
    if settings.profile is not None:
        attachments.append(file_attachment(settings.profile, name=PROFILE_NAME))
    attach = read_intrinsics(settings.intrinsics).attach if settings.intrinsics else iter
    source = open_source(settings)
    with (
        Interrupt() as interrupt,
        open_recorder(
            settings.record,
            settings.record.file,
            source=source,
            attachments=attachments,
            sweeps=settings.sweeps,
            dressed=lambda focal_slice: next(iter(attach((focal_slice,)))),
        ) as recorder,
        Acquisition(source, tap=recorder) as acquisition,
    ):
        interrupt.on_stop = acquisition.stop
        _log.info("%s: recording to %s", source.name, settings.record.file)
        for _ in _sweeps_of(acquisition, limit=settings.sweeps):
            pass
        return INTERRUPTED if interrupt.requested else 0


def _sweeps_of(slices: Acquisition, *, limit: int | None) -> Iterator[FocalSlice]:
    """Yield slices until `limit` sweeps are done."""
    seen: set[int] = set()
    for focal_slice in slices:
        seen.add(focal_slice.tag.sweep_id)
        if limit is not None and len(seen) > limit:
            return
        yield focal_slice
        if len(seen) == limit and focal_slice.tag.last_in_sweep:
            return
