"""CDR, the way ROS 2 lays the fields of a message out in bytes.

Little-endian, each number aligned to its own size, counted from the end of the four-byte header
``00 01 00 00`` (OMG DDS-XTypes 1.3, section 7.4; the plain encoding of ROS 2).
"""

import struct
from collections.abc import Sequence
from typing import Literal

Scalar = Literal["b", "B", "?", "h", "H", "i", "I", "q", "Q", "f", "d"]
"""Codes of `struct` for the numbers of a message."""

HEADER = b"\x00\x01\x00\x00"
SCALAR_OF: dict[str, Scalar] = {
    "int8": "b",
    "uint8": "B",
    "bool": "?",
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    "float32": "f",
    "float64": "d",
}
"""By the name that a ROS 2 message definition gives the number."""

Value = bool | int | float | str


class CdrWriter:
    """Appends fields to a message; `parts` joined are its bytes."""

    def __init__(self) -> None:
        self._parts: list[bytes | memoryview] = [HEADER]
        self._length = 0

    def scalar(self, code: Scalar, *values: float) -> None:
        """Append numbers of one kind, each aligned."""
        size = struct.calcsize(f"<{code}")
        self._append(b"\0" * (-self._length % size))
        self._append(struct.pack(f"<{len(values)}{code}", *values))

    def string(self, text: str) -> None:
        """Append text: its length with the closing zero, then UTF-8."""
        data = text.encode("utf-8") + b"\0"
        self.scalar("I", len(data))
        self._append(data)

    def sequence(self, code: Scalar, values: Sequence[float]) -> None:
        """Append a sequence of numbers with its length."""
        self.scalar("I", len(values))
        if values:
            self.scalar(code, *values)

    def block(self, data: memoryview) -> None:
        """Append a ``uint8[]``; copied only when the parts are joined."""
        self.scalar("I", data.nbytes)
        self._append(data)

    def data(self) -> bytes:
        """All fields as one message."""
        return b"".join(self._parts)

    def _append(self, data: bytes | memoryview) -> None:
        if data:
            self._parts.append(data)
            self._length += len(data)


class CdrReader:
    """Takes fields off a message, in order.

    Raises
    ------
    ValueError
        When the message is cut short, or is not little-endian CDR.
    """

    def __init__(self, data: bytes) -> None:
        if data[:2] != HEADER[:2]:
            raise ValueError("not little-endian CDR")
        self._view = memoryview(data)[len(HEADER) :]
        self._at = 0

    def scalar(self, code: Scalar) -> float:
        """Take one number."""
        return self.scalars(code, 1)[0]

    def whole(self, code: Scalar) -> int:
        """Take one whole number."""
        return int(self.scalar(code))

    def scalars(self, code: Scalar, count: int) -> tuple[float, ...]:
        """Take `count` numbers of one kind."""
        size = struct.calcsize(f"<{code}")
        self._at += -self._at % size
        return struct.unpack(f"<{count}{code}", self._take(count * size))

    def string(self) -> str:
        """Take text."""
        return str(self._take(self.whole("I")), "utf-8").rstrip("\0")

    def sequence(self, code: Scalar) -> tuple[float, ...]:
        """Take a sequence of numbers."""
        count = self.whole("I")
        return self.scalars(code, count) if count else ()

    def block(self) -> memoryview:
        """Take a ``uint8[]`` without copying it."""
        return self._take(self.whole("I"))

    def _take(self, length: int) -> memoryview:
        taken = self._view[self._at : self._at + length]
        if len(taken) != length:
            raise ValueError("the message is cut short")
        self._at += length
        return taken


def write_flat(definition: str, values: dict[str, Value]) -> bytes:
    """Pack a message of numbers and text by its ROS 2 definition; every field must be in `values`."""
    writer = CdrWriter()
    for kind, name in fields_of(definition):
        value = values[name]
        if isinstance(value, str):
            writer.string(value)
        else:
            writer.scalar(SCALAR_OF[kind], value)
    return writer.data()


def read_flat(definition: str, data: bytes) -> dict[str, Value]:
    """Unpack a message of numbers and text by the definition that its file brings along.

    Raises
    ------
    ValueError
        When the message does not fit the definition, or has fields of other kinds.
    """
    reader = CdrReader(data)
    values: dict[str, Value] = {}
    for kind, name in fields_of(definition):
        if kind == "string":
            values[name] = reader.string()
        elif kind in SCALAR_OF:
            values[name] = reader.scalar(SCALAR_OF[kind])
        else:
            raise ValueError(f"field {name} is of the unknown kind {kind}")
    return values


def fields_of(definition: str) -> list[tuple[str, str]]:
    """Kind and name of every field of a flat ROS 2 message definition; comments are passed over."""
    lines = (line.partition("#")[0].split() for line in definition.splitlines())
    return [(words[0], words[1]) for words in lines if len(words) == 2]
