"""Recording without computing depth: all of the computer for the slices."""

import logging
from collections.abc import Iterator

from capture.acquisition import Acquisition
from capture.commands.record_settings import RecordSettings
from capture.open_source import open_recording, open_source
from capture.recording.open_recorder import open_recorder
from capture.recording.origin import configuration_attachment
from capture.rig_files import read_rig_files
from capture.unused_options import unused_options
from focstream.program.flags import say_unused
from focstream.program.interrupt import Interrupt
from focstream.program.signals import INTERRUPTED
from focstream.types import FocalSlice, InputError

_log = logging.getLogger(__name__)


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
    say_unused(unused_options(settings, settings.record))
    recording = open_recording(settings)
    files = read_rig_files(profile=settings.profile, intrinsics=settings.intrinsics, recording=recording)
    as_taken = settings.model_copy(update={"align": settings.align or "off"})
    source = open_source(as_taken, recording=recording, files=files)
    configuration = configuration_attachment(settings.model_dump_json(indent=2))
    with (
        Interrupt() as interrupt,
        open_recorder(
            settings.record,
            settings.record.file,
            source=source,
            attachments=(configuration, *files.attachments),
            sweeps=settings.sweeps,
            depth_follows=False,
            disk_mib_s=settings.sim.disk_mib_s,
        ) as recorder,
        Acquisition(source, tap=recorder, intrinsics=files.intrinsics) as acquisition,
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
