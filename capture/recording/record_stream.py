"""The records of an MCAP file one after the other, also of a file that was cut short."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from mcap.exceptions import EndOfFile, InvalidMagic, McapError
from mcap.reader import make_reader
from mcap.records import Chunk, McapRecord
from mcap.stream_reader import StreamReader, breakup_chunk

from focstream.types import InputError


class RecordStream:
    """Iterates over the records of a file in the order in which they were written.

    An index is neither needed nor trusted. Chunks that are damaged are passed over and counted; where the
    file was cut short, the iteration ends.

    Parameters
    ----------
    path
        Of the file; opened while iterating.

    Attributes
    ----------
    whole
        After the iteration: whether the file has its end, the index.
    damaged_chunks
        Chunks passed over, because their check sum is wrong.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
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
                yield from self._records(cast("IO[bytes]", _WholeReads(file)), self.path.stat().st_size)
        except OSError as error:
            raise InputError(f"{self.path} cannot be read ({error.strerror}); check the file") from error

    def _records(self, file: IO[bytes], size: int) -> Iterator[McapRecord]:
        reader = StreamReader(file, emit_chunks=True, record_size_limit=size)
        started = False
        records = reader.records
        while True:
            try:
                record = next(records)
            except InvalidMagic as error:
                if not started:
                    raise InputError(f"{self.path} is not an MCAP file; give a recording") from error
                return
            except StopIteration:  # beyond the index
                self.whole = True
                return
            except (EndOfFile, McapError, struct.error, ValueError):
                return
            started = True
            yield from self._opened(record)

    def _opened(self, record: McapRecord) -> list[McapRecord]:
        if not isinstance(record, Chunk):
            return [record]
        try:
            return breakup_chunk(record, validate_crc=True)
        except (McapError, ValueError, RuntimeError, struct.error):
            self.damaged_chunks += 1
            return []


def lacks(path: Path, topic: str) -> bool:
    """Tell whether the index of a file says that no message has this topic; False without an index."""
    try:
        with path.open("rb") as file:
            summary = make_reader(file).get_summary()
    except (OSError, McapError, struct.error, ValueError):
        return False
    if summary is None or summary.statistics is None:
        return False
    counts = summary.statistics.channel_message_counts
    channels = (number for number, channel in summary.channels.items() if channel.topic == topic)
    return not any(counts.get(number) for number in channels)


class _WholeReads:
    """A file whose reads give all bytes asked for, or end the iteration: mcap would take a part for all."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, length: int) -> bytes:
        data = self._file.read(length)
        if len(data) < length or (length == 1 and data == b"\0"):  # the space reserved beyond the last record
            raise EndOfFile
        return data
