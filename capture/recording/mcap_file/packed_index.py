"""The index of a recording while it is being written."""

from collections.abc import Iterator

from mcap.data_stream import RecordBuilder
from mcap.records import ChunkIndex
from mcap.writer import Writer

_KEPT_BY_WRITER = "_Writer__chunk_indices"
_BLOCK_BYTES = 64 * 2**10  # one growing array would be moved again and again, and leave holes in the memory


class PackedIndex:
    """What an MCAP writer notes of every chunk, kept as the bytes that it writes at the end.

    The writer's own list holds an object of 500 to 700 bytes for every chunk, which adds up in a recording of
    days; packed it is about 100.
    """

    def __init__(self) -> None:
        self._full: list[bytes] = []
        self._last = bytearray()

    def append(self, index: ChunkIndex) -> None:
        """Add what is known of one more chunk."""
        builder = RecordBuilder()
        index.write(builder)
        self._last += builder.end()
        if len(self._last) >= _BLOCK_BYTES:
            self._full.append(bytes(self._last))
            self._last.clear()

    def __iter__(self) -> Iterator["PackedIndex"]:
        """Yield the only thing that there is to `write`."""
        yield self

    def write(self, stream: RecordBuilder) -> None:
        """Write everything, as the writer does with each thing in its list."""
        for block in self._full:
            stream.write(block)
        stream.write(self._last)


def pack_index(writer: Writer) -> None:
    """Let `writer`, which has written no chunk yet, keep its index packed."""
    if getattr(writer, _KEPT_BY_WRITER, None) == []:  # mcap offers no way to ask for it
        setattr(writer, _KEPT_BY_WRITER, PackedIndex())
