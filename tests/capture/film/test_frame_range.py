from pathlib import Path

import pytest

from capture.film.frame_range import FrameRange, is_film, parse_frame_range
from focstream.types import InputError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, range(10)),
        (":", range(10)),
        ("3:", range(3, 10)),
        (":4", range(4)),
        ("3:5", range(3, 5)),
    ],
)
def test_a_range_holds_its_first_frame_and_not_its_end(text, expected) -> None:
    wanted = parse_frame_range(text)
    assert [number for number in range(10) if number in wanted] == list(expected)


def test_it_is_over_from_its_end_on() -> None:
    wanted = FrameRange(first=3, end=5)
    assert [wanted.is_over(number) for number in (2, 4, 5, 6)] == [False, False, True, True]
    assert str(wanted) == "3:5"


@pytest.mark.parametrize("text", ["", "3", "a:b", "-1:4", "1:2:3", "1.5:9", "٣:٩"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"--frames .*: give FIRST:END"):
        parse_frame_range(text)


@pytest.mark.parametrize("text", ["5:5", "5:6", "5:3"])
def test_fewer_than_two_frames_are_no_stack(text: str) -> None:
    with pytest.raises(InputError, match=f"--frames {text} holds fewer than two frames"):
        parse_frame_range(text)


def test_films_are_known_by_their_suffix(tmp_path: Path) -> None:
    (tmp_path / "folder.mp4").mkdir()
    names = ["a.mp4", "a.MOV", "a.mkv", "a.avi", "a.webm", "a.m4v", "a.mcap", "a.png", "folder.mp4"]
    assert [is_film(tmp_path / name) for name in names] == [True] * 6 + [False] * 3
