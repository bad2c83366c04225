"""ROS 2 message definitions: text that names the fields of a message, in order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_FIELDS = 1000
"""A definition comes with a file, and files come from anywhere; our messages have at most 21 fields."""
MOST_NUMBERS = 10_000
"""Limit for an array of fixed length."""

_TYPE = re.compile(r"=+\s*\nMSG:\s*(?P<name>\S+)[^\n]*\n")
_FIELD = re.compile(  # such as "string<=9 name", "float64[3] k", "int8[] data", "int32 ONE = 1"
    r"(?P<kind>[A-Za-z][\w/]*)(<=\d+)?(?P<array>\[(?P<length>\d*)\]|\[<=\d+\])?"
    r"\s+(?P<name>[A-Za-z]\w*)\s*(?P<constant>=)?.*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a message.

    Attributes
    ----------
    name
        Its name; for a field of a nested message, the names on the way to it, joined by dots.
    kind
        Such as "float64" or "string".
    length
        1 for a single value, the length of an array, None for a sequence, whose length is in the message.
    is_array
        Whether the value is an array of fixed length.
    """

    name: str
    kind: str
    length: int | None = 1
    is_array: bool = False


def fields_of(definition: str) -> list[Field]:
    """Return the fields of a message, those of nested messages in their places.

    Comments, constants and default values are passed over.

    Raises
    ------
    ValueError
        When the text is no message definition, or one of a size that no message of ours has.
    """
    main, *nested = _TYPE.split(definition)
    types = dict(zip(nested[::2], nested[1::2], strict=True))
    fields = []
    for field in _fields(main, types, within=()):
        fields.append(field)
        if len(fields) > MOST_FIELDS:
            raise ValueError(f"a message has more than {MOST_FIELDS} fields")
    return fields


def _fields(text: str, types: dict[str, str], *, within: tuple[str, ...]) -> Iterator[Field]:
    """Yield the fields of one type, and of the types in it; `within` names those that it is in."""
    for line in text.splitlines():
        field = _field(line.partition("#")[0].strip())
        if field is None:
            continue
        if field.kind not in types:
            yield field
        elif field.kind in within or field.is_array or field.length is None:
            raise ValueError(f"field {field.name} is of {field.kind}, which is not read in this place")
        else:
            for part in _fields(types[field.kind], types, within=(*within, field.kind)):
                yield Field(
                    name=f"{field.name}.{part.name}",
                    kind=part.kind,
                    length=part.length,
                    is_array=part.is_array,
                )


def _field(line: str) -> Field | None:
    """Parse one line; None for an empty one or a constant."""
    found = _FIELD.fullmatch(line)
    if found is None and line:
        raise ValueError(f"{line[:80]!r} is no field of a message")
    if found is None or found["constant"]:
        return None
    length = int(found["length"]) if found["length"] else None
    if length is not None and length > MOST_NUMBERS:
        raise ValueError(f"field {found['name']} has more than {MOST_NUMBERS} values")
    is_array = length is not None
    length = length if found["array"] else 1
    return Field(name=found["name"], kind=found["kind"], length=length, is_array=is_array)
