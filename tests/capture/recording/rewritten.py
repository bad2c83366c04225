"""Recordings as the tools of others rewrite them, by mcap's own reader and writer."""

from collections.abc import Callable, Iterable
from pathlib import Path

from mcap.reader import make_reader
from mcap.records import Channel, Message, Metadata, Schema
from mcap.writer import CompressionType, IndexType, Writer

Item = tuple[Schema | None, Channel, Message]


def rewrite(
    source: Path,
    target: Path,
    *more: Path,
    attachments: bool = True,
    metadata: Callable[[Metadata], bool] = lambda _: True,
    keep: Callable[[Item], bool] = lambda _: True,
    sequence: Callable[[Message], int] = lambda message: message.sequence,
    compression: CompressionType = CompressionType.ZSTD,
    index: IndexType = IndexType.ALL,
    chunks: bool = True,
    channels_in_index: bool = True,
) -> Path:
    """Write all messages in the order of their times, then metadata and attachments, as mcap's tools do."""
    with target.open("wb") as file:
        writer = Writer(
            file,
            chunk_size=1000,
            compression=compression,
            index_types=index,
            use_chunking=chunks,
            repeat_channels=channels_in_index,
        )
        writer.start(profile="ros2", library="a tool")
        channels: dict[str, int] = {}
        for schema, channel, message in _items((source, *more)):
            if not keep((schema, channel, message)):
                continue
            if channel.topic not in channels:
                assert schema is not None
                number = writer.register_schema(schema.name, schema.encoding, schema.data)
                channels[channel.topic] = writer.register_channel(
                    channel.topic, channel.message_encoding, number
                )
            writer.add_message(
                channels[channel.topic],
                log_time=message.log_time,
                publish_time=message.publish_time,
                sequence=sequence(message),
                data=message.data,
            )
        writer.flush()  # else what follows would stand before the last chunk
        for path in (source, *more):
            with path.open("rb") as opened:
                for record in make_reader(opened).iter_metadata():
                    if metadata(record):
                        writer.add_metadata(record.name, record.metadata)
            with path.open("rb") as opened:
                for item in make_reader(opened).iter_attachments() if attachments else ():
                    writer.add_attachment(
                        item.create_time, item.log_time, item.name, item.media_type, item.data
                    )
        writer.finish()
    return target


def _items(paths: Iterable[Path]) -> list[Item]:
    items: list[Item] = []
    for path in paths:
        with path.open("rb") as file:
            items += make_reader(file).iter_messages(log_time_order=False)
    return sorted(items, key=lambda item: item[2].log_time)
