"""What a file holds besides messages: metadata and attachments, wherever they are in it.

Our writer puts them before the slices, so that a crash takes none of them. The tools of others put them
behind.
"""

import os
import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import IO

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import (
    Attachment,
    AttachmentIndex,
    Channel,
    McapRecord,
    Metadata,
    MetadataIndex,
    Statistics,
)
from mcap.summary import Summary

from capture.recording.mcap_file.chunks import check_record_size
from capture.recording.mcap_file.record_stream import RecordKind, RecordStream
from capture.recording.origin import END_RECORD
from focstream.files.limits import ENCLOSED_BYTES, ENCLOSED_RECORDS, SUMMARY_BYTES
from focstream.files.user_file import length_of, open_file, size_text
from focstream.files.whole_number import whole_number
from focstream.types import InputError

_KINDS: dict[int, type[Metadata] | type[Attachment]] = {
    Opcode.METADATA: Metadata,
    Opcode.ATTACHMENT: Attachment,
}
_SUMMARY_KINDS: dict[int, RecordKind] = {
    Opcode.STATISTICS: Statistics,
    Opcode.CHANNEL: Channel,
    Opcode.ATTACHMENT_INDEX: AttachmentIndex,
    Opcode.METADATA_INDEX: MetadataIndex,
}
_HEAD = struct.Struct("<BQ")
_CHUNK_BEGINS = struct.Struct("<16xQ")
"""In the index of a chunk, behind its first and last time."""
_FOOTER = struct.Struct("<BQQQI8s")
"""Opcode and length of the footer, where index and offsets begin, a check sum, and the end of the file."""
_MAGIC = b"\x89MCAP0\r\n"
_DAMAGED = (McapError, ValueError, OverflowError, struct.error)


def read_summary(path: Path) -> Summary | None:
    """Read the index at the end of a file; None where there is none, or it makes no sense.

    Raises
    ------
    InputError
        When the file cannot be read, or is no regular file.
    """
    try:
        with open_file(path, remedy="check the file") as file:
            return _summary_in(file)
    except (OSError, *_DAMAGED):
        return None


def chunk_bytes(path: Path) -> Sequence[int] | None:
    """Return the byte at which each chunk begins, as the index says; None where it does not say it of all.

    Raises
    ------
    InputError
        When the file cannot be read, or is no regular file.
    """
    found, told = array("Q"), None
    try:
        with open_file(path, remedy="check the file") as file:
            for opcode, content in _summary_records(file):
                if opcode == Opcode.CHUNK_INDEX:
                    found.append(_CHUNK_BEGINS.unpack_from(content)[0])
                elif opcode == Opcode.STATISTICS:
                    told = Statistics.read(ReadDataStream(BytesIO(content))).chunk_count
    except (OSError, *_DAMAGED):
        return None
    in_order = all(before < after for before, after in pairwise(found))
    return found if in_order and told == len(found) else None


def _summary_in(file: IO[bytes]) -> Summary:
    """Read the summary; chunk indices are left out."""
    summary = Summary()
    for opcode, content in _summary_records(file):
        if opcode in _SUMMARY_KINDS:
            _add(summary, _SUMMARY_KINDS[opcode].read(ReadDataStream(BytesIO(content))))
    return summary


def _summary_records(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the records between the place that the footer names and the footer; ValueError without them."""
    end = file.seek(-_FOOTER.size, os.SEEK_END)
    opcode, _, start, _, _, magic = _FOOTER.unpack(file.read(_FOOTER.size))
    if (opcode, magic) != (Opcode.FOOTER, _MAGIC) or not 0 < start <= end or end - start > SUMMARY_BYTES:
        raise ValueError("there is no summary")
    file.seek(start)
    data, at = file.read(end - start), 0
    while at < len(data):
        opcode, length = _HEAD.unpack_from(data, at)
        at += _HEAD.size + length
        if opcode == 0 or at > len(data):
            raise ValueError("the summary ends early")
        yield opcode, data[at - length : at]


def _add(summary: Summary, record: McapRecord) -> None:
    if isinstance(record, Statistics):
        summary.statistics = record
    elif isinstance(record, Channel):
        summary.channels[record.id] = record
    elif isinstance(record, AttachmentIndex):
        summary.attachment_indexes.append(record)
    elif isinstance(record, MetadataIndex):
        summary.metadata_indexes.append(record)


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
        When the file cannot be read, is no MCAP file, or encloses more than `ENCLOSED_BYTES` or
        `ENCLOSED_RECORDS`.
    """
    offsets = _offsets(summary)
    if offsets is not None:
        try:
            return _bounded(_read_at(path, offsets), path=path)
        except (OSError, *_DAMAGED):
            pass  # the index is wrong
    return _bounded(_enclosed(RecordStream(path, kinds=_KINDS)), path=path)


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
    return whole_number(record.metadata.get("slices", "")) if record.name == END_RECORD else None


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


def _bounded(records: Iterable[Metadata | Attachment], *, path: Path) -> list[Metadata | Attachment]:
    """Keep records as long as they take a bounded memory: an index can name one a million times."""
    kept: list[Metadata | Attachment] = []
    taken = 0
    for record in records:
        kept.append(record)
        taken += _size_of(record)
        if taken > ENCLOSED_BYTES or len(kept) > ENCLOSED_RECORDS:
            raise InputError(
                f"{path} encloses more than {size_text(ENCLOSED_BYTES)}, or more than {ENCLOSED_RECORDS} "
                "files and notes; a recording by focstream has a few"
            )
    return kept


def _size_of(record: Metadata | Attachment) -> int:
    if isinstance(record, Attachment):
        return len(record.data)
    return sum(len(key) + len(value) for key, value in record.metadata.items())


def _read_at(path: Path, offsets: Iterable[int]) -> Iterator[Metadata | Attachment]:
    with open_file(path, remedy="check the file") as file:
        size = length_of(file)
        for offset in offsets:
            file.seek(offset)
            opcode, length = _HEAD.unpack(file.read(_HEAD.size))
            if opcode not in _KINDS or length > size:
                raise ValueError("the index points to something else")
            check_record_size(length, path=path)
            yield from _enclosed([_KINDS[opcode].read(ReadDataStream(BytesIO(file.read(length))))])


def _enclosed(records: Iterable[McapRecord]) -> Iterator[Metadata | Attachment]:
    return (record for record in records if isinstance(record, Metadata | Attachment))
