from pathlib import Path

import pytest

from capture.film.frame_range import parse_frame_range
from engines.image_size import parse_size
from focstream.files.whole_number import whole_number
from focstream.types import InputError
from training.data.sources import nyu


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("0012", 12), ("9" * 18, 10**18 - 1)])
def test_whole_numbers(text: str, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["", "-1", "1.5", "1_000", " 1", "1\n", "٣", "²", "9" * 19, "9" * 5000])
def test_what_is_none(text: str) -> None:
    assert whole_number(text) is None


def test_thousands_of_digits_in_options_are_one_clear_line() -> None:
    for parse, text in ((parse_frame_range, f"0:{'9' * 5000}"), (parse_size, f"{'9' * 5000}x64")):
        with pytest.raises(InputError, match=r"--(frames|size)"):
            parse(text)


def test_other_files_beside_a_data_set_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "nyuv2" / "rgb").mkdir(parents=True)
    for name in ("3.jpg", "readme.jpg"):
        (tmp_path / "nyuv2" / "rgb" / name).touch()
    assert nyu(tmp_path, range(5)).files == ("3",)
