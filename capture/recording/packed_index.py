"""The index of a recording while it is being written."""

from collections.abc import Iterator

from mcap.data_stream import RecordBuilder
from mcap.records import ChunkIndex
from mcap.writer import Writer

_KEPT_BY_WRITER = "_Writer__chunk_indices"


class PackedIndex:
    """What an MCAP writer notes of every chunk, kept as the bytes that it writes at the end.

    The writer's own list holds an object of 500 to 700 bytes for every chunk, which adds up in a recording of
    days; packed it is about 100.
    """

    def __init__(self) -> None:
        self._records = bytearray()

    def append(self, index: ChunkIndex) -> None:
        """Add what is known of one more chunk."""
        builder = RecordBuilder()
        index.write(builder)
        self._records += builder.end()

    def __iter__(self) -> Iterator["PackedIndex"]:
        """Yield the only thing that there is to `write`."""
        yield self

    def write(self, stream: RecordBuilder) -> None:
        """Write everything, as the writer does with each thing in its list."""
        stream.write(self._records)


def pack_index(writer: Writer) -> None:
    """Let `writer`, which has written no chunk yet, keep its index packed."""
    if getattr(writer, _KEPT_BY_WRITER, None) == []:  # mcap offers no way to ask for it
        setattr(writer, _KEPT_BY_WRITER, PackedIndex())
