"""What comes out of films, beside what went in, and beside OpenCV."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from capture.film.decoder import FilmDecoder
from focstream.types import InputError
from tests.capture.film.films import noise_images, smooth_images, write_film


@pytest.mark.parametrize("suffix", ["mkv", "avi", "mp4"])
def test_a_lossless_film_is_exact(tmp_path: Path, suffix: str) -> None:
    images = noise_images(5)
    decoder = FilmDecoder(write_film(tmp_path / f"a.{suffix}", images))
    for _ in range(2):  # as often as wanted
        np.testing.assert_array_equal([frame.image for frame in decoder], images)
    assert (decoder.fault, decoder.notes, decoder.rate_hz) == (None, (), 30.0)


def test_a_grey_film_is_grey(tmp_path: Path) -> None:
    images = noise_images(3, (48, 64))
    decoder = FilmDecoder(write_film(tmp_path / "a.mkv", images, pixels="gray"))
    np.testing.assert_array_equal([frame.image for frame in decoder], images)


def test_sixteen_bits_are_exact(tmp_path: Path) -> None:
    images = noise_images(3, (48, 64), np.uint16)
    decoder = FilmDecoder(write_film(tmp_path / "a.mkv", images, pixels="gray16le"))
    np.testing.assert_array_equal([frame.image for frame in decoder], images)


@pytest.mark.parametrize(
    ("pixels", "bits", "shape"),
    [("gray10le", 10, (48, 64)), ("gbrp10le", 10, (48, 64, 3)), ("gray12le", 12, (48, 64))],
)
def test_ten_bits_fill_the_range_of_sixteen(tmp_path: Path, pixels: str, bits: int, shape) -> None:
    """White is white: 1023 of 1023 comes out as 65535, not as 1023."""
    levels = [0, 2**15, 2**16 - 1]
    images = [np.full(shape, level, np.uint16) for level in levels]
    decoder = FilmDecoder(write_film(tmp_path / "a.mkv", images, pixels=pixels))
    found = [frame.image for frame in decoder]
    assert {(image.shape, image.dtype) for image in found} == {(shape, np.dtype(np.uint16))}
    np.testing.assert_allclose([image.flat[0] for image in found], levels, atol=2 ** (16 - bits))
    assert (found[0].max(), found[2].min()) == (0, 65535)


@pytest.mark.parametrize(
    ("suffix", "codec", "pixels"),
    [
        ("mp4", "libx264", "yuv420p"),
        ("mov", "libx264", "yuv420p10le"),
        ("avi", "mjpeg", "yuvj420p"),
        ("mkv", "mpeg4", "yuv420p"),
        ("mp4", "libx264", "yuvj420p"),
    ],
)
def test_lossy_films_differ_by_a_few_levels(tmp_path: Path, suffix: str, codec: str, pixels: str) -> None:
    images = smooth_images(5)
    decoder = FilmDecoder(write_film(tmp_path / f"a.{suffix}", images, codec=codec, pixels=pixels))
    found = np.array([frame.image for frame in decoder])
    if found.dtype == np.uint16:
        found = found >> 8
    assert np.abs(found.astype(int) - images).max() <= 16
    assert np.abs(found.astype(int) - images).mean() < 4
    assert (decoder.fault, decoder.notes) == (None, ())


def test_frames_of_a_film_that_refers_to_later_ones_come_in_the_order_shown(tmp_path: Path) -> None:
    options = {"bf": "3", "b_strategy": "0", "g": "12"}
    film = write_film(
        tmp_path / "a.mp4", smooth_images(12), codec="libx264", pixels="yuv420p", options=options
    )
    means = [frame.image.mean() for frame in FilmDecoder(film)]
    assert means == sorted(means)
    assert len(means) == 12


@pytest.mark.parametrize("rotation", [90, 180, 270])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_turned_film_comes_as_any_player_shows_it(tmp_path: Path, rotation: int, suffix: str) -> None:
    film = write_film(tmp_path / f"a.{suffix}", noise_images(2), rotation=rotation)
    decoder = FilmDecoder(film)
    found = [frame.image for frame in decoder]
    assert decoder.notes == ("its frames are turned as the film says",)
    player = cv2.VideoCapture(str(film))
    shown = [player.read()[1] for _ in found]
    player.release()
    np.testing.assert_array_equal(found, shown)
    np.testing.assert_array_equal(found[0], np.rot90(noise_images(1)[0], rotation // 90))


def test_a_mirrored_film_is_mirrored(tmp_path: Path) -> None:
    decoder = FilmDecoder(write_film(tmp_path / "a.mp4", noise_images(2), mirrored=True))
    np.testing.assert_array_equal(
        [frame.image for frame in decoder], [each[:, ::-1] for each in noise_images(2)]
    )


def test_an_odd_angle_is_reported_and_left_alone(tmp_path: Path) -> None:
    decoder = FilmDecoder(write_film(tmp_path / "a.mp4", noise_images(2), rotation=30))
    np.testing.assert_array_equal([frame.image for frame in decoder], noise_images(2))
    assert decoder.notes == ("it is to be turned by an odd angle; its frames stay as they are",)


def test_alpha_is_reported_and_left_out(tmp_path: Path) -> None:
    decoder = FilmDecoder(write_film(tmp_path / "a.mkv", noise_images(2), pixels="bgra"))
    np.testing.assert_array_equal([frame.image for frame in decoder], noise_images(2))
    assert decoder.notes == ("its alpha is left out",)


@pytest.mark.parametrize(
    ("suffix", "codec", "pixels", "container"),
    [
        ("mkv", "ffv1", "bgr0", {}),
        ("avi", "ffv1", "bgr0", {}),
        ("mkv", "libx264", "yuv420p", {}),
        ("mp4", "libx264", "yuv420p", {"movflags": "faststart"}),
        ("avi", "mjpeg", "yuvj420p", {}),
        ("mov", "mjpeg", "yuvj420p", {"movflags": "faststart"}),
    ],
)
@pytest.mark.parametrize("share", [0.55, 0.9])
def test_a_film_that_was_cut_short_gives_what_can_be_read(
    tmp_path: Path, suffix: str, codec: str, pixels: str, container, share: float
) -> None:
    film = write_film(
        tmp_path / f"a.{suffix}", noise_images(30), codec=codec, pixels=pixels, container=container
    )
    whole = [frame.image for frame in FilmDecoder(film)]
    film.write_bytes(film.read_bytes()[: int(share * film.stat().st_size)])
    decoder = FilmDecoder(film)
    found = [frame.image for frame in decoder]
    assert 10 <= len(found) < 30
    np.testing.assert_array_equal(found, whole[: len(found)])
    assert decoder.fault is not None
    assert decoder.fault.startswith(("it is cut short or damaged: only its first ", "it announces "))


def test_damage_in_the_middle_ends_the_film(tmp_path: Path) -> None:
    """What a decoder makes up for the missing part must not become depth."""
    film = write_film(tmp_path / "a.avi", noise_images(30), codec="mpeg4", pixels="yuv420p")
    whole = [frame.image for frame in FilmDecoder(film)]
    content = bytearray(film.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 200] = bytes(200)
    film.write_bytes(content)
    decoder = FilmDecoder(film)
    found = [frame.image for frame in decoder]
    assert 3 < len(found) < 20
    np.testing.assert_array_equal(found, whole[: len(found)])
    assert decoder.fault == f"it is cut short or damaged: only its first {len(found)} frames can be read"


@pytest.mark.parametrize("content", [b"", b"no film at all" * 100])
def test_what_is_no_film_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.mp4 cannot be read as a film \(.*\); check the file") as caught:
        list(FilmDecoder(tmp_path / "a.mp4"))
    assert "\n" not in str(caught.value)


def test_a_film_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.mkv: cannot be read \(No such file"):
        list(FilmDecoder(tmp_path / "absent.mkv"))


def test_a_film_whose_end_is_missing_where_the_index_is_cannot_be_read(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", noise_images(9), codec="libx264", pixels="yuv420p")
    film.write_bytes(film.read_bytes()[:-400])
    with pytest.raises(InputError, match="cannot be read as a film"):
        list(FilmDecoder(film))


def test_sound_alone_is_no_film(tmp_path: Path) -> None:
    import av

    with av.open(str(tmp_path / "a.mp4"), "w") as film:
        stream = film.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48000
        film.mux(stream.encode(frame))
        film.mux(stream.encode())
    with pytest.raises(InputError, match="holds no film that can be read"):
        list(FilmDecoder(tmp_path / "a.mp4"))


def test_without_the_package_one_line_says_what_to_install(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(
        InputError, match=r'a\.mp4 is a film, which needs the package av; pip install "focstream\[film\]"'
    ):
        FilmDecoder(tmp_path / "a.mp4")
