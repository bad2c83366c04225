import io

import cv2
import numpy as np
import pytest
from PIL import Image

from capture.folder.file_stack import is_stack_file
from capture.folder.source import StackFolder
from capture.folder.stack_reading import StackReading
from focstream.types import InputError

COUNT = 3


def picture(number, *, size=(64, 48)):
    return Image.fromarray(np.full((size[1], size[0], 3), (60 * number, 40, 200), np.uint8))


@pytest.fixture
def burst(tmp_path):
    """A burst as Pillow writes it, by the standard of CIPA (rightly up to three pictures)."""
    first, *others = (picture(number) for number in range(COUNT))
    first.save(tmp_path / "burst.mpo", "MPO", save_all=True, append_images=others, quality=95)
    return tmp_path / "burst.mpo"


def play(path, **reading):
    with StackFolder(path, reading=StackReading(**reading)) as source:
        return [source.read(1.0) for _ in range(len(source))]


def test_every_picture_of_a_burst_is_a_slice(burst):
    assert is_stack_file(burst)
    slices = play(burst)
    blue_green_red = np.stack([one.image.mean(axis=(0, 1)) for one in slices])
    expected = [(200, 40, 60 * number) for number in range(COUNT)]
    np.testing.assert_allclose(blue_green_red, expected, atol=3)
    assert [one.tag.sweep_coordinate for one in slices] == [0, 0.5, 1]


def test_reverse_makes_the_first_picture_the_nearest(burst):
    assert [one.tag.direction for one in play(burst, reverse=True)] == [-1] * COUNT


def test_a_burst_among_images_is_an_error(burst, tmp_path):
    burst.rename(tmp_path / "1.jpg")
    picture(1).save(tmp_path / "2.jpg")
    with pytest.raises(InputError, match=r"1\.jpg holds 3 images: give it alone as a stack"):
        play(tmp_path)


def test_a_gain_map_behind_a_picture_does_not_make_it_a_burst(tmp_path):
    """As phones write their pictures of high dynamic range: the second picture is smaller."""
    for number in range(2):
        path = tmp_path / f"{number}.jpg"
        small = picture(3, size=(32, 24))
        picture(number).save(path, "MPO", save_all=True, append_images=[small])
    assert len(play(tmp_path)) == 2
    with pytest.raises(InputError, match="holds one image"):
        play(tmp_path / "0.jpg")


def test_a_burst_cut_short_is_an_error(burst):
    burst.write_bytes(burst.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"burst\.mpo, image 2 is cut short"):
        play(burst)


def test_a_burst_whose_directory_is_wrong_is_an_error(burst):
    data = burst.read_bytes()
    with Image.open(burst) as file:
        place = file.mpinfo[0xB002][2]["DataOffset"]
    assert data.count(place.to_bytes(4, "little")) == 1
    burst.write_bytes(data.replace(place.to_bytes(4, "little"), (place + 5).to_bytes(4, "little")))
    with pytest.raises(InputError, match="picture 2 of 3 is not where its directory says"):
        play(burst)


def test_a_single_picture_is_no_stack(tmp_path):
    for name in ("a.jpg", "a.png"):
        assert cv2.imwrite(str(tmp_path / name), np.zeros((5, 6), np.uint8))
        assert is_stack_file(tmp_path / name)
        with pytest.raises(InputError, match="holds one image; a focal stack needs two or more"):
            play(tmp_path / name)


def test_channels_are_for_tiff(burst):
    with pytest.raises(InputError, match="holds neither channels nor times"):
        play(burst, channel="0")


@pytest.mark.parametrize("data", [b"", b"\x89MCAP0\r\n", b"hello"])
def test_other_files_are_none(tmp_path, data):
    (tmp_path / "a").write_bytes(data)
    assert not is_stack_file(tmp_path / "a")
    assert not is_stack_file(tmp_path / "gone")


def test_the_pictures_of_a_burst_are_those_of_a_folder(burst, tmp_path):
    parts = tmp_path / "parts"
    parts.mkdir()
    with Image.open(burst) as file:
        for number in range(COUNT):
            file.seek(number)
            buffer = io.BytesIO()
            file.save(buffer, "PNG")
            (parts / f"{number}.png").write_bytes(buffer.getvalue())
    for one, other in zip(play(burst), play(parts), strict=True):
        np.testing.assert_allclose(one.image.astype(int), other.image.astype(int), atol=2)
