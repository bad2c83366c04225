import logging

import cv2
import numpy as np
import pytest

from capture.folder.listing import find_images
from capture.folder.source import StackFolder
from focstream.types import InputError


@pytest.fixture
def folder(tmp_path):
    for number in range(3):
        assert cv2.imwrite(str(tmp_path / f"{number}.png"), np.zeros((5, 6), np.uint8))
    return tmp_path


def add(folder, *names):
    for name in names:
        (folder / name).write_bytes(b"x")


def test_images_that_are_not_read_are_counted(folder, caplog):
    add(folder, "0.DNG", "1.dng", "2.webp", "notes.txt", ".hidden.dng")
    with caplog.at_level(logging.INFO), StackFolder(folder):
        pass
    assert "passed over: 2 .dng, 1 .webp" in caplog.text


@pytest.mark.parametrize("name", ["depth.pfm", "truth.exr"])
def test_float_images_beside_others_are_truth(folder, name):
    add(folder, name)
    found = find_images(folder)
    assert len(found.paths) == 3
    assert found.doubts == (f"passed over: 1 {name[-4:]}",)


def test_a_folder_of_images_that_are_not_read_says_so(tmp_path):
    add(tmp_path, "0.dng", "1.dng", "2.webp")
    with pytest.raises(InputError, match=r"no images that can be read, but 2 \.dng, 1 \.webp: convert them"):
        find_images(tmp_path)


def test_one_picture_in_two_formats_is_an_error(folder):
    add(folder, "1.jpg")
    with pytest.raises(InputError, match=r"holds 1\.jpg and 1\.png: leave one format"):
        find_images(folder)
