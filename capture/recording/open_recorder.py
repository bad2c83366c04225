"""Makes a recorder from what the user typed."""

from collections.abc import Sequence
from pathlib import Path

from capture.recording.config import RecordConfig
from capture.recording.file_writer import FileWriter
from capture.recording.origin import Attachment, Origin
from capture.recording.recorder import Recorder
from focstream.protocols import SliceSource


def open_recorder(
    config: RecordConfig,
    path: Path,
    *,
    source: SliceSource,
    attachments: Sequence[Attachment] = (),
    sweeps: int | None = None,
) -> Recorder:
    """Make the file, and the recorder that writes it. A source that can wait is made to wait for the disk.

    Parameters
    ----------
    config, path
        How to record, and to which new file.
    source
        Where the slices come from; not opened here.
    attachments
        Files to put into the recording.
    sweeps
        As in `Recorder`.

    Raises
    ------
    InputError
        When the file exists or cannot be made.
    """
    origin = Origin(device=source.name, attachments=tuple(attachments), note=config.note)
    return Recorder(
        FileWriter(path, origin=origin, compression=config.compression),
        when_full="drop" if source.free_running else "wait",
        queue_bytes=config.queue_mib * 2**20,
        depth=config.maps,
        sweeps=sweeps,
        device=lambda: source.device,
    )
