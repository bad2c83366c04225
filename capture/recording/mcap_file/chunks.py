"""Chunks of an MCAP file, unpacked within the size that they announce.

The libraries take the size from the packed data instead: a few bytes can announce any number.
"""

import zlib
from pathlib import Path

import zstandard
from lz4.frame import LZ4FrameDecompressor
from mcap.records import Chunk

from focstream.files.limits import RECORD_BYTES
from focstream.files.user_file import size_text
from focstream.types import InputError


def check_record_size(count: int, *, path: Path) -> None:
    """Refuse a record, packed or unpacked, beyond `RECORD_BYTES`.

    Raises
    ------
    InputError
        Names the file and both sizes.
    """
    if count > RECORD_BYTES:
        raise InputError(
            f"{path} announces a record of {size_text(count)}, and a recording has none beyond "
            f"{size_text(RECORD_BYTES)} here; it is damaged, or not made by focstream"
        )


def unpacked(chunk: Chunk, *, path: Path) -> bytes:
    """Return the records of a chunk, of the size and the check sum that it announces.

    Raises
    ------
    InputError
        When that size is beyond `RECORD_BYTES`.
    ValueError, RuntimeError, zstandard.ZstdError
        When the chunk is damaged.
    """
    size = chunk.uncompressed_size
    check_record_size(size, path=path)
    data = _unpacked(chunk, size)
    if len(data) != size:
        raise ValueError(f"the chunk has {len(data)} bytes and announces {size}")
    if chunk.uncompressed_crc and zlib.crc32(data) != chunk.uncompressed_crc:
        raise ValueError("the check sum of the chunk is wrong")
    return data


def _unpacked(chunk: Chunk, size: int) -> bytes:
    match chunk.compression:
        case "":
            return chunk.data
        case "lz4":
            unpacker = LZ4FrameDecompressor()
            data: bytes = unpacker.decompress(chunk.data, max_length=size)
            return data if unpacker.eof or len(data) < size else data + unpacker.decompress(b"", max_length=1)
        case "zstd":
            told = zstandard.frame_content_size(chunk.data)
            if told > size:  # -1 where the frame does not say
                raise ValueError(f"the chunk announces {size} bytes, and its zstd frame {told}")
            return zstandard.decompress(chunk.data, max_output_size=size)
        case other:
            raise ValueError(f"no such compression: {other!r}")
