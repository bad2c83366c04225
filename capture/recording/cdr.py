"""CDR, the byte layout that ROS 2 gives the fields of a message.

Little-endian, each number aligned to its own size, counted from the end of the four-byte header
``00 01 00 00`` (OMG DDS-XTypes 1.3, section 7.4; the plain encoding of ROS 2).

A definition is compiled once into runs of numbers. A run ends where something of variable length follows,
with the length of that; all its numbers are packed and unpacked together. Where the run begins is known only
from the message, so that there is a `struct.Struct` for each of the eight alignments.
"""

import functools
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from capture.recording.definition import Field, fields_of

HEADER = b"\x00\x01\x00\x00"
CODES = {
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
"""Codes of `struct` by the name that a ROS 2 message definition gives the number."""

_SIZES = {"string": 1} | {kind: struct.calcsize(f"<{code}") for kind, code in CODES.items()}
_ALIGNMENTS = 8
_CUT_SHORT = "the message is cut short"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """Numbers in a row, and the length of what follows them.

    Attributes
    ----------
    structs
        By the offset in the message at which the run begins, modulo 8.
    places
        Name of each field, and its place among the numbers: an index, or a slice for an array.
    tail
        The field of variable length whose length is the last of the numbers; None at the end.
    """

    structs: tuple[struct.Struct, ...]
    places: tuple[tuple[str, int | slice], ...]
    tail: Field | None

    def pack(self, at: int, numbers: list[float]) -> bytes:
        """Pack the numbers of a run that begins at the offset `at`."""
        try:
            return self.structs[at % _ALIGNMENTS].pack(*numbers)
        except (struct.error, OverflowError) as error:
            values = ((name, numbers[place]) for name, place in self.places)
            given = ", ".join(f"{name} {value}" for name, value in values)
            raise ValueError(f"a number does not fit its field ({error}): {given}") from error


class MessageLayout:
    """Packs and unpacks the messages of one definition; `layout_of` keeps those in use.

    Values are numbers and text, tuples for arrays and sequences, and a `memoryview` for ``uint8[]``, which is
    not copied out of the message.

    Parameters
    ----------
    definition
        A ROS 2 message definition, with the definitions of the messages in it.

    Raises
    ------
    ValueError
        When it is no such definition, or has fields that we do not read: wide text, sequences of text or of
        messages.
    """

    def __init__(self, definition: str) -> None:
        self._runs = tuple(_runs_of(fields_of(definition)))

    def decode(self, data: bytes) -> dict[str, Any]:
        """Return the value of every field by its name.

        Raises
        ------
        ValueError
            When the message is cut short, or is not little-endian CDR.
        """
        if data[:2] != HEADER[:2]:
            raise ValueError("not little-endian CDR")
        at, values = len(HEADER), dict[str, Any]()
        for run in self._runs:
            numbers_struct = run.structs[at % _ALIGNMENTS]
            if at + numbers_struct.size > len(data):
                raise ValueError(_CUT_SHORT)
            numbers = numbers_struct.unpack_from(data, at)
            at += numbers_struct.size
            for name, place in run.places:
                values[name] = numbers[place]
            if run.tail is not None:
                values[run.tail.name], at = _take(run.tail.kind, numbers[-1], data, at)
        return values

    def encode(self, values: Mapping[str, Any]) -> bytes:
        """Return the message with these values, which must name every field.

        Raises
        ------
        ValueError
            When a value does not fit its field.
        """
        at, parts = len(HEADER), list[bytes | memoryview]((HEADER,))
        for run in self._runs:
            numbers: list[float] = []
            for name, place in run.places:
                numbers += values[name] if isinstance(place, slice) else (values[name],)
            content: bytes | memoryview = b""
            if run.tail is not None:
                content = _content(run.tail.kind, values[run.tail.name])
                numbers.append(len(content) // _SIZES[run.tail.kind])
            packed = run.pack(at, numbers)
            at += len(packed)
            padding = _padding(run.tail.kind, at) if run.tail is not None and content else 0
            at += padding + len(content)
            parts += packed, bytes(padding), content
        return b"".join(parts)


@functools.lru_cache(maxsize=64)
def layout_of(definition: str) -> MessageLayout:
    """Compile a definition, or return what was compiled before.

    Raises
    ------
    ValueError
        When it is no such definition.
    """
    return MessageLayout(definition)


def _runs_of(fields: list[Field]) -> list[_Run]:
    runs: list[_Run] = []
    numbers: list[Field] = []
    for field in fields:
        if field.kind not in CODES and (field.kind != "string" or field.is_array or field.length is None):
            raise ValueError(f"field {field.name} is of the unknown kind {field.kind}")
        if field.kind == "string" or field.length is None:
            runs.append(_run(numbers, tail=field))
            numbers = []
        else:
            numbers.append(field)
    return [*runs, _run(numbers, tail=None)]


def _run(fields: list[Field], *, tail: Field | None) -> _Run:
    places: list[tuple[str, int | slice]] = []
    count = 0
    for field in fields:
        assert field.length is not None
        end = count + field.length
        places.append((field.name, slice(count, end) if field.is_array else count))
        count = end
    kinds = [(field.kind, field.length or 0) for field in fields]
    if tail is not None:
        kinds.append(("uint32", 1))
    structs = tuple(_struct(kinds, begin) for begin in range(_ALIGNMENTS))
    return _Run(structs=structs, places=tuple(places), tail=tail)


def _struct(kinds: list[tuple[str, int]], begin: int) -> struct.Struct:
    """Return what packs so many numbers of these kinds, when the first byte is at `begin` modulo 8."""
    layout, at = "<", begin
    for kind, count in kinds:
        padding = _padding(kind, at) if count else 0
        layout += f"{padding}x{count}{CODES[kind]}"
        at += padding + count * _SIZES[kind]
    return struct.Struct(layout)


def _take(kind: str, count: int, data: bytes, at: int) -> tuple[Any, int]:
    """Return what is of variable length at `at`, and where it ends."""
    at += _padding(kind, at) if count else 0
    end = at + count * _SIZES[kind]
    if end > len(data):
        raise ValueError(_CUT_SHORT)
    if kind == "string":
        return data[at:end].decode("utf-8").rstrip("\0"), end
    if kind == "uint8":
        return memoryview(data)[at:end], end
    return struct.unpack_from(f"<{count}{CODES[kind]}", data, at), end


def _content(kind: str, value: Any) -> bytes | memoryview:  # noqa: ANN401 - as the kind has it
    """Return the bytes of a value of variable length, without the length that goes before them."""
    if kind == "string":
        return bytes(value, "utf-8") + b"\0"
    if kind == "uint8":
        return memoryview(value)
    return struct.pack(f"<{len(value)}{CODES[kind]}", *value)


def _padding(kind: str, at: int) -> int:
    """Return how many bytes of padding go before a value at the offset `at` of a message."""
    return (len(HEADER) - at) % _SIZES[kind]
