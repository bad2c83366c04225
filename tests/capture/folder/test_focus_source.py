import logging

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from capture.folder.source import StackFolder
from capture.folder.stack_reading import StackReading
from focstream.types import InputError

INFINITY, UNKNOWN = 4294967295, 0
GREY = np.full((16, 16, 3), 90, np.uint8)


def play(folder, **reading):
    with StackFolder(folder, reading=StackReading(**reading)) as source:
        return [source.read(1.0).tag.focus_dpt for _ in range(len(source))]


def error_of(folder, **reading):
    with pytest.raises(InputError) as caught:
        play(folder, **reading)
    return str(caught.value)


def save_exif(folder, *distances_m, suffix=".jpg"):
    for number, distance_m in enumerate(distances_m):
        exif = Image.Exif()
        if distance_m is not None:
            exif.get_ifd(0x8769)[0x9206] = distance_m
        path = folder / f"{number}{suffix}"
        if suffix == ".heic":
            pillow_heif.from_pillow(Image.fromarray(GREY)).save(path, exif=exif.tobytes())
        else:
            Image.fromarray(GREY).save(path, exif=exif.tobytes())
    return folder


def save_names(folder, *names):
    for name in names:
        assert cv2.imwrite(str(folder / name), GREY)
    return folder


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".heic"])
def test_the_distance_in_exif_gives_metres(tmp_path, caplog, suffix):
    save_exif(tmp_path, 0.5, 1.25, INFINITY, suffix=suffix)
    with caplog.at_level(logging.INFO):
        assert play(tmp_path) == pytest.approx([2.0, 0.8, 0.0])
    assert "focus by SubjectDistance in EXIF, approximate" in caplog.text


@pytest.mark.parametrize("distances_m", [(0.5, 1.25, UNKNOWN), (0.5, 1.25, None), (2, 2, 2)])
def test_a_distance_that_is_missing_somewhere_or_stays_is_none(tmp_path, caplog, distances_m):
    save_exif(tmp_path, *distances_m)
    with caplog.at_level(logging.INFO):
        assert play(tmp_path) == [None] * 3
    assert "not metric" in caplog.text
    assert "leave --focus-from exif out" in error_of(tmp_path, focus_from="exif")


def test_a_focus_list_comes_before_exif_unless_asked_otherwise(tmp_path):
    save_exif(tmp_path, 0.5, 1.25, INFINITY)
    (tmp_path / "focus_distance.txt").write_text("1\n2\n4\n")
    assert play(tmp_path) == [1.0, 0.5, 0.25]
    assert play(tmp_path, focus_from="exif") == pytest.approx([2.0, 0.8, 0.0])
    (tmp_path / "focus_distance.txt").unlink()
    assert "leave --focus-from list out" in error_of(tmp_path, focus_from="list")


def test_names_that_say_metres_are_believed(tmp_path, caplog):
    save_names(tmp_path, "b_0.5m.png", "b_1.25m.png", "b_2m.png")
    with caplog.at_level(logging.INFO):
        assert play(tmp_path) == pytest.approx([2.0, 0.8, 0.5])
    assert "focus by the metres in the file names, approximate" in caplog.text


def test_bare_numbers_are_metres_only_when_asked_for(tmp_path, caplog):
    save_names(tmp_path, "b_0.5.png", "b_1.25.png", "b_2.png")
    with caplog.at_level(logging.INFO):
        assert play(tmp_path) == [None] * 3
    assert "if the numbers at the end of the names are metres: --focus-from name" in caplog.text
    assert play(tmp_path, focus_from="name") == pytest.approx([2.0, 0.8, 0.5])


def test_counted_names_are_not_taken_for_metres(tmp_path, caplog):
    save_names(tmp_path, "img_1.png", "img_2.png", "img_3.png")
    with caplog.at_level(logging.INFO):
        assert play(tmp_path) == [None] * 3
    assert "--focus-from" not in caplog.text


def test_names_without_a_distance_are_an_error_where_they_are_to_give_it(tmp_path):
    save_names(tmp_path, "b_0.5.png", "b_far.png")
    assert "b_far.png: the name does not end in a distance" in error_of(tmp_path, focus_from="name")
    save_names(tmp_path, "b_0.png")
    (tmp_path / "b_far.png").unlink()
    assert "b_0.png: the name does not end in a distance" in error_of(tmp_path, focus_from="name")


@pytest.mark.parametrize("saved", ["exif", "names"])
def test_reverse_contradicts_distances(tmp_path, saved):
    if saved == "exif":
        save_exif(tmp_path, 0.5, 1.25)
    else:
        save_names(tmp_path, "b_0.5m.png", "b_1.25m.png")
    assert "already says which end is near" in error_of(tmp_path, reverse=True)
