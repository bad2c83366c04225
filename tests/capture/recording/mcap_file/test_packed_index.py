"""The index of a recording: small while it is being written, and right in the end."""

import gc
import tracemalloc
from io import BytesIO
from pathlib import Path

from mcap.data_stream import ReadDataStream
from mcap.opcode import Opcode
from mcap.reader import make_reader
from mcap.records import MessageIndex

from capture.recording.file_writer import FileWriter
from tests.capture.recording.recordings import ORIGIN, noise, slice_number, write

CHUNKS = 300


def traced_bytes() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_a_long_recording_keeps_little_of_each_chunk_in_memory(tmp_path: Path) -> None:
    image = noise(0, (8, 8))
    tracemalloc.start()
    with FileWriter(tmp_path / "a.mcap", origin=ORIGIN) as writer:
        for number in range(2 * CHUNKS):
            if number == CHUNKS:
                before = traced_bytes()
            writer.write_slice(slice_number(number, image=image))
            writer.flush()
        kept = traced_bytes() - before
    tracemalloc.stop()
    assert kept / CHUNKS < 200


def test_its_index_leads_to_every_message(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mcap", map(slice_number, range(16)))
    with path.open("rb") as file:
        summary = make_reader(file).get_summary()
        assert summary is not None
        assert summary.statistics is not None
        assert len(summary.chunk_indexes) == summary.statistics.chunk_count == 4
        content = path.read_bytes()
        for index in summary.chunk_indexes:
            assert content[index.chunk_start_offset] == Opcode.CHUNK
            for channel_id, offset in index.message_index_offsets.items():
                assert content[offset] == Opcode.MESSAGE_INDEX
                found = MessageIndex.read(ReadDataStream(BytesIO(content[offset + 9 :])))
                assert (found.channel_id, len(found.records)) == (channel_id, 4)
        assert sum(1 for _ in make_reader(file).iter_messages()) == summary.statistics.message_count
