"""Messages by their definitions, beside the decoder of mcap-ros2-support, and against bytes from anywhere."""

import contextlib
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mcap.records import Schema

from capture.recording import schemas
from capture.recording.cdr import CODES, MessageLayout, layout_of
from capture.recording.definition import MOST_FIELDS, MOST_NUMBERS
from capture.recording.ros_messages import image_message, read_image

NESTED = "string label\nint16 count\n"
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9)


def number(kind: str) -> st.SearchStrategy[Any]:
    if kind == "bool":
        return st.booleans()
    if kind.startswith("float"):
        return st.floats(allow_nan=False, width=int(kind.removeprefix("float")))
    bits, signed = 8 * struct.calcsize(CODES[kind]), not kind.startswith("u")
    return st.integers(-(2 ** (bits - 1)) if signed else 0, 2 ** (bits - signed) - 1)


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A definition, and a value for each of its fields."""
    text, values = "", dict[str, Any]()
    for index in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from([*CODES, "string", "string", "test/Nested"]))
        name = f"field_{index}"
        comment = draw(st.sampled_from(["", "  # why", " # = no constant"]))
        if kind == "string":
            values[name] = draw(TEXT)
        elif kind == "test/Nested":
            values |= {f"{name}.label": draw(TEXT), f"{name}.count": draw(number("int16"))}
        else:
            array = draw(st.sampled_from(["", "", "[3]", "[]", "[<=7]"]))
            length = st.just(3) if array == "[3]" else st.integers(0, 7)
            item = number(kind)
            one = item if array == "" else length.flatmap(lambda n, item=item: st.tuples(*[item] * n))
            value = draw(one)
            values[name] = memoryview(bytes(value)) if (kind, array) in BLOCKS else value
            kind += array
        text += f"{kind} {name}{comment}\n"
    return f"{text}int32 ONE=1\n\n{'=' * 80}\nMSG: test/Nested\n{NESTED}", values


BLOCKS = {("uint8", "[]"), ("uint8", "[<=7]")}


def plain(value: Any) -> Any:
    """A value whose type does not depend on the decoder."""
    return list(value) if isinstance(value, tuple | memoryview | bytes) else value


def decoded_by_others(definition: str, data: bytes) -> dict[str, Any]:
    factory = pytest.importorskip("mcap_ros2.decoder").DecoderFactory()
    schema = Schema(id=1, name="test/msg/Main", encoding="ros2msg", data=definition.encode())
    decode = factory.decoder_for("cdr", schema)
    found = {}
    message = decode(data)
    for name in message.__slots__:
        value = getattr(message, name)
        if hasattr(value, "label"):
            found |= {f"{name}.label": value.label, f"{name}.count": value.count}
        else:
            found[name] = list(value) if not isinstance(value, str | int | float) else value
    return found


@given(messages())
def test_our_bytes_are_read_the_same_by_us_and_by_others(message: tuple[str, dict[str, Any]]) -> None:
    definition, values = message
    data = MessageLayout(definition).encode(values)
    ours = {name: plain(value) for name, value in MessageLayout(definition).decode(data).items()}
    assert ours == {name: plain(value) for name, value in values.items()}
    assert ours == decoded_by_others(definition, data)


@given(messages(), st.data())
def test_a_message_cut_short_anywhere_is_refused(
    message: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    definition, values = message
    whole = MessageLayout(definition).encode(values)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(ValueError, match=r"cut short|little-endian"):
        MessageLayout(definition).decode(whole[:cut])


@given(messages(), st.binary(max_size=120))
def test_bytes_from_anywhere_are_values_or_a_value_error(
    message: tuple[str, dict[str, Any]], data: bytes
) -> None:
    with contextlib.suppress(ValueError):
        MessageLayout(message[0]).decode(b"\0\1\0\0" + data)


@given(st.text(max_size=80) | st.text("int8 string[]<=/\n#3=x", max_size=80))
def test_any_text_is_a_definition_or_a_value_error(definition: str) -> None:
    with contextlib.suppress(ValueError):
        MessageLayout(definition)


def test_a_length_that_no_message_has_is_refused() -> None:
    for kind in ("string", "uint8[]", "float64[]"):
        with pytest.raises(ValueError, match="cut short"):
            MessageLayout(f"{kind} field").decode(b"\0\1\0\0\xff\xff\xff\xff" + bytes(99))


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ("wstring text", "text is of the unknown kind wstring"),
        ("string[] texts", "texts is of the unknown kind string"),
        ("std_msgs/Header header", "unknown kind std_msgs/Header"),
        ("int32", "'int32' is no field"),
        (f"float64[{MOST_NUMBERS + 1}] numbers", "numbers has more than"),
        ("int8 x\n" * (MOST_FIELDS + 1), "more than 1000 fields"),
        ("a/A a\n===\nMSG: a/A\na/A a\n", "a is of a/A, which is not read in this place"),
        ("a/A[] a\n===\nMSG: a/A\nint8 x\n", "a is of a/A, which is not read in this place"),
    ],
)
def test_a_definition_that_is_not_read_is_refused(definition: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MessageLayout(definition)


def test_types_within_types_end() -> None:
    """Each type has two of the next: a short text, and a million fields."""
    types = "".join(f"===\nMSG: t/T{n}\nt/T{n + 1} a\nt/T{n + 1} b\n" for n in range(20))
    with pytest.raises(ValueError, match="more than 1000 fields"):
        MessageLayout(f"t/T0 a\n{types}===\nMSG: t/T20\nint8 x\n")


def test_golden_bytes() -> None:
    layout = MessageLayout("int32 sec\nuint32 nanosec\nstring text\nfloat64 real\n")
    assert layout.encode({"sec": 1, "nanosec": 2, "text": "ab", "real": 1.0}) == (
        b"\x00\x01\x00\x00"
        b"\x01\x00\x00\x00\x02\x00\x00\x00"
        b"\x03\x00\x00\x00ab\x00"
        b"\x00"  # 8-byte alignment, counted after the header
        b"\x00\x00\x00\x00\x00\x00\xf0\x3f"
    )


def test_a_definition_is_compiled_once() -> None:
    assert layout_of(schemas.SLICE_TAG.definition) is layout_of("".join(schemas.SLICE_TAG.definition))


def test_bytes_are_not_copied() -> None:
    layout = MessageLayout("uint8[] data")
    data = layout.encode({"data": b"abc"})
    assert layout.decode(data)["data"].obj is data


@given(st.binary(max_size=200))
def test_garbage_is_a_value_error_or_an_image(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        read_image(b"\0\1\0\0" + data)


@given(st.data())
def test_damage_to_an_image_is_a_value_error_or_an_image(data: st.DataObject) -> None:
    whole = bytearray(image_message(np.zeros((3, 4), np.uint16), stamp_ns=1))
    at = data.draw(st.integers(4, len(whole) - 1))
    byte = data.draw(st.integers(0, 255))
    assume(whole[at] != byte)
    whole[at] = byte
    with contextlib.suppress(ValueError):
        read_image(bytes(whole))


@pytest.mark.parametrize("cut", [1, 4, 20, 40, 60])
def test_an_image_cut_short(cut: int) -> None:
    whole = image_message(np.zeros((3, 4), np.uint16), stamp_ns=1)
    with pytest.raises(ValueError, match=r"cut short|little-endian"):
        read_image(whole[:-cut])
