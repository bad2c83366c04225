"""Where messages are is the same, looked through or read."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcap.records import Channel, Message

from capture.recording.mcap_file.message_heads import MessageHead, message_heads
from capture.recording.mcap_file.record_stream import RecordStream
from capture.recording.schemas import SLICE_TAG
from focstream.types import InputError
from tests.capture.recording.recordings import slice_number, write
from tests.capture.recording.rewritten import rewrite


def read(path: Path) -> list[tuple[int, ...]]:
    stream = RecordStream(path)
    return [
        (*stream.at, record.channel_id, record.log_time, len(record.data))
        for record in stream
        if isinstance(record, Message)
    ]


class _All(frozenset[str]):
    def __contains__(self, topic: object) -> bool:
        return True


def looked_through(path: Path) -> list[tuple[int, ...]]:
    heads = (head for head in message_heads(path, topics=_All()) if isinstance(head, MessageHead))
    return [
        (*(head.byte, head.record, head.channel_id, head.log_time), len(head.data or b"")) for head in heads
    ]


def as_recorded(path: Path) -> Path:
    return write(path / "a.mcap", map(slice_number, range(10)))


def in_small_chunks(path: Path) -> Path:
    return rewrite(as_recorded(path), path / "b.mcap")


def without_chunks(path: Path) -> Path:
    return rewrite(as_recorded(path), path / "b.mcap", chunks=False)


@pytest.mark.parametrize("make", [as_recorded, in_small_chunks, without_chunks])
def test_they_are_where_the_stream_finds_them(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    assert looked_through(path) == read(path)
    assert len(read(path)) >= 30


@pytest.mark.parametrize("make", [as_recorded, in_small_chunks, without_chunks])
def test_a_stream_that_begins_in_the_middle_goes_on_as_one_from_the_beginning(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    path = make(tmp_path)
    begin_byte = [at for at, *_ in read(path)][20]
    stream = RecordStream(path, begin_byte=begin_byte)
    places = [stream.at for record in stream if isinstance(record, Message)]
    assert places == [(byte, record) for byte, record, *_ in read(path) if byte >= begin_byte]
    assert stream.whole


def test_only_what_is_wanted_is_read(tmp_path: Path) -> None:
    channels: dict[int, str] = {}
    sizes: dict[str, set[int]] = {}
    for head in message_heads(as_recorded(tmp_path), topics={SLICE_TAG.name}):
        if isinstance(head, Channel):
            channels[head.id] = head.topic
        elif isinstance(head, MessageHead):
            sizes.setdefault(channels[head.channel_id], set()).add(len(head.data or b""))
    assert len(sizes) == 3
    assert all((sizes[name] != {0}) is (name == SLICE_TAG.name) for name in sizes)


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return as_recorded(tmp_path_factory.mktemp("heads")).read_bytes()


@given(data=st.data())
def test_a_file_that_was_cut_gives_what_it_holds(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("cut") / "a.mcap"
    path.write_bytes(content[: data.draw(st.integers(8, len(content)))])
    found = looked_through(path)
    assert found[: len(read(path))] == read(path)


@given(data=st.data())
def test_whatever_it_holds_it_ends_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("odd") / "a.mcap"
    odd = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        odd[data.draw(st.integers(8, len(odd) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(odd)
    with contextlib.suppress(InputError):
        looked_through(path)


def test_something_else_is_no_recording(tmp_path: Path) -> None:
    (tmp_path / "a.mcap").write_bytes(b"something else")
    with pytest.raises(InputError, match="is not an MCAP file"):
        looked_through(tmp_path / "a.mcap")
