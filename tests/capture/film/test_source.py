"""Films as sources of focal slices."""

import logging
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from capture.config import CaptureConfig
from capture.film.frame_range import parse_frame_range
from capture.film.source import FilmSource
from capture.folder.source import StackFolder
from capture.folder.stack_reading import StackReading
from capture.open_source import open_recording, open_source
from focstream.types import FocalSlice, InputError
from tests.capture.film.films import noise_images, write_film


def played(source: FilmSource | StackFolder) -> list[FocalSlice]:
    slices = []
    with source:
        while True:
            try:
                focal_slice = source.read(1.0)
            except EOFError:
                return slices
            if focal_slice is not None:
                slices.append(focal_slice)


def film(folder: Path, count: int = 6, **how: object) -> Path:
    folder.mkdir(exist_ok=True)
    return write_film(folder / "a.mkv", noise_images(count), **how)  # type: ignore[arg-type]


def same_as_folder(film_path: Path, folder: Path, *, reverse: bool = False, sweeps: int = 1) -> None:
    """The slices of a film are those of the folder with the same images, but for their times."""
    for number, image in enumerate(noise_images(6)):
        cv2.imwrite(str(folder / f"{number}.png"), image)
    of_film = played(FilmSource(film_path, reverse=reverse, sweeps=sweeps))
    of_folder = played(StackFolder(folder, reading=StackReading(reverse=reverse), sweeps=sweeps))
    for one, other in zip(of_film, of_folder, strict=True):
        np.testing.assert_array_equal(one.image, other.image)
        assert one.scale == other.scale
        for name in ("sweep_id", "slot", "slots", "frame_id", "sweep_coordinate", "focus_dpt", "direction"):
            assert getattr(one.tag, name) == getattr(other.tag, name), name
        assert (one.tag.last_in_sweep, one.tag.focus_dpt_commanded) == (
            other.tag.last_in_sweep,
            other.tag.focus_dpt_commanded,
        )


@pytest.mark.parametrize("options", [{}, {"reverse": True}, {"sweeps": 2}])
def test_a_film_is_a_folder_of_its_frames(tmp_path: Path, options, caplog) -> None:
    with caplog.at_level(logging.INFO):
        same_as_folder(film(tmp_path / "f"), tmp_path, **options)
    end = "nearest" if "reverse" in options else "farthest"
    assert f"frame 0 counts as the {end} of 6" in caplog.text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("focus_distance.txt", "inf\n2\n1\n0.5\n0.25\n0.3\n"),
        ("focus.csv", "frame,dioptres\n5,3.3\n" + "".join(f"{n},{n / 2}\n" for n in range(5))),
    ],
)
def test_a_focus_list_beside_it_makes_it_metric(tmp_path: Path, name: str, text: str) -> None:
    path = film(tmp_path / "f")
    for folder in (tmp_path, tmp_path / "f"):
        # files of a folder have suffixes, frames have not
        (folder / name).write_text(re.sub(r"(?m)^(\d),", r"\1.png,", text) if folder == tmp_path else text)
    same_as_folder(path, tmp_path)


def test_a_part_of_a_film(tmp_path: Path) -> None:
    path = film(tmp_path / "f")
    (tmp_path / "f" / "focus.csv").write_text("2,1\n3,2\n4,4\n")
    slices = played(FilmSource(path, frames=parse_frame_range("2:5")))
    np.testing.assert_array_equal([item.image for item in slices], noise_images(6)[2:5])
    assert [item.tag.focus_dpt for item in slices] == [1.0, 2.0, 4.0]
    assert [item.tag.exposure_mid_ns for item in slices] == [67_000_000, 100_000_000, 133_000_000]


@pytest.mark.parametrize("times_ms", [[0, 33, 66, 200, 233, 500], [5000, 5033, 5066, 5200, 5233, 5500]])
@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_stamps_of_a_variable_rate_are_those_of_the_container(
    tmp_path: Path, caplog, times_ms, suffix
) -> None:
    path = write_film(
        tmp_path / f"a.{suffix}", noise_images(6), times_ms=times_ms, created="2026-02-03T04:05:06Z"
    )
    with caplog.at_level(logging.INFO):
        slices = played(FilmSource(path, sweeps=2))
    stamps_ms = np.array([item.tag.exposure_mid_ns for item in slices]) / 1e6
    np.testing.assert_allclose(np.diff(stamps_ms[:6]), np.diff(times_ms), atol=1e-3)
    np.testing.assert_allclose(np.diff(stamps_ms[6:]), np.diff(times_ms), atol=1e-3)
    assert stamps_ms[6] > stamps_ms[5]
    assert slices[0].tag.clock == "device"
    started = 1_770_091_506_000 if suffix == "mp4" else 0  # this muxer of MKV does not keep the date
    assert abs(stamps_ms[0] - started - times_ms[0]) < 1e-3 or suffix == "mkv"
    assert "its frames are 33 to 267 ms apart; their order counts" in caplog.text


