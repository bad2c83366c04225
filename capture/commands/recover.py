"""Gives a recording that was cut short its end and its index back."""

from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated

import tyro
from mcap.records import Attachment, Channel, Header, McapRecord, Message, Metadata, Schema
from mcap.writer import CompressionType, Writer

from capture.recording.mcap_file.enclosed import read_summary, slices_announced
from capture.recording.mcap_file.record_stream import RecordStream
from capture.recording.schemas import SLICE_TAG
from capture.recording.series.files import find_series
from focstream.counted import counted
from focstream.files.part_files import whole_file
from focstream.types import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverSettings:
    """A recording that was cut short.

    Attributes
    ----------
    file
        The .mcap file, or the folder of a recording in several files; what is there is left as it is.
    out
        New file; by default NAME.recovered.mcap beside it.
    """

    file: Annotated[Path, tyro.conf.Positional]
    out: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What was found.

    Attributes
    ----------
    path
        The new file.
    slices
        In it.
    was_whole
        True when nothing was missing at the end of the old file.
    damaged_chunks
        Parts of the old file that could not be used.
    slices_announced
        Slices that were recorded, by the end of the old file; None where it is missing.
    """

    path: Path
    slices: int
    was_whole: bool
    damaged_chunks: int
    slices_announced: int | None

    def __str__(self) -> str:
        state = "was whole" if self.was_whole else "was cut short"
        damaged = f", {self.damaged_chunks} damaged chunks left out" if self.damaged_chunks else ""
        missing = (self.slices_announced or 0) - self.slices
        if missing > 0:
            damaged += f", {missing} of the {self.slices_announced} slices that were recorded are not in it"
        return f"{state}{damaged}: {counted(self.slices, 'slice')} in {self.path}"


def recover_recording(settings: RecoverSettings) -> str:
    """Recover a file, or the files in a folder that were cut short; returns what was found, in words.

    Raises
    ------
    InputError
        As `recover`, and when a folder is to become one file.
    """
    path = settings.file
    if not path.is_dir():
        return f"{path} {recover(path, out=settings.out)}"
    if settings.out is not None:
        raise InputError("--out is for one file; of a folder, every file gets one beside it")
    torn = [file for _, file in find_series(path).parts if read_summary(file) is None]
    return "\n".join(f"{file} {recover(file)}" for file in torn) or f"{path}: no file of it was cut short"


def recover(path: Path, *, out: Path | None = None) -> Recovered:
    """Copy everything that is intact, with metadata and attachments, into a new whole file.

    Parameters
    ----------
    path
        The recording; it is left as it is.
    out
        New file; by default ``NAME.recovered.mcap`` beside it.

    Raises
    ------
    InputError
        When the file cannot be read, is no MCAP file, or the new one exists or cannot be written.
    """
    target = out or path.with_suffix(".recovered.mcap")
    if target.exists():
        raise InputError(f"{target} exists and is not replaced: give another file with --out")
    stream = RecordStream(path)
    try:
        with whole_file(target) as part, part.open("xb") as file:
            slices, announced = _copy(stream, file)
    except OSError as error:
        raise InputError(f"cannot write {target}: {error.strerror}; make room, or give --out") from error
    return Recovered(
        path=target,
        slices=slices,
        was_whole=stream.whole,
        damaged_chunks=stream.damaged_chunks,
        slices_announced=announced,
    )


def _copy(stream: RecordStream, file: IO[bytes]) -> tuple[int, int | None]:
    """Copy all records; returns how many slices were copied, and how many the end of the file announces."""
    copier = _Copier(Writer(file, compression=CompressionType.NONE))
    announced = None
    for record in stream:
        copier.copy(record)
        if isinstance(record, Metadata) and (count := slices_announced(record)) is not None:
            announced = (announced or 0) + count
    return copier.finish(), announced


class _Copier:
    """Puts records into a new file, with the new file's numbers for schemas and channels."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._started = False
        self._schemas = {0: 0}
        self._channels: dict[int, int] = {}
        self._tags: set[int] = set()
        self._slices = 0

    def copy(self, record: McapRecord) -> None:
        if isinstance(record, Header):
            self._writer.start(profile=record.profile, library=record.library)
            self._started = True
        elif isinstance(record, Schema) and record.id not in self._schemas:
            self._schemas[record.id] = self._writer.register_schema(
                name=record.name, encoding=record.encoding, data=record.data
            )
        elif isinstance(record, Channel):
            self._copy_channel(record)
        elif isinstance(record, Message):
            self._copy_message(record)
        elif isinstance(record, Metadata):
            self._writer.add_metadata(record.name, record.metadata)
        elif isinstance(record, Attachment):
            self._writer.add_attachment(
                create_time=record.create_time,
                log_time=record.log_time,
                name=record.name,
                media_type=record.media_type,
                data=record.data,
            )

    def finish(self) -> int:
        """End the file; returns how many slices were copied."""
        if not self._started:
            self._writer.start()
        self._writer.finish()
        return self._slices

    def _copy_channel(self, record: Channel) -> None:
        if record.id in self._channels or record.schema_id not in self._schemas:
            return
        self._channels[record.id] = self._writer.register_channel(
            topic=record.topic,
            message_encoding=record.message_encoding,
            schema_id=self._schemas[record.schema_id],
            metadata=record.metadata,
        )
        if record.topic == SLICE_TAG.name:
            self._tags.add(record.id)

    def _copy_message(self, record: Message) -> None:
        channel_id = self._channels.get(record.channel_id)
        if channel_id is None:  # its channel was in a damaged chunk
            return
        self._writer.add_message(
            channel_id=channel_id,
            log_time=record.log_time,
            publish_time=record.publish_time,
            sequence=record.sequence,
            data=record.data,
        )
        self._slices += record.channel_id in self._tags
