"""Packed pixel formats, against the layouts written out by hand and a second way to pack."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.genicam.pixels import PIXEL_LAYOUTS, unpack


def packed_p(pixels, bits):
    """Pack with whole numbers: the first pixel in the lowest bits of one long number."""
    number = sum(int(pixel) << (bits * index) for index, pixel in enumerate(pixels))
    return np.frombuffer(number.to_bytes(-(-bits * len(pixels) // 8), "little"), np.uint8)


def packed_gige(pixels, bits):
    low, mask = bits - 8, (1 << (bits - 8)) - 1
    octets = []
    for first, second in zip(pixels[::2], [*pixels[1::2], 0], strict=False):
        octets += [first >> low, first & mask | (second & mask) << 4, second >> low]
    return np.array(octets, np.uint8)


@pytest.mark.parametrize(
    ("pixel_format", "octets", "pixels"),
    [
        ("Mono12p", [0xBC, 0x3A, 0x12], [0xABC, 0x123]),
        ("Mono12Packed", [0xAB, 0x3C, 0x12], [0xABC, 0x123]),
        ("Mono10p", [0xFF, 0x03, 0x00, 0x40, 0x00], [0x3FF, 0, 0, 1]),
        ("Mono10Packed", [0xFF, 0x13, 0x00], [0x3FF, 0x001]),
    ],
)
def test_the_layouts_of_the_standards(pixel_format, octets, pixels):
    bits = PIXEL_LAYOUTS[pixel_format].bits
    image = unpack(np.array(octets, np.uint8), pixel_format=pixel_format, width_px=len(pixels), height_px=1)
    assert (image >> (16 - bits)).tolist() == [pixels]


@given(data=st.data(), bits=st.sampled_from([10, 12]), packing=st.sampled_from(["p", "Packed"]))
def test_what_was_packed_comes_out(data, bits, packing):
    width, height = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 5))
    size = width * height
    pixels = data.draw(st.lists(st.integers(0, 2**bits - 1), min_size=size, max_size=size))
    octets = packed_p(pixels, bits) if packing == "p" else packed_gige(pixels, bits)
    image = unpack(octets, pixel_format=f"Mono{bits}{packing}", width_px=width, height_px=height)
    assert image.dtype == np.uint16
    assert (image >> (16 - bits)).ravel().tolist() == pixels
    with pytest.raises(ValueError, match="bytes of"):
        unpack(
            octets[: size * bits // 8 - 1],
            pixel_format=f"Mono{bits}{packing}",
            width_px=width,
            height_px=height,
        )


def test_padding_between_rows_is_left_out():
    rows = [np.append(packed_p([row, 7], 12), [255, 255]) for row in (1, 2)]
    image = unpack(
        np.concatenate(rows).astype(np.uint8),
        pixel_format="Mono12p",
        width_px=2,
        height_px=2,
        row_padding_bytes=2,
    )
    assert (image >> 4).tolist() == [[1, 7], [2, 7]]


def test_a_packed_mosaic_becomes_colour():
    image = unpack(packed_p([4095] * 16, 12), pixel_format="BayerRG12p", width_px=4, height_px=4)
    assert image.shape == (4, 4, 3)
    assert (image == 4095 << 4).all()
