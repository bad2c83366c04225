"""The answers of a lens, and how they can fail."""

from typing import Protocol

from focstream.types import DeviceLostError


class ReplyError(DeviceLostError):
    """An answer is missing, damaged or not understood; asking again may help."""


class RefusedError(DeviceLostError):
    """The lens understood, and does not do it; asking again does not help."""


class ByteSource(Protocol):
    """A source of bytes: an open port, or anything else with a blocking read."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; fewer only when no more came in time."""
        ...


def read_exactly(source: ByteSource, size: int) -> bytes:
    """Read a fixed number of bytes.

    Lenses are read by length, never by line: the byte 0A is inside many answers.

    Raises
    ------
    ReplyError
        When fewer came in time.
    """
    data = source.read(size)
    if len(data) < size:
        got = f"only {data.hex(' ')} of {size} bytes" if data else "no answer"
        raise ReplyError(f"{got} in time")
    return data
