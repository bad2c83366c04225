"""Makes a recorder from what the user typed."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

from capture.recording.config import RecordConfig
from capture.recording.disk import Disk
from capture.recording.file_writer import FileWriter
from capture.recording.origin import Attachment, Origin, configuration_attachment
from capture.recording.recorder import Recorder
from capture.recording.series.files import SUFFIX
from capture.recording.series.writer import SeriesWriter
from capture.simulator.slow_disk import SlowDisk
from focstream.protocols import SliceSource


def recorder_opener(
    config: RecordConfig,
    *,
    source: SliceSource,
    options_json: str,
    attachments: Sequence[Attachment] = (),
    disk_mib_s: float = 0.0,
) -> Callable[..., Recorder]:
    """Return `open_recorder` for one source: it still takes the path, and `sweeps`.

    `options_json` is what the program was asked for; it goes into every recording.
    """
    everything = (configuration_attachment(options_json), *attachments)
    return functools.partial(
        open_recorder, config, source=source, attachments=everything, disk_mib_s=disk_mib_s
    )


def open_recorder(
    config: RecordConfig,
    path: Path,
    *,
    source: SliceSource,
    attachments: Sequence[Attachment] = (),
    sweeps: int | None = None,
    depth_follows: bool = True,
    disk_mib_s: float = 0.0,
) -> Recorder:
    """Make the file or folder, and the recorder that writes it. A source that can wait waits for the disk.

    Parameters
    ----------
    config, path
        How to record, and to which new file. Where files rotate, a folder of this name without ``.mcap``.
    source
        Where the slices come from; not opened here.
    attachments
        Files to put into the recording.
    sweeps
        As in `Recorder`.
    depth_follows
        Whether the recorder is a sink of depth too.
    disk_mib_s
        Simulate a disk that takes so many MiB a second; 0 for the disk as it is.

    Raises
    ------
    InputError
        When the file exists or cannot be made.
    """
    disk = functools.partial(SlowDisk, mib_s=disk_mib_s) if disk_mib_s else Disk
    origin = Origin(device=source.name, attachments=tuple(attachments), note=config.note)
    writer: FileWriter | SeriesWriter
    if config.rotation is None:
        writer = FileWriter(path, origin=origin, compression=config.compression, disk=disk)
    else:
        writer = SeriesWriter(
            path.with_suffix("") if path.suffix == SUFFIX else path,
            origin=origin,
            rotation=config.rotation,
            compression=config.compression,
            depth_follows=depth_follows,
            disk=disk,
        )
    return Recorder(
        writer,
        when_full="drop" if source.free_running else "wait",
        queue_bytes=config.queue_mib * 2**20,
        depth=config.maps,
        sweeps=sweeps,
        device=lambda: source.device,
    )
