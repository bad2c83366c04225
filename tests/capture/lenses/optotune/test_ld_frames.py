import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.lenses.optotune import ld_frames as frames
from capture.lenses.optotune.crc16 import crc16_arc
from capture.lenses.reply import RefusedError, ReplyError
from tests.capture.lenses.streams import random_streams

GOLDEN_COMMANDS = [
    (frames.set_current(1398), "41 77 05 76 26 90"),
    (frames.set_current(-1398), "41 77 FA 8A 67 21"),
    (frames.set_current(0), "41 77 00 00 A4 26"),
    (frames.set_current(1202), "41 77 04 B2 26 93"),
    (frames.set_current(1402), "41 77 05 7A 26 95"),
    (frames.set_current(frames.current_code(100.0, max_current_ma=292.84)), "41 77 05 76 26 90"),
    (frames.frame(b"Ar\0\0"), "41 72 00 00 B4 27"),
    (frames.frame(b"MwDA"), "4D 77 44 41 54 46"),
    (frames.frame(b"MwCA"), "4D 77 43 41 56 76"),
    (frames.frame(b"MwSA"), "4D 77 53 41 5B B6"),
    (frames.frame(b"MwTA"), "4D 77 54 41 59 86"),
    (frames.frame(b"MwQA"), "4D 77 51 41 5A D6"),
    (frames.frame(b"MwAA"), "4D 77 41 41 57 16"),
    (frames.frame(b"MMA"), "4D 4D 41 65 77"),
    (frames.set_focal_power(frames.focal_code(3, firmware="A")), "50 77 44 41 06 40 00 00 30 2C"),
    (frames.set_focal_power(frames.focal_code(0, firmware="A")), "50 77 44 41 03 E8 00 00 B1 00"),
    (frames.set_focal_power(frames.focal_code(5, firmware="A")), "50 77 44 41 07 D0 00 00 31 FD"),
    (frames.set_focal_power(frames.focal_code(1, firmware="A")), "50 77 44 41 04 B0 00 00 31 A7"),
    (frames.set_focal_power(frames.focal_code(2, firmware="C")), "50 77 44 41 01 90 00 00 30 A1"),
    (frames.set_focal_power(frames.focal_code(-1.5, firmware="F")), "50 77 44 41 FE D4 00 00 40 A0"),
    (frames.frame(b"PrDA" + bytes(4)), "50 72 44 41 00 00 00 00 64 70"),
    (frames.frame(b"PrTA" + bytes(4)), "50 72 54 41 00 00 00 00 66 E0"),
    (frames.set_temperature_limits(20, 45), "50 77 54 41 02 D0 01 40 33 C1"),
    (frames.set_temperature_limits(20, 35), "50 77 54 41 02 30 01 40 32 37"),
    (frames.frame(b"PwUA" + (1402).to_bytes(2, "big") + bytes(2)), "50 77 55 41 05 7A 00 00 13 24"),
    (frames.frame(b"PwLA" + (701).to_bytes(2, "big") + bytes(2)), "50 77 4C 41 02 BD 00 00 A1 A4"),
    (frames.frame(b"PwFA" + (100_000).to_bytes(4, "big")), "50 77 46 41 00 01 86 A0 03 4A"),
    (frames.frame(b"PrUA" + bytes(2)), "50 72 55 41 00 00 75 83"),
    (frames.frame(b"PrLA" + bytes(2)), "50 72 4C 41 00 00 72 DF"),
    (frames.frame(b"PrFA" + bytes(4)), "50 72 46 41 00 00 00 00 65 92"),
    (frames.frame(b"CrMA\0\0"), "43 72 4D 41 00 00 71 80"),
    (frames.frame(b"CrUA\0\0"), "43 72 55 41 00 00 77 20"),
    (frames.frame(b"CrLA\0\0"), "43 72 4C 41 00 00 70 7C"),
    (frames.frame(b"TCA"), "54 43 41 B0 D0"),
    (frames.frame(b"TA"), "54 41 FE F0"),
    (frames.frame(b"GAA"), "47 41 41 40 75"),
    (frames.frame(b"Sr"), "53 72 BC D5"),
    (frames.frame(b"H"), "48 00 36"),
    (frames.frame(b"F"), "46 81 F2"),
    (frames.frame(b"V"), "56 80 3E"),
    (frames.frame(b"X"), "58 01 FA"),
    (frames.frame(b"J"), "4A 81 F7"),
    (frames.frame(b"IR" + bytes(8)), "49 52 00 00 00 00 00 00 00 00 37 98"),
    (frames.frame(b"Or\0\0"), "4F 72 00 00 B6 CF"),
    (frames.frame(b"Ow" + (100).to_bytes(2, "big")), "4F 77 00 64 A7 25"),
    (frames.START, "53 74 61 72 74"),
]
GOLDEN_REPLIES = [
    (b"A", "41 05 76 D2 A2 0D 0A", "05 76"),
    (b"A", "41 05 7A D2 A7 0D 0A", "05 7A"),
    (b"MDA", "4D 44 41 63 27 0D 0A", ""),
    (b"MMA", "4D 4D 41 05 77 28 0D 0A", "05"),
    (b"TCA", "54 43 41 01 98 74 66 0D 0A", "01 98"),
    (b"H", "48 41 F6 30 0D 0A", "41"),
    (b"H", "48 46 B7 F2 0D 0A", "46"),
    (b"CMA", "43 4D 41 72 64 27 FC 0D 0A", "72 64"),
    (b"TA", "54 41 00 01 B2 A4 15 0D 0A", "00 01 B2"),
]
ERROR_1, ERROR_ASCII_1 = bytes.fromhex("45 01 F3 50 0D 0A"), bytes.fromhex("45 31 F3 44 0D 0A")
REPLY = bytes.fromhex("41 05 76 D2 A2 0D 0A")


