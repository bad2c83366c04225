import logging

import cv2
import numpy as np
import pytest
import tifffile

from capture.folder.source import StackFolder
from capture.folder.stack_reading import StackReading
from capture.genicam.pixels import unpack
from focstream.types import InputError


def values_of(bits, number):
    """Four rows of values that a camera of so many bits can give; the first image holds its white."""
    top = 2**bits - 1
    values = np.linspace(0, top, 24).astype(np.uint16).reshape(4, 6)
    return np.minimum(values, top - number)


def save_stack(folder, bits, *, suffix=".png", count=3):
    for number in range(count):
        assert cv2.imwrite(str(folder / f"{number}{suffix}"), values_of(bits, number))
    return folder


def play(folder, **options):
    with StackFolder(folder, **options) as source:
        return [source.read(1.0).image.copy() for _ in range(len(source))]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("kept", [0, 10**6])
def test_8_bits_in_16_are_the_images_of_8_bits(tmp_path, suffix, kept, caplog):
    with caplog.at_level(logging.INFO):
        images = play(save_stack(tmp_path, 8, suffix=suffix), cache_bytes=kept)
    for number, image in enumerate(images):
        assert image.dtype == np.uint8
        np.testing.assert_array_equal(image, values_of(8, number))
    assert "taken for 8-bit ones, because the largest is 255 (otherwise: --bits N)" in caplog.text


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_fewer_bits_in_16_are_scaled_as_a_live_camera_scales_them(tmp_path, bits, caplog):
    with caplog.at_level(logging.INFO):
        images = play(save_stack(tmp_path, bits))
    for number, image in enumerate(images):
        raw = values_of(bits, number).astype("<u2")
        live = unpack(raw.view(np.uint8).ravel(), pixel_format=f"Mono{bits}", width_px=6, height_px=4)
        np.testing.assert_array_equal(image, live)
    assert f"taken for {bits}-bit ones" in caplog.text


def test_the_whole_stack_says_how_many_bits_there_are(tmp_path):
    for number, top in enumerate([200, 900, 3000]):  # alone, these would be three different answers
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((4, 6), top, np.uint16))
    assert [int(image.max()) for image in play(tmp_path)] == [200 << 4, 900 << 4, 3000 << 4]


def test_bits_that_are_given_overrule_the_values(tmp_path, caplog):
    cv2.imwrite(str(tmp_path / "0.png"), np.full((4, 6), 3000, np.uint16))
    cv2.imwrite(str(tmp_path / "1.png"), np.full((4, 6), 2000, np.uint16))
    with caplog.at_level(logging.INFO):
        assert [int(image.max()) for image in play(tmp_path, reading=StackReading(bits=16))] == [3000, 2000]
    assert "bit ones" not in caplog.text


def test_all_16_bits_stay_as_they_are(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        images = play(save_stack(tmp_path, 16))
    np.testing.assert_array_equal(images[1], values_of(16, 1))
    assert "bit ones" not in caplog.text


def test_a_tiff_that_says_its_bits_is_believed(tmp_path, caplog):
    for number in range(2):
        values = np.full((4, 6), 1000 - number, np.uint16)  # 10 bits would do
        high, low = values.ravel()[::2], values.ravel()[1::2]
        packed = np.stack([high >> 4, (high & 15) << 4 | low >> 8, low & 255], axis=1).astype(np.uint8)
        tifffile.imwrite(
            tmp_path / f"{number}.tif",
            iter([packed.tobytes()]),
            shape=values.shape,
            dtype=np.uint16,
            bitspersample=12,
            rowsperstrip=4,
            photometric="minisblack",
        )
    with caplog.at_level(logging.INFO):
        assert [int(image.min()) for image in play(tmp_path)] == [1000 << 4, 999 << 4]
    assert "bit ones" not in caplog.text


@pytest.mark.parametrize(("bits", "said"), [(8, "--bits 8 is too few"), (17, "leave --bits 17 out")])
def test_bits_that_do_not_fit_are_an_error(tmp_path, bits, said):
    save_stack(tmp_path, 12)
    with pytest.raises(InputError, match=said), StackFolder(tmp_path, reading=StackReading(bits=bits)):
        pass


def test_a_file_that_grows_brighter_during_the_replay_is_an_error(tmp_path):
    save_stack(tmp_path, 10)
    with StackFolder(tmp_path, cache_bytes=0) as source:
        source.read(1.0)
        cv2.imwrite(str(tmp_path / "1.png"), np.full((4, 6), 5000, np.uint16))
        with pytest.raises(InputError, match=r"1\.png has changed"):
            source.read(1.0)
