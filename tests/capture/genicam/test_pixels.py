import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.genicam.pixels import PIXEL_LAYOUTS, choose_pixel_format, unpack

SIZE = {"width_px": 6, "height_px": 4}


def test_mono8_is_copied():
    data = np.arange(24, dtype=np.uint8)
    image = unpack(data, pixel_format="Mono8", **SIZE)
    np.testing.assert_array_equal(image, data.reshape(4, 6))
    data[:] = 0
    assert image[3, 5] == 23


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
@pytest.mark.parametrize("as_bytes", [False, True])
def test_deep_formats_fill_16_bits(bits, as_bytes):
    top = 2**bits - 1
    words = np.linspace(0, top, 24).astype("<u2")
    image = unpack(words.view(np.uint8) if as_bytes else words, pixel_format=f"Mono{bits}", **SIZE)
    assert image.dtype == np.uint16
    assert (image[0, 0], image[3, 5]) == (0, top << (16 - bits))
    words[:] = 0
    assert image[3, 5] > 0


@pytest.mark.parametrize(
    ("name", "pixel"),
    [("RGB8", [1, 2, 3]), ("BGR8", [3, 2, 1]), ("RGBa8", [1, 2, 3, 9]), ("BGRa8", [3, 2, 1, 9])],
)
def test_colour_becomes_blue_green_red(name, pixel):
    data = np.tile(np.array(pixel, np.uint8), 24)
    image = unpack(data, pixel_format=name, **SIZE)
    assert image.flags.c_contiguous
    data[:] = 0
    np.testing.assert_array_equal(image, np.broadcast_to([3, 2, 1], (4, 6, 3)))


@pytest.mark.parametrize("tile", ["RG", "GR", "GB", "BG"])
@pytest.mark.parametrize("bits", [8, 12])
def test_bayer_names_the_first_two_pixels(tile, bits):
    red = {"RG": (0, 0), "GR": (0, 1), "GB": (1, 0), "BG": (1, 1)}[tile]
    mosaic = np.zeros((8, 8), np.uint8 if bits == 8 else "<u2")
    mosaic[red[0] :: 2, red[1] :: 2] = 200
    image = unpack(mosaic.ravel(), pixel_format=f"Bayer{tile}{bits}", width_px=8, height_px=8)
    full = 200 << (0 if bits == 8 else 4)
    assert image.dtype == (np.uint8 if bits == 8 else np.uint16)
    assert (image[2:-2, 2:-2] == [0, 0, full]).all()


@given(st.sampled_from(["Mono8", "RGB8", "Mono12"]), st.integers(0, 7), st.integers(0, 9))
def test_padding_is_left_out(name, padding, tail):
    bytes_per_row = 6 * PIXEL_LAYOUTS[name].bytes_per_pixel
    rows = np.zeros((4, bytes_per_row + padding), np.uint8)
    rows[:, bytes_per_row:] = 255
    data = np.concatenate([rows.ravel(), np.full(tail, 255, np.uint8)])
    assert not unpack(data, pixel_format=name, row_padding_bytes=padding, **SIZE).any()


def test_what_cannot_be_unpacked_is_an_error():
    with pytest.raises(ValueError, match="23 bytes of 24"):
        unpack(np.zeros(23, np.uint8), pixel_format="Mono8", **SIZE)
    with pytest.raises(ValueError, match="YUV422_8 is not supported"):
        unpack(np.zeros(48, np.uint8), pixel_format="YUV422_8", **SIZE)


def test_the_format_in_use_is_kept_if_it_can_be_unpacked():
    assert choose_pixel_format(["Mono8", "BGR8"], current="Mono8") == "Mono8"
    assert choose_pixel_format(["Mono8", "BayerRG8", "YUV422_8"], current="YUV422_8") == "BayerRG8"
    assert choose_pixel_format(["Mono12", "YUV422_8"], current="YUV422_8") == "Mono12"
    assert choose_pixel_format(["YUV422_8"], current="YUV422_8") is None