def answer(payload: bytes) -> bytes:
    return frames.frame(payload) + b"\r\n"


def read(data: bytes, prefix: bytes = b"A", size: int = 7) -> bytes:
    return frames.read_reply(io.BytesIO(data), prefix=prefix, size=size)


@pytest.mark.parametrize(("made", "golden"), GOLDEN_COMMANDS)
def test_commands_are_the_makers_bytes(made: bytes, golden: str) -> None:
    assert made == bytes.fromhex(golden)


@pytest.mark.parametrize(("prefix", "golden", "inside"), GOLDEN_REPLIES)
def test_answers_are_read(prefix: bytes, golden: str, inside: str) -> None:
    data = bytes.fromhex(golden)
    assert read(data, prefix, len(data)) == bytes.fromhex(inside)


def test_the_checksum_is_arc_and_not_modbus() -> None:
    assert crc16_arc(b"123456789") == 0xBB3D


@given(st.binary(max_size=40))
def test_a_frame_has_the_checksum_zero(payload: bytes) -> None:
    assert crc16_arc(frames.frame(payload)) == 0


@given(st.binary(max_size=64))
def test_the_checksum_agrees_with_a_library(data: bytes) -> None:
    crccheck = pytest.importorskip("crccheck.crc", reason="needs crccheck: pip install crccheck")
    assert crc16_arc(data) == crccheck.CrcArc.calc(data)


@given(st.binary(max_size=64))
def test_the_checksum_agrees_with_another_driver(data: bytes) -> None:
    opto = pytest.importorskip("opto", reason="needs opto: pip install opto")
    assert frames.frame(data) == data + opto.Opto().calc_crc(data)


@given(st.integers(-4095, 4095))
def test_every_current_survives_the_way_there_and_back(code: int) -> None:
    """Also those whose bytes are line ends, E or N."""
    assert read(answer(b"A" + code.to_bytes(2, "big", signed=True))) == code.to_bytes(2, "big", signed=True)


@given(st.floats(-5, 15.48), st.sampled_from("ABCEF"))
def test_a_focal_power_is_rounded_to_its_step(power_dpt: float, firmware: str) -> None:
    code = frames.focal_code(power_dpt, firmware=firmware)
    assert frames.focal_power_dpt(code, firmware=firmware) == pytest.approx(power_dpt, abs=0.00251)


@pytest.mark.parametrize("error", [ERROR_1, ERROR_ASCII_1, b"N\r\n"])
def test_a_late_error_does_not_spoil_the_answer(error: bytes) -> None:
    late: list[int] = []
    inside = frames.read_reply(io.BytesIO(error * 2 + REPLY), prefix=b"A", size=7, late=late.append)
    assert inside == b"\x05\x76"
    assert late == [1, 1]


@pytest.mark.parametrize("error", [ERROR_1, ERROR_ASCII_1, b"N\r\n"])
def test_an_error_instead_of_the_answer_is_the_answer(error: bytes) -> None:
    with pytest.raises(ReplyError, match="damaged command"):
        read(error)


@pytest.mark.parametrize(
    ("number", "text"), [(2, "firmware type"), (3, "does not know"), (4, "does not fit"), (9, "error 9")]
)
def test_what_is_refused_is_told(number: int, text: str) -> None:
    with pytest.raises(RefusedError, match=text):
        read(answer(bytes((ord("E"), number))))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "no answer"),
        (REPLY[:4], "only 05 76 d2 of 6 bytes"),
        (REPLY[:2] + b"\x77" + REPLY[3:], "damaged answer"),
        (REPLY[:-1] + b"\0", "damaged answer"),
        (answer(b"B\5\x76"), "another question"),
        (ERROR_1[:-2] + b"xx" + REPLY, "damaged answer"),
        (b"Nxx" + REPLY, "damaged answer"),
    ],
)
def test_damage_is_noticed(data: bytes, text: str) -> None:
    with pytest.raises(ReplyError, match=text):
        read(data)


@given(st.integers(0, 6), st.integers(1, 255))
def test_no_single_changed_byte_goes_unnoticed(at: int, change: int) -> None:
    damaged = bytearray(REPLY)
    damaged[at] ^= change
    with pytest.raises((ReplyError, RefusedError)):
        read(bytes(damaged))


def test_errors_that_nobody_read_are_found() -> None:
    assert frames.errors_in(b"E" + ERROR_1 + b"\0E" + ERROR_ASCII_1 + REPLY) == (1, 1)
    assert frames.errors_in(ERROR_1[:-1]) == ()


def test_random_bytes_end_in_an_answer_or_an_error() -> None:
    for stream in random_streams(b"AENTC\r\n\x01", seed=1, beginning=b"TCA"):
        frames.errors_in(stream.getvalue())
        with contextlib.suppress(ReplyError, RefusedError):
            assert len(frames.read_reply(stream, prefix=b"TCA", size=9)) == 2
    for stream in random_streams(b"Ready\r\n", seed=2):
        with contextlib.suppress(ReplyError):
            frames.read_ready(stream)