def test_frames_that_do_not_fit_in_memory_are_decoded_again(tmp_path: Path) -> None:
    path = film(tmp_path / "f")
    room_for_two = 2 * noise_images(1)[0].nbytes
    slices = played(FilmSource(path, cache_bytes=room_for_two, sweeps=2, frames=parse_frame_range("1:")))
    np.testing.assert_array_equal([item.image for item in slices], noise_images(6)[1:] * 2)


def test_a_film_that_changes_meanwhile_is_an_error(tmp_path: Path) -> None:
    path = film(tmp_path / "f")
    with FilmSource(path, cache_bytes=0) as source:
        write_film(path, noise_images(3))
        for _ in range(3):
            source.read(1.0)
        with pytest.raises(InputError, match="has changed while it was played"):
            source.read(1.0)


def test_a_film_that_was_cut_short_says_so(tmp_path: Path, caplog) -> None:
    path = film(tmp_path / "f", count=20)
    path.write_bytes(path.read_bytes()[: int(0.7 * path.stat().st_size)])
    slices = played(FilmSource(path))
    assert 10 <= len(slices) < 20
    assert f"these {len(slices)} frames are one sweep" in caplog.text
    assert slices[-1].tag.sweep_coordinate == 1.0


def test_two_films_beside_one_list_are_ambiguous(tmp_path: Path) -> None:
    path = film(tmp_path / "f")
    write_film(tmp_path / "f" / "b.avi", noise_images(6))
    played(FilmSource(path))
    (tmp_path / "f" / "focus_distance.txt").write_text("1\n2\n3\n4\n5\n6\n")
    with pytest.raises(
        InputError, match="holds 2 films beside a focus list; put each into a folder of its own"
    ):
        played(FilmSource(path))


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("1\n2\n3\n", {}, "has 3 distances for 6 images"),
        ("1\n2\n3\n4\n5\n6\n", {"reverse": True}, "leave --reverse out"),
        (None, {"frames": "4:9"}, r"ends before frame 9 of --frames 4:9; give a smaller end"),
        (None, {"frames": "5:"}, "holds only one frame from frame 5 on; a focal stack needs two"),
        (None, {"frames": "60:"}, "holds no frame from frame 60 on"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, text, options, message) -> None:
    path = film(tmp_path / "f")
    if text is not None:
        (tmp_path / "f" / "focus_distance.txt").write_text(text)
    wanted = parse_frame_range(options.get("frames"))
    with pytest.raises(InputError, match=message):
        played(FilmSource(path, frames=wanted, reverse=options.get("reverse", False)))


def test_handheld_films_are_aligned(tmp_path: Path, caplog) -> None:
    rng = np.random.default_rng(3)
    scene = cv2.GaussianBlur(rng.integers(0, 256, (160, 200)).astype(np.uint8), (0, 0), 1.5)
    scene = cv2.normalize(scene, None, 0, 255, cv2.NORM_MINMAX)
    images = [np.ascontiguousarray(scene[2 * n : 120 + 2 * n, 3 * n : 160 + 3 * n]) for n in range(5)]
    path = write_film(tmp_path / "a.mkv", images, pixels="gray")
    with caplog.at_level(logging.INFO):
        slices = played(FilmSource(path, align=True))
    spread = np.std([item.image.astype(float) for item in slices], axis=0).mean()
    assert spread < 0.2 * np.std([image.astype(float) for image in images], axis=0).mean()


def test_it_is_opened_by_its_suffix(tmp_path: Path) -> None:
    path = film(tmp_path / "f")
    config = CaptureConfig(replay=path, frames="1:4", sweeps=2)
    assert open_recording(config) is None
    source = open_source(config)
    assert isinstance(source, FilmSource)
    assert len(played(source)) == 6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"replay": "a.mkv", "from_sweep": 1}, "--from-sweep and --every-slice are for recordings"),
        ({"replay": "a.mkv", "frames": "x"}, "--frames x: give FIRST:END"),
        ({"replay": ".", "frames": "1:4"}, "--frames is for --replay of a film"),
        ({"camera": "sim", "frames": "1:4"}, "--frames is for --replay of a film"),
    ],
)
def test_options_that_are_not_for_it_are_refused(options, message) -> None:
    with pytest.raises(InputError, match=message):
        open_source(CaptureConfig.model_validate(options))
