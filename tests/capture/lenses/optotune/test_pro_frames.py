import contextlib
import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.lenses.optotune import pro_frames as frames
from capture.lenses.optotune.pro_frames import ProMessage
from capture.lenses.optotune.pro_link import STATIC_FOCAL_POWER, TEMPERATURE
from capture.lenses.reply import RefusedError, ReplyError
from tests.capture.lenses.streams import random_streams


@pytest.mark.parametrize(
    ("made", "golden"),
    [
        (frames.set_float(STATIC_FOCAL_POWER, 1.0), "7E 00 10 06 50 04 3F 80 00 00 00 00 7E"),
        (frames.set_float(STATIC_FOCAL_POWER, -2.5), "7E 00 10 06 50 04 C0 20 00 00 00 00 7E"),
        (frames.get(STATIC_FOCAL_POWER), "7E 00 11 02 50 04 00 00 7E"),
        (frames.get(TEMPERATURE), "7E 00 11 02 22 00 00 00 7E"),
    ],
)
def test_frames_are_the_makers_bytes(made: bytes, golden: str) -> None:
    assert made == bytes.fromhex(golden)


def test_flags_and_escapes_are_replaced() -> None:
    assert frames.stuff(b"\x7d\x7e\x7d") == bytes.fromhex("7D 5D 7D 5E 7D 5D")


@given(st.binary(max_size=80) | st.lists(st.sampled_from((0x7D, 0x7E, 0x5D, 0x5E))).map(bytes))
def test_stuffing_can_be_undone_and_leaves_no_flag(data: bytes) -> None:
    stuffed = frames.stuff(data)
    assert b"\x7e" not in stuffed
    assert frames.unstuff(stuffed) == data


MESSAGES = st.builds(
    ProMessage,
    command=st.integers(0, 127),
    payload=st.binary(max_size=50) | st.lists(st.sampled_from((0x7D, 0x7E)), max_size=50).map(bytes),
)


@given(MESSAGES)
def test_a_message_survives_the_way_there_and_back(message: ProMessage) -> None:
    assert frames.decode(frames.encode(message)[1:-1]) == message
    assert frames.read_message(io.BytesIO(frames.encode(message)), command=message.command) == message


@given(st.floats(-50, 50, width=32), st.booleans())
def test_a_value_is_read_with_and_without_its_register(value: float, with_register: bool) -> None:
    payload = (b"\x50\x04" if with_register else b"") + struct.pack(">f", value)
    data = frames.encode(ProMessage(command=frames.GET, payload=payload))
    assert frames.read_float(io.BytesIO(data)) == value


def test_the_tail_of_a_lost_frame_is_passed_over() -> None:
    assert (
        frames.read_message(io.BytesIO(b"\x7e" + frames.get(TEMPERATURE)), command=frames.GET).payload
        == b"\x22\0"
    )


def test_too_long_a_payload_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 50"):
        frames.encode(ProMessage(command=1, payload=bytes(51)))


def test_an_error_is_told_with_its_number() -> None:
    data = frames.encode(ProMessage(command=0x90, payload=struct.pack(">i", -7)))
    with pytest.raises(RefusedError, match="error -7"):
        frames.read_done(io.BytesIO(data))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "no answer"),
        (b"\x7e\0\x10", "only 7e 00 10"),
        (b"\0\x7e\x7e", "where a frame should begin"),
        (b"\x7e\0\x10\x04\0\0\x7e", "damaged"),
        (b"\x7e\0\x10\0\x7d\0\0\x7e", "wrongly stuffed"),
        (b"\x7e\0\x10\0\0\x7d\x7e", "wrongly stuffed"),
        (b"\x7e" + bytes(200), "without an end"),
        (frames.get(TEMPERATURE), "instead of 10"),
    ],
)
def test_damage_is_noticed(data: bytes, text: str) -> None:
    with pytest.raises(ReplyError, match=text):
        frames.read_done(io.BytesIO(data))


def test_random_bytes_end_in_an_answer_or_an_error() -> None:
    for stream in random_streams(b"\x7e\x7d\x5d\0\x11\x04\x02", seed=3, beginning=b"\x7e\0\x11\x04"):
        with contextlib.suppress(ReplyError, RefusedError):
            frames.read_float(stream)
