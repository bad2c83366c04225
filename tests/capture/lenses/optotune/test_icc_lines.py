import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.lenses.optotune import icc_lines as lines
from capture.lenses.reply import RefusedError, ReplyError
from tests.capture.lenses.streams import random_streams


def test_a_command_ends_with_cr_lf() -> None:
    assert lines.line("SETFP=1.0000") == b"SETFP=1.0000\r\n"


@given(st.floats(-100, 100, allow_nan=False))
def test_numbers_are_read(value: float) -> None:
    assert lines.read_number(io.BytesIO(lines.line(f"{value:.3f}"))) == pytest.approx(value, abs=0.0006)


@pytest.mark.parametrize(("answer", "text"), [("OL", "below"), ("OU", "above"), ("ERROR", "error")])
def test_what_is_refused_is_told(answer: str, text: str) -> None:
    for read in (lines.read_ok, lines.read_number):
        with pytest.raises(RefusedError, match=text):
            read(io.BytesIO(lines.line(answer)))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "no answer"),
        (b"OK", "only 4f 4b"),
        (b"NO\r\n", "'NO' instead of OK"),
        (b"x" * 100, "more than 64"),
        (b"O\xffK\r\n", "damaged"),
    ],
)
def test_damage_is_noticed(data: bytes, text: str) -> None:
    with pytest.raises(ReplyError, match=text):
        lines.read_ok(io.BytesIO(data))


@pytest.mark.parametrize("answer", ["OK", "", "nan", "inf", "1.0 2.0", "--1"])
def test_what_is_no_number_is_refused(answer: str) -> None:
    with pytest.raises(ReplyError, match="instead of a number"):
        lines.read_number(io.BytesIO(lines.line(answer)))


def test_random_bytes_end_in_an_answer_or_an_error() -> None:
    for stream in random_streams(b"OKNLU-1.5\r\n", seed=4):
        for read in (lines.read_ok, lines.read_number):
            with contextlib.suppress(ReplyError, RefusedError):
                read(stream)
