"""Recordings that announce more than they hold, that are damaged anywhere, or are none."""

import contextlib
import os
import struct
import tracemalloc
from dataclasses import replace
from pathlib import Path

import lz4.frame
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcap.records import Chunk

from capture.commands.recover import recover
from capture.recording.mcap_file.chunks import unpacked
from capture.recording.mcap_file.enclosed import read_summary
from capture.recording.reader import RecordingReader
from focstream.files.limits import MIB
from focstream.types import FocstreamError, InputError
from tests.capture.recording.recordings import slice_number, write

quick = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
_END = struct.Struct("<BQQQI8s")


def read_all(path: Path) -> int:
    reader = RecordingReader(path)
    list(reader.final_maps())
    return len(list(reader.slices()))


@quick
@given(data=st.data())
def test_a_recording_that_is_damaged_anywhere_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "a.mcap"
    if not path.exists():
        write(path, map(slice_number, range(3)))
    whole = path.read_bytes()
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    damaged = tmp_path / "b.mcap"
    damaged.write_bytes(content[: data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))])
    with contextlib.suppress(FocstreamError):
        read_all(damaged)
    (tmp_path / "c.mcap").unlink(missing_ok=True)
    with contextlib.suppress(FocstreamError):
        recover(damaged, out=tmp_path / "c.mcap")


@quick
@given(data=st.binary(max_size=300))
def test_what_is_no_recording_is_refused(tmp_path: Path, data: bytes) -> None:
    for number, content in enumerate((data, b"\x89MCAP0\r\n" + data)):
        path = tmp_path / f"{number}.mcap"
        path.write_bytes(content)
        with pytest.raises(FocstreamError):
            read_all(path)


def chunk_of(data: bytes, *, compression: str, announced: int, crc: int = 0) -> Chunk:
    return Chunk(
        compression=compression,
        data=data,
        message_end_time=0,
        message_start_time=0,
        uncompressed_crc=crc,
        uncompressed_size=announced,
    )


@pytest.mark.parametrize("compression", ["lz4", "zstd", "zstd without its size"])
def test_a_chunk_is_unpacked_only_to_the_size_that_it_announces(compression: str) -> None:
    told = bytes(32 * MIB)
    if compression == "lz4":
        packed = lz4.frame.compress(told)
    elif compression == "zstd":
        packed = zstandard.compress(told)
    else:
        packer = zstandard.ZstdCompressor().compressobj()
        packed = packer.compress(told) + packer.flush()
    chunk = chunk_of(packed, compression=compression.split()[0], announced=1000)
    tracemalloc.start()
    try:
        with pytest.raises((ValueError, RuntimeError, zstandard.ZstdError)):
            unpacked(chunk, path=Path("a"))
        assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    finally:
        tracemalloc.stop()


def test_sound_chunks_are_unpacked() -> None:
    data = b"abc" * 100
    for compression, packed in (
        ("", data),
        ("lz4", lz4.frame.compress(data)),
        ("zstd", zstandard.compress(data)),
    ):
        assert unpacked(chunk_of(packed, compression=compression, announced=300), path=Path("a")) == data
    with pytest.raises(ValueError, match="no such compression"):
        unpacked(chunk_of(data, compression="zip", announced=300), path=Path("a"))
    with pytest.raises(ValueError, match="check sum"):
        unpacked(chunk_of(data, compression="", announced=300, crc=1), path=Path("a"))


def test_a_record_or_a_chunk_beyond_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.mcap", map(slice_number, range(3)))
    monkeypatch.setattr("capture.recording.mcap_file.chunks.RECORD_BYTES", 200)
    with pytest.raises(
        InputError, match=r"announces a record of .*, and a recording has none beyond 200 bytes"
    ):
        read_all(path)
    monkeypatch.setattr("capture.recording.mcap_file.chunks.RECORD_BYTES", 1024)
    with pytest.raises(InputError, match="none beyond 1 KiB"):
        unpacked(chunk_of(b"", compression="lz4", announced=1025), path=path)


@pytest.mark.parametrize(("limit", "value"), [("ENCLOSED_BYTES", 3), ("ENCLOSED_RECORDS", 2)])
def test_what_is_enclosed_has_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    path = write(tmp_path / "a.mcap", map(slice_number, range(2)))
    monkeypatch.setattr(f"capture.recording.mcap_file.enclosed.{limit}", value)
    with pytest.raises(InputError, match="a recording by focstream has a few"):
        RecordingReader(path)


@pytest.mark.timeout(20)
def test_an_index_that_begins_in_a_hole_is_not_followed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mcap", map(slice_number, range(2)))
    assert read_summary(path) is not None
    end = path.read_bytes()[-_END.size :]
    opcode, length, start, offsets, crc, magic = _END.unpack(end)
    with path.open("r+b") as file:
        file.seek(2**33)
        file.write(_END.pack(opcode, length, start, offsets, crc, magic))
    assert read_summary(path) is None
    assert read_all(path) == 2


@pytest.mark.skipif("sys.platform == 'win32'", reason="Windows has no pipes with a path")
@pytest.mark.timeout(20)
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mcap")
    with pytest.raises(InputError, match="is a pipe"):
        RecordingReader(tmp_path / "a.mcap")
    with pytest.raises(InputError, match="is a pipe"):
        recover(tmp_path / "a.mcap", out=tmp_path / "b.mcap")


@pytest.mark.parametrize("coordinate", [1e300, float("inf"), -1e3])
def test_a_coordinate_that_no_slice_can_have_is_refused(tmp_path: Path, coordinate: float) -> None:
    odd = slice_number(0)
    odd = replace(odd, tag=replace(odd.tag, sweep_coordinate=coordinate))
    with pytest.raises(InputError, match="sweep_coordinate is"):
        read_all(write(tmp_path / "a.mcap", [odd]))
