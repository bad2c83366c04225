"""Where the messages of an MCAP file are, without reading what is in most of them."""

import os
import struct
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Channel, Chunk, Schema
from zstandard import ZstdError

from capture.recording.mcap_file.chunks import check_record_size, unpacked
from focstream.files.user_file import open_file
from focstream.types import InputError

_MAGIC = b"\x89MCAP0\r\n"
_HEAD = struct.Struct("<BQ")
_MESSAGE = struct.Struct("<HIQQ")
_CHUNK = struct.Struct("<QQQII")
"""Its first and last time, its size and check sum unpacked, and the length of the name that follows."""
_LENGTH = struct.Struct("<Q")
_DAMAGED = (McapError, ValueError, RuntimeError, OverflowError, ZstdError, struct.error)
_IN_CHUNKS = (Opcode.SCHEMA, Opcode.CHANNEL, Opcode.MESSAGE)


@dataclass(frozen=True, slots=True)
class MessageHead:
    """A message without most of what is in it.

    Attributes
    ----------
    byte
        Of the file, at which its chunk begins; or itself, where it is in none.
    record
        Which of the records in the chunk it is, from 0.
    channel_id, log_time
        As in the message.
    data
        What is in it, where that was wanted; None otherwise.
    """

    byte: int
    record: int
    channel_id: int
    log_time: int
    data: bytes | None


Head = MessageHead | Channel | Schema


def message_heads(
    path: Path,
    *,
    topics: Container[str],
    begin_byte: int = 0,
    end_byte: int | None = None,
    channels: Mapping[int, str] | None = None,
) -> Iterator[Head]:
    """Yield schemas, channels and the heads of messages, in their order, to the end or to where it is cut.

    Images are passed over, so that a file of many gigabytes is looked through in a moment.

    Parameters
    ----------
    path
        The file.
    topics
        Those whose messages are to be read.
    begin_byte, end_byte
        From one record to another, as the index says. Default: all of the file.
    channels
        Topic by the number of the channel, where it may have been said before.

    Raises
    ------
    InputError
        When it cannot be read, is no MCAP file, holds a record beyond the limit, or no record ends at
        `end_byte`.
    """
    with open_file(path, remedy="check the file") as file:
        try:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            if file.read(len(_MAGIC)) != _MAGIC:
                raise InputError(f"{path} is not an MCAP file; give a recording")
            file.seek(max(begin_byte, len(_MAGIC)))
            walk = _Walk(file, path=path, topics=topics, channels=channels or {})
            yield from walk.records(size if end_byte is None else end_byte)
            if end_byte is not None and walk.at != end_byte:
                raise InputError(f"{path}: its index is wrong; run python -m capture recover {path}")
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror}); check the file") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """Records one after the other, from here to `end`, in a file or in what was unpacked."""

    file: IO[bytes]
    end: int

    def heads(self) -> Iterator[tuple[int, int, int]]:
        """Yield opcode, length and end of every record, the file being at its content."""
        at = self.file.tell()
        while at + _HEAD.size <= self.end:
            opcode, length = _HEAD.unpack(self.file.read(_HEAD.size))
            at += _HEAD.size + length
            if opcode == 0 or at > self.end:
                raise ValueError("a record ends behind its end")
            yield opcode, length, at
            self.file.seek(at)


class _Walk:
    def __init__(
        self, file: IO[bytes], *, path: Path, topics: Container[str], channels: Mapping[int, str]
    ) -> None:
        self._file = file
        self._path = path
        self._topics = topics
        self._channels = dict(channels)
        self.at = 0

    def records(self, size: int) -> Iterator[Head]:
        """Yield what is in the file, until it ends or makes no sense any more."""
        try:
            for opcode, length, end in _Opened(file=self._file, end=size).heads():
                if opcode == Opcode.FOOTER:
                    return
                begins = end - length - _HEAD.size
                if opcode == Opcode.CHUNK:
                    check_record_size(length, path=self._path)
                    yield from self._of_chunk(length, begins=begins, end=end)
                elif opcode in _IN_CHUNKS:
                    check_record_size(length, path=self._path)
                    yield self._head(self._file, opcode, length, byte=begins, record=0)
                self.at = end
        except _DAMAGED:
            return

    def _of_chunk(self, length: int, *, begins: int, end: int) -> Iterator[Head]:
        """Yield what is in a chunk; one that is damaged is passed over from there on."""
        try:
            opened = self._open_chunk(length, end=end)
            for record, (opcode, size, _) in enumerate(opened.heads()):
                if opcode in _IN_CHUNKS:
                    yield self._head(opened.file, opcode, size, byte=begins, record=record)
        except _DAMAGED:
            return

    def _open_chunk(self, length: int, *, end: int) -> _Opened:
        start = self._file.tell()
        name_bytes = _CHUNK.unpack(self._file.read(_CHUNK.size))[-1]
        if name_bytes == 0:
            (records,) = _LENGTH.unpack(self._file.read(_LENGTH.size))
            return _Opened(file=self._file, end=min(self._file.tell() + records, end))
        self._file.seek(start)
        chunk = Chunk.read(ReadDataStream(BytesIO(self._file.read(length))))
        data = unpacked(chunk, path=self._path)
        return _Opened(file=BytesIO(data), end=len(data))

    def _head(self, file: IO[bytes], opcode: int, length: int, *, byte: int, record: int) -> Head:
        if opcode != Opcode.MESSAGE:
            content = ReadDataStream(BytesIO(file.read(length)))
            found: Channel | Schema = (Channel if opcode == Opcode.CHANNEL else Schema).read(content)
            if isinstance(found, Channel):
                self._channels[found.id] = found.topic
            return found
        channel_id, _, log_time, _ = _MESSAGE.unpack(file.read(_MESSAGE.size))
        data = (
            file.read(length - _MESSAGE.size) if self._channels.get(channel_id, "") in self._topics else None
        )
        return MessageHead(byte, record, channel_id, log_time, data)
