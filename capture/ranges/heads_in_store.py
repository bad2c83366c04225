"""Where the messages of a file are, also of one in a store, where every look takes a while."""

from collections.abc import Container, Iterator
from itertools import pairwise
from pathlib import Path

from capture.ranges.ahead import made_ahead
from capture.recording.mcap_file.enclosed import chunk_bytes, read_summary
from capture.recording.mcap_file.message_heads import Head, message_heads
from focstream.files.store_path import StorePath

_CHUNKS = 8
"""That are looked into one after the other: opening the file takes a look, too."""


def heads_of(path: Path, *, topics: Container[str]) -> Iterator[Head]:
    """Yield as `message_heads`; of a file in a store, parts that its index tells are looked into at once.

    Raises
    ------
    InputError
        As `message_heads`; when the index is wrong.
    """
    summary = read_summary(path) if isinstance(path, StorePath) else None
    chunks = chunk_bytes(path) if summary is not None else None
    if summary is None or chunks is None or len(chunks) <= _CHUNKS:
        yield from message_heads(path, topics=topics)
        return
    channels = {number: channel.topic for number, channel in summary.channels.items()}
    cuts = (0, *chunks[_CHUNKS::_CHUNKS], None)
    yield from made_ahead(
        pairwise(cuts),
        lambda part: message_heads(
            path, topics=topics, begin_byte=part[0] or 0, end_byte=part[1], channels=channels
        ),
        waits=lambda _: True,
    )
