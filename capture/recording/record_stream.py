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
from mcap.stream_reader import breakup_chunk
from zstandard import ZstdError

from focstream.types import InputError


class _Kind(Protocol):
    def read(self, stream: ReadDataStream) -> McapRecord: ...


_MAGIC = b"\x89MCAP0\r\n"
_HEAD = struct.Struct("<BQ")
"""Every record begins with its opcode and the length of what follows."""
_RESERVED = 0
"""No opcode: the space that was reserved beyond the last record."""
_KINDS: dict[int, _Kind] = {
    Opcode.HEADER: Header,
    Opcode.SCHEMA: Schema,
    Opcode.CHANNEL: Channel,
    Opcode.ATTACHMENT: Attachment,
    Opcode.METADATA: Metadata,
}
_ASKED_FOR = {Opcode.CHUNK, Opcode.MESSAGE, *_KINDS}
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

    Attributes
    ----------
    whole
        After the iteration: whether the file has its end, the index.
    damaged_chunks
        Chunks passed over, because their check sum is wrong.
    """

    def __init__(self, path: Path, *, kinds: Container[int] = _ASKED_FOR) -> None:
        self.path = path
        self._kinds = kinds
        self.whole = False
        self.damaged_chunks = 0

    def __iter__(self) -> Iterator[McapRecord]:
        """Yield records; those inside of chunks one by one.

        Raises
        ------
        InputError
            When the file cannot be read, or is no MCAP file at all.
        """
        self.whole, self.damaged_chunks = False, 0
        try:
            with self.path.open("rb") as file:
                yield from self._records(file, self.path.stat().st_size)
        except OSError as error:
            raise InputError(f"{self.path} cannot be read ({error.strerror}); check the file") from error

    def _records(self, file: IO[bytes], size: int) -> Iterator[McapRecord]:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise InputError(f"{self.path} is not an MCAP file; give a recording")
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
            content = file.read(length)
            if len(content) < length:
                return
            try:
                records = self._opened(opcode, content)
            except _DAMAGED:
                return
            yield from records

    def _opened(self, opcode: int, content: bytes) -> list[McapRecord]:
        """Return what is in a record: the records of a chunk, or itself."""
        stream = ReadDataStream(BytesIO(content))
        if opcode == Opcode.MESSAGE:
            return [Message.read(stream, len(content))]
        if opcode != Opcode.CHUNK:
            return [_KINDS[opcode].read(stream)]
        try:
            return breakup_chunk(Chunk.read(stream), validate_crc=True)
        except _DAMAGED:
            self.damaged_chunks += 1
            return []
