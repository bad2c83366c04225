import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.lenses import varioptic_frames as frames
from capture.lenses.reply import ReplyError
from tests.capture.lenses.streams import random_streams


@pytest.mark.parametrize(
    ("made", "golden"),
    [
        (frames.focus_frame(50.0), "02 37 00 02 90 65 30"),
        (frames.write_frame(0x03, b"\xff"), "02 37 03 01 FF 3C"),
        (frames.read_frame(0x03, 1), "02 38 03 01 3E"),
    ],
)
def test_frames_are_the_makers_bytes(made: bytes, golden: str) -> None:
    assert made == bytes.fromhex(golden)


@given(st.floats(24, 70))
def test_a_voltage_is_rounded_to_a_millivolt(voltage_v: float) -> None:
    assert frames.voltage_v(frames.voltage_code(voltage_v)) == pytest.approx(voltage_v, abs=0.00051)


def test_a_voltage_stays_within_what_the_board_can_do() -> None:
    assert frames.voltage_code(10) == 0
    assert frames.voltage_code(100) == 0xB3B0 == frames.MAX_CODE


@given(st.binary(min_size=1, max_size=12))
def test_registers_are_read_without_their_sum(values: bytes) -> None:
    data = b"\x02\x38" + values
    answer = data + bytes((frames.sum8(data),))
    if len(values) == 1 and values[0] == 0x15:
        return  # the board cannot tell this one from a refusal
    assert frames.read_registers(io.BytesIO(answer), len(values)) == values


def test_too_many_registers_are_refused() -> None:
    for values in (b"", bytes(13)):
        with pytest.raises(ValueError, match="1 to 12"):
            frames.write_frame(0, values)


def test_an_acknowledgement_is_read() -> None:
    frames.read_acknowledge(io.BytesIO(bytes.fromhex("02 37 06 3F")))


@pytest.mark.parametrize("last", ["4E", "06", "00"])
def test_a_refusal_is_read_whatever_its_last_byte(last: str) -> None:
    with pytest.raises(ReplyError, match="did not take the command"):
        frames.read_acknowledge(io.BytesIO(bytes.fromhex("02 37 15" + last)))
    with pytest.raises(ReplyError, match="did not take the question"):
        frames.read_registers(io.BytesIO(bytes.fromhex("02 38 15" + last)), 2)


@pytest.mark.parametrize(
    ("answer", "text"),
    [("", "no answer"), ("02 37 06", "only"), ("02 37 06 40", "damaged"), ("02 38 06 40", "another command")],
)
def test_damage_to_an_acknowledgement_is_noticed(answer: str, text: str) -> None:
    with pytest.raises(ReplyError, match=text):
        frames.read_acknowledge(io.BytesIO(bytes.fromhex(answer)))


@pytest.mark.parametrize(
    ("answer", "text"), [("", "no answer"), ("02 38 01", "only"), ("02 38 01 02 3E", "damaged")]
)
def test_damage_to_values_is_noticed(answer: str, text: str) -> None:
    with pytest.raises(ReplyError, match=text):
        frames.read_registers(io.BytesIO(bytes.fromhex(answer)), 2)


def test_random_bytes_end_in_an_answer_or_an_error() -> None:
    for stream in random_streams(b"\x02\x37\x38\x06\x15\x3f", seed=5, beginning=b"\x02\x38"):
        for read in (frames.read_acknowledge, lambda source: frames.read_registers(source, 2)):
            stream.seek(0)
            with contextlib.suppress(ReplyError):
                read(stream)
