import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.recording.cdr import CdrWriter, read_flat, write_flat
from capture.recording.ros_messages import image_message, read_image


def test_golden_bytes() -> None:
    writer = CdrWriter()
    writer.scalar("i", 1)
    writer.scalar("I", 2)
    writer.string("ab")
    writer.scalar("d", 1.0)
    assert writer.data() == (
        b"\x00\x01\x00\x00"
        b"\x01\x00\x00\x00\x02\x00\x00\x00"
        b"\x03\x00\x00\x00ab\x00"
        b"\x00"  # 8-byte alignment, counted after the header
        b"\x00\x00\x00\x00\x00\x00\xf0\x3f"
    )


@given(
    st.integers(-(2**63), 2**63 - 1),
    st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    st.booleans(),
    st.floats(),
)
def test_flat_messages_come_back(whole: int, text: str, flag: bool, real: float) -> None:
    definition = "bool flag\nint64 whole  # why\nstring text\nfloat64 real\n"
    values = read_flat(
        definition, write_flat(definition, {"flag": flag, "whole": whole, "text": text, "real": real})
    )
    assert (values["flag"], values["whole"], values["text"]) == (flag, whole, text)
    assert values["real"] == real or np.isnan(real)


@given(st.binary(max_size=200))
def test_garbage_is_a_value_error_or_an_image(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        read_image(b"\0\1\0\0" + data)


@pytest.mark.parametrize("cut", [1, 4, 20, 40, 60])
def test_a_message_cut_short(cut: int) -> None:
    whole = image_message(np.zeros((3, 4), np.uint16), stamp_ns=1)
    with pytest.raises(ValueError, match=r"cut short|little-endian"):
        read_image(whole[:-cut])
