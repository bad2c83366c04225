import logging

import numpy as np
import OpenEXR
import pytest

from capture.folder.formats.image_file import read_picture
from capture.folder.source import StackFolder
from focstream.types import InputError

LIGHT = np.linspace(0.0, 1.2, 6 * 8 * 3, dtype=np.float32).reshape(6, 8, 3)


def srgb(light):
    """IEC 61966-2-1, in 16 bits."""
    light = np.clip(light.astype(np.float64), 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055) * 65535


def write_exr(path, *parts):
    OpenEXR.File(
        [
            OpenEXR.Part({"type": OpenEXR.scanlineimage}, channels, f"part{number}")
            for number, channels in enumerate(parts)
        ]
    ).write(str(path))


def planes(pixels, names="RGB"):
    return {name: np.ascontiguousarray(pixels[..., number]) for number, name in enumerate(names)}


def error_of(path):
    with pytest.raises(InputError) as caught:
        read_picture(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def write_pfm(path, rgb, *, scale="-1.0"):
    order = "<f4" if scale.startswith("-") else ">f4"
    kind = "PF" if rgb.ndim == 3 else "Pf"
    head = f"{kind}\n{rgb.shape[1]} {rgb.shape[0]}\n{scale}\n".encode()
    path.write_bytes(head + rgb[::-1].astype(order).tobytes())


@pytest.mark.parametrize("scale", ["-1.0", "1.0", "-0.25", "255"])
def test_pfm_is_light_whatever_the_size_of_its_scale(tmp_path, scale):
    write_pfm(tmp_path / "a.pfm", LIGHT, scale=scale)
    np.testing.assert_allclose(read_picture(tmp_path / "a.pfm").image, srgb(LIGHT[..., ::-1]), atol=2)
    write_pfm(tmp_path / "b.pfm", LIGHT[..., 0], scale=scale)
    np.testing.assert_allclose(read_picture(tmp_path / "b.pfm").image, srgb(LIGHT[..., 0]), atol=2)


def test_exr_in_half_and_float(tmp_path):
    for dtype in (np.float16, np.float32):
        write_exr(tmp_path / "a.exr", planes(LIGHT.astype(dtype)))
        image = read_picture(tmp_path / "a.exr").image
        assert (image.shape, image.dtype) == ((6, 8, 3), np.uint16)
        np.testing.assert_allclose(image, srgb(LIGHT[..., ::-1]), atol=70 if dtype is np.float16 else 2)


def test_the_layer_with_colours_is_found_in_whatever_part(tmp_path):
    names = [f"ViewLayer.Combined.{colour}" for colour in "RGBA"]
    alpha = np.ones((6, 8), np.float32)
    alpha[:2] = 0
    combined = planes(np.dstack([LIGHT, alpha]), names)
    write_exr(tmp_path / "a.exr", {"ViewLayer.Depth.V": LIGHT[..., 0].copy()}, combined)
    picture = read_picture(tmp_path / "a.exr")
    np.testing.assert_allclose(picture.image, srgb(LIGHT[..., ::-1]), atol=2)
    np.testing.assert_array_equal(picture.transparent, alpha == 0)


def test_grey_exr(tmp_path):
    write_exr(tmp_path / "a.exr", {"Y": LIGHT[..., 1].copy()})
    np.testing.assert_allclose(read_picture(tmp_path / "a.exr").image, srgb(LIGHT[..., 1]), atol=2)


def test_depth_is_no_picture(tmp_path):
    write_exr(tmp_path / "a.exr", {"Depth.V": LIGHT[..., 0].copy()})
    assert "only Depth.V; is it a depth map?" in error_of(tmp_path / "a.exr")
    write_pfm(tmp_path / "b.pfm", np.where(LIGHT > 1, np.inf, LIGHT))
    assert "is it a depth map?" in error_of(tmp_path / "b.pfm")
    write_pfm(tmp_path / "c.pfm", LIGHT * 255)
    assert "holds light up to 306: scale it to 0 … 1" in error_of(tmp_path / "c.pfm")


def test_a_damaged_file_is_an_error(tmp_path):
    write_exr(tmp_path / "a.exr", planes(LIGHT))
    write_pfm(tmp_path / "b.pfm", LIGHT)
    for name, message in (("a.exr", "cannot be read"), ("b.pfm", "is cut short")):
        data = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) // 2])
        assert message in error_of(tmp_path / name)


def test_a_rendered_stack_plays_and_says_what_was_made_of_its_light(tmp_path, caplog):
    for number in range(3):
        write_exr(tmp_path / f"{number}.exr", planes(LIGHT / (number + 1)))
    with caplog.at_level(logging.INFO), StackFolder(tmp_path) as source:
        assert len(source) == 3
        np.testing.assert_allclose(source.read(1.0).image, srgb(LIGHT[..., ::-1]), atol=2)
    assert "light from 0 to 1 gets the curve of sRGB, brighter light becomes white" in caplog.text
