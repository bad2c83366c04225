"""One map, one ZeroMQ frame: topic, JSON header, padding, newline, raw little-endian pixels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from focstream.clock import now_ns
from focstream.depth_update import FloatMap
from focstream.errors import NotMetricError
from focstream.types import MessageError
from publish.wire.encodings import RULES, Topic
from publish.wire.header import Header
from publish.wire.millimetres import to_metres

ALIGNMENT_BYTES = 64
MAX_HEADER_BYTES = 8_192
_INSTEAD = {"1": "calibrate the publisher's focus, or "}
_TOPICS: dict[bytes, Topic] = {b"depth": "depth", b"sigma": "sigma", b"aif": "aif"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WireMap:
    """One map as received.

    Attributes
    ----------
    header
        Everything known about it, typed and checked.
    values
        (H, W) float32 or uint16, or (H, W) or (H, W, 3) uint8 for the all-in-focus image. Read-only, a view
        into the message: copy before writing.
    """

    header: Header
    values: NDArray[Any]

    def metres(self) -> FloatMap:
        """(H, W) float32 metres whatever the encoding; NaN = none, +inf = beyond the range of the encoding.

        Raises
        ------
        NotMetricError
            When the map is a sweep coordinate, a height in micrometres, or an image.
        """
        if self.header.unit == "m":
            return self.values
        if self.header.unit == "mm":
            return to_metres(self.values)
        raise NotMetricError(
            f"the {self.header.topic} map holds no metres from the camera (unit {self.header.unit!r}, "
            f"{self.header.calibrated}); {_INSTEAD.get(self.header.unit, '')}use .values"
        )

    def age_s(self) -> float:
        """Seconds from the middle of the exposure until now.

        Only right where the publisher's clock and this one agree, such as on the same machine.
        """
        return (now_ns() - self.header.stamp_ns) * 1e-9


def pack(header: Header, pixels: NDArray[Any]) -> bytes:
    """Join a header and its pixels to one message; the pixels start at a multiple of 64 bytes.

    Raises
    ------
    ValueError
        When `pixels` is not what the header says.
    """
    if pixels.shape != header.shape or pixels.dtype != np.dtype(header.dtype):
        raise ValueError(
            f"the header says {header.shape} {header.dtype}, the pixels are {pixels.shape} {pixels.dtype}"
        )
    head = header.topic.encode("ascii") + b" " + header.to_json()
    padding = b" " * (-(len(head) + 1) % ALIGNMENT_BYTES)
    return b"".join((head, padding, b"\n", np.ascontiguousarray(pixels).data))


def unpack(message: bytes, *, topic: Topic | None = None) -> WireMap:
    """Check a message and view its pixels in place.

    Parameters
    ----------
    message
        As received; nothing it claims is believed before it is checked, and no pixel is copied.
    topic
        Refuse every other topic.

    Raises
    ------
    MessageError
        For everything that is not a well-formed message of version 1.
    """
    found, json_start = _topic(message, expected=topic)
    cut = message.find(b"\n", json_start, MAX_HEADER_BYTES)
    if cut < 0:
        raise MessageError(f"no header ends within the first {MAX_HEADER_BYTES} of {len(message)} bytes")
    if (cut + 1) % ALIGNMENT_BYTES:
        raise MessageError(f"the pixels start at byte {cut + 1}, not at a multiple of {ALIGNMENT_BYTES}")
    header = Header.from_json(message[json_start:cut])
    if header.topic != found:
        raise MessageError(f"the message is on topic {found}, its header says {header.topic}")
    _check_size(header, got_bytes=len(message) - cut - 1)
    flat = np.frombuffer(message, dtype=RULES[header.encoding].dtype, offset=cut + 1)
    values = flat.reshape(header.shape)
    values.flags.writeable = False
    return WireMap(header=header, values=values)


def _topic(message: bytes, *, expected: Topic | None) -> tuple[Topic, int]:
    """Topic of the message, and where its JSON starts."""
    word, space, _ = message[:16].partition(b" ")
    found = _TOPICS.get(word)
    if found is None or not space:
        raise MessageError(f"the message starts with {message[:16]!r}; this is not a focstream publisher")
    if expected is not None and found != expected:
        raise MessageError(f"expected topic {expected}, got {found}; is this the endpoint of another stream?")
    return found, len(word) + 1


def _check_size(header: Header, *, got_bytes: int) -> None:
    if header.pixel_bytes != got_bytes:
        raise MessageError(
            f"shape {list(header.shape)} of {header.dtype} needs {header.pixel_bytes} bytes of pixels, "
            f"the message has {got_bytes}; it is cut off or not of this format"
        )
