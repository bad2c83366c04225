"""What a file holds besides messages: metadata and attachments, wherever they are in it.

Our writer puts them before the slices, so that a crash takes none of them. The tools of others put them
behind.
"""

import struct
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.reader import make_reader
from mcap.records import Attachment, Channel, McapRecord, Metadata
from mcap.summary import Summary

from capture.recording.origin import END_RECORD
from capture.recording.record_stream import RecordStream

_KINDS: dict[int, type[Metadata] | type[Attachment]] = {
    Opcode.METADATA: Metadata,
    Opcode.ATTACHMENT: Attachment,
}
_HEAD = struct.Struct("<BQ")
_DAMAGED = (McapError, ValueError, OverflowError, struct.error)


def read_summary(path: Path) -> Summary | None:
    """Read the index at the end of a file; None where there is none, or it makes no sense."""
    try:
        with path.open("rb") as file:
            return make_reader(file).get_summary()
    except (OSError, *_DAMAGED):
        return None


def read_enclosed(path: Path, summary: Summary | None) -> list[Metadata | Attachment]:
    """Read metadata and attachments, in the order of the file.

    Parameters
    ----------
    path
        The file, whole or cut short.
    summary
        As by `read_summary`; where it does not name them all, they are looked for.

    Raises
    ------
    InputError
        When the file cannot be read, or is no MCAP file.
    """
    offsets = _offsets(summary)
    if offsets is not None:
        try:
            return list(_read_at(path, offsets))
        except (OSError, *_DAMAGED):
            pass  # the index is wrong
    return list(_enclosed(RecordStream(path, kinds=_KINDS)))


def has_topic(path: Path, topic: str, summary: Summary | None) -> bool:
    """Whether a file has a channel for this topic; reads to where it is announced if there is no index.

    Raises
    ------
    InputError
        When the file cannot be read, or is no MCAP file.
    """
    if summary is not None and _has_channels(summary):
        return any(channel.topic == topic for channel in summary.channels.values())
    return any(isinstance(record, Channel) and record.topic == topic for record in RecordStream(path))


def message_count(topic: str, summary: Summary | None) -> int | None:
    """How many messages of this topic the index announces; None where it does not."""
    if summary is None or summary.statistics is None or not _has_channels(summary):
        return None
    counts = summary.statistics.channel_message_counts
    channels = (number for number, channel in summary.channels.items() if channel.topic == topic)
    return sum(counts.get(number, 0) for number in channels)


def slices_announced(record: Metadata) -> int | None:
    """How many slices were recorded, if this is what our writer ends a file with; None otherwise."""
    count = record.metadata.get("slices", "")
    return int(count) if record.name == END_RECORD and count.isdecimal() else None


def _has_channels(summary: Summary) -> bool:
    """Whether the index names all channels; writers may leave them out."""
    return summary.statistics is not None and len(summary.channels) == summary.statistics.channel_count


def _offsets(summary: Summary | None) -> list[int] | None:
    """Where metadata and attachments begin; None where the index leaves some out."""
    if summary is None or summary.statistics is None:
        return None
    metadata = [index.offset for index in summary.metadata_indexes]
    attachments = [index.offset for index in summary.attachment_indexes]
    statistics = summary.statistics
    if (len(metadata), len(attachments)) != (statistics.metadata_count, statistics.attachment_count):
        return None
    return sorted(metadata + attachments)


def _read_at(path: Path, offsets: Iterable[int]) -> Iterator[Metadata | Attachment]:
    with path.open("rb") as file:
        size = path.stat().st_size
        for offset in offsets:
            file.seek(offset)
            opcode, length = _HEAD.unpack(file.read(_HEAD.size))
            if opcode not in _KINDS or length > size:
                raise ValueError("the index points to something else")
            yield from _enclosed([_KINDS[opcode].read(ReadDataStream(BytesIO(file.read(length))))])


def _enclosed(records: Iterable[McapRecord]) -> Iterator[Metadata | Attachment]:
    return (record for record in records if isinstance(record, Metadata | Attachment))
