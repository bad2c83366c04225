"""The records of an MCAP file one after the other, also of a file that was cut short."""

import os
import struct
from collections.abc import Container, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Protocol

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Attachment, Channel, Chunk, Header, McapRecord, Message, Metadata, Schema
from zstandard import ZstdError

from capture.recording.mcap_file.chunks import check_record_size, unpacked
from focstream.files.user_file import length_of, open_file
from focstream.types import InputError


class RecordKind(Protocol):
    """Reads one kind of record."""

    def read(self, stream: ReadDataStream) -> McapRecord:
        """Read one."""
        ...


_MAGIC = b"\x89MCAP0\r\n"
_HEAD = struct.Struct("<BQ")
"""Every record begins with its opcode and the length of what follows."""
_RESERVED = 0
"""No opcode: the space that was reserved beyond the last record."""
_KINDS: dict[int, RecordKind] = {
    Opcode.HEADER: Header,
    Opcode.SCHEMA: Schema,
    Opcode.CHANNEL: Channel,
    Opcode.ATTACHMENT: Attachment,
    Opcode.METADATA: Metadata,
}
_ASKED_FOR = {Opcode.CHUNK, Opcode.MESSAGE, *_KINDS}
_IN_CHUNKS = (Opcode.SCHEMA, Opcode.CHANNEL, Opcode.MESSAGE)
_DAMAGED = (McapError, ValueError, RuntimeError, OverflowError, ZstdError, struct.error)
"""Whatever mcap, lz4 and zstandard raise when a record is not what its opcode says."""


class RecordStream:
    """Iterates over the records of a file in the order in which they were written.

    An index is neither needed nor trusted. Chunks that are damaged are passed over and counted; where the
    file was cut short, the iteration ends.

    Parameters
    ----------
    path
        The file; opened while iterating.
    kinds
        The opcodes of the records wanted; others are passed over without being read.
    begin_byte
        Where to begin: at a record. Default: at the beginning.

    Attributes
    ----------
    at
        While iterating, where the last record is: the byte at which its chunk begins, or itself where it is
        in none, and which record of the chunk it is.
    whole
        After the iteration: whether the file has its end, the index.
    damaged_chunks
        Chunks passed over, because their check sum is wrong.
    """

    def __init__(self, path: Path, *, kinds: Container[int] = _ASKED_FOR, begin_byte: int = 0) -> None:
        self.path = path
        self.at = (0, 0)
        self._kinds = kinds
        self._begin_byte = begin_byte
        self.whole = False
        self.damaged_chunks = 0

    def __iter__(self) -> Iterator[McapRecord]:
        """Yield records; those inside of chunks one by one.

        Raises
        ------
        InputError
            When the file cannot be read, is no MCAP file at all, or holds a record beyond `RECORD_BYTES`.
        """
        self.whole, self.damaged_chunks = False, 0
        with open_file(self.path, remedy="check the file") as file:
            try:
                yield from self._records(file, length_of(file))
            except OSError as error:
                raise InputError(f"{self.path} cannot be read ({error.strerror}); check the file") from error

    def _records(self, file: IO[bytes], size: int) -> Iterator[McapRecord]:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise InputError(f"{self.path} is not an MCAP file; give a recording")
        if self._begin_byte:
            file.seek(self._begin_byte)
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            opcode, length = _HEAD.unpack(head)
            if opcode == _RESERVED or length > size:
                return
            if opcode == Opcode.FOOTER:  # beyond the index
                self.whole = file.read(length + len(_MAGIC))[length:] == _MAGIC
                return
            if opcode not in self._kinds:
                file.seek(length, os.SEEK_CUR)
                continue
            check_record_size(length, path=self.path)
            self.at = (file.tell() - _HEAD.size, 0)
            content = file.read(length)
            if len(content) < length:
                return
            if opcode == Opcode.CHUNK:
                yield from self._of_chunk(content)
                continue
            try:
                record = _read(opcode, content)
            except _DAMAGED:
                return
            yield record

    def _of_chunk(self, content: bytes) -> Iterator[McapRecord]:
        """Yield the records of a chunk one by one: as objects they take many times its memory."""
        try:
            data = unpacked(Chunk.read(ReadDataStream(BytesIO(content))), path=self.path)
            at, (begins, record) = 0, self.at
            while at < len(data):
                opcode, length = _HEAD.unpack_from(data, at)
                at += _HEAD.size + length
                if at > len(data):
                    raise ValueError("a record ends behind its chunk")
                self.at, record = (begins, record), record + 1
                if opcode in _IN_CHUNKS:
                    yield _read(opcode, data[at - length : at])
        except _DAMAGED:
            self.damaged_chunks += 1


def _read(opcode: int, content: bytes) -> McapRecord:
    stream = ReadDataStream(BytesIO(content))
    return Message.read(stream, len(content)) if opcode == Opcode.MESSAGE else _KINDS[opcode].read(stream)
