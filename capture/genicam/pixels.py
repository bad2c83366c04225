"""The pixel formats of GenICam (PFNC) that become slices."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from focstream.focal_slice import Image

_BAYER = {
    "RG": cv2.COLOR_BayerRGGB2BGR,
    "GR": cv2.COLOR_BayerGRBG2BGR,
    "GB": cv2.COLOR_BayerGBRG2BGR,
    "BG": cv2.COLOR_BayerBGGR2BGR,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelLayout:
    """Layout of the pixels of one format in memory.

    Attributes
    ----------
    channels, bits
        A pixel, and the bits used of each channel; more than 8 take two bytes, little-endian.
    order
        ``"rgb"`` where red comes first.
    bayer
        OpenCV's code that turns the mosaic into blue-green-red, for Bayer formats.
    packing
        "p": bits without gaps, the low ones first (PFNC's suffix). "packed": two pixels in three bytes, the
        low bits of both in the middle one (GigE Vision's suffix). None: whole bytes.
    """

    channels: int
    bits: int
    order: Literal["bgr", "rgb"] = "bgr"
    bayer: int | None = None
    packing: Literal["p", "packed"] | None = None

    @property
    def bits_per_pixel(self) -> int:
        """Bits that one pixel takes in a packed format."""
        return 12 if self.packing == "packed" else self.bits

    @property
    def bytes_per_pixel(self) -> int:
        """Bytes that one pixel takes."""
        return self.channels * (1 if self.bits == 8 else 2)

    @property
    def colour(self) -> bool:
        """True when its images have three channels."""
        return self.channels > 1 or self.bayer is not None


def _layouts() -> dict[str, PixelLayout]:
    layouts = {f"Mono{bits}": PixelLayout(channels=1, bits=bits) for bits in (8, 10, 12, 14, 16)}
    for tile, code in _BAYER.items():
        for bits in (8, 10, 12, 16):
            layouts[f"Bayer{tile}{bits}"] = PixelLayout(channels=1, bits=bits, bayer=code)
    for name, layout in list(layouts.items()):
        if layout.bits in (10, 12):
            layouts[f"{name}p"] = replace(layout, packing="p")
            layouts[f"{name}Packed"] = replace(layout, packing="packed")
    for name, order, channels in (
        ("RGB8", "rgb", 3),
        ("BGR8", "bgr", 3),
        ("RGBa8", "rgb", 4),
        ("BGRa8", "bgr", 4),
    ):
        layouts[name] = PixelLayout(channels=channels, bits=8, order=cast("Literal['bgr', 'rgb']", order))
    # What GigE Vision 1 called them.
    layouts |= {f"{name}Packed": layouts[name] for name in ("RGB8", "BGR8")}
    return layouts


PIXEL_LAYOUTS = _layouts()
"""Layouts by PFNC name."""

_BEST_FIRST = (
    "BGR8",
    "RGB8",
    "BayerRG8",
    "BayerGR8",
    "BayerGB8",
    "BayerBG8",
    "BGRa8",
    "RGBa8",
    "Mono8",
    "Mono16",
)


def choose_pixel_format(offered: Sequence[str], *, current: str) -> str | None:
    """Keep `current` if it can be unpacked, else take the best one offered; None where none can be."""
    if current in PIXEL_LAYOUTS:
        return current
    wanted = [*_BEST_FIRST, *PIXEL_LAYOUTS]
    return next((name for name in wanted if name in offered), None)


def unpack(
    data: NDArray[Any], *, pixel_format: str, width_px: int, height_px: int, row_padding_bytes: int = 0
) -> Image:
    """Copy the memory of one image into an array of our own.

    Formats of 10 to 14 bits are shifted so that full scale is that of 16 bits.

    Parameters
    ----------
    data
        1-D, any unsigned integers, as harvesters gives it: a view into the memory of the producer. Of a
        packed format, the bytes as they came.
    pixel_format
        A key of `PIXEL_LAYOUTS`.
    width_px, height_px, row_padding_bytes
        Size of the image in `data`.

    Returns
    -------
    Image
        (H, W) or (H, W, 3) blue-green-red, uint8 or uint16, owned by the caller.

    Raises
    ------
    ValueError
        When `data` is shorter than the image, or the format is unknown.
    """
    layout = PIXEL_LAYOUTS.get(pixel_format)
    if layout is None:
        raise ValueError(f"pixel format {pixel_format} is not supported")
    if layout.packing is not None:
        return _demosaiced(
            _unpacked(data.view(np.uint8), layout, (height_px, width_px), row_padding_bytes), layout
        )
    used = width_px * layout.bytes_per_pixel
    size = (used + row_padding_bytes) * height_px
    raw = data.view(np.uint8)
    if raw.size < size:
        raise ValueError(f"{raw.size} bytes of {size} that {width_px}×{height_px} {pixel_format} needs")
    rows = raw[:size].reshape(height_px, used + row_padding_bytes)[:, :used]
    if layout.bits > 8:
        words = np.ascontiguousarray(rows).view("<u2")
        return _demosaiced(words << np.uint16(16 - layout.bits), layout)
    pixels = rows.reshape(height_px, width_px, layout.channels) if layout.channels > 1 else rows
    if layout.channels > 1:
        return np.array(pixels[..., 2::-1] if layout.order == "rgb" else pixels[..., :3], order="C")
    return _demosaiced(np.array(pixels, order="C"), layout)


def _unpacked(
    raw: NDArray[np.uint8], layout: PixelLayout, shape: tuple[int, int], row_padding_bytes: int
) -> NDArray[np.uint16]:
    height_px, width_px = shape
    bits = width_px * layout.bits_per_pixel
    if bits % 8 == 0:
        used = bits // 8
        size = (used + row_padding_bytes) * height_px
        rows = raw[:size].reshape(height_px, -1)[:, :used] if raw.size >= size else None
    else:  # the rows follow each other without a gap
        size = -(-bits * height_px // 8)
        rows = raw[:size].reshape(1, -1) if raw.size >= size and not row_padding_bytes else None
    if rows is None:
        raise ValueError(f"{raw.size} bytes of {size} that {width_px}×{height_px} packed pixels need")
    pixels = (_from_pairs if layout.packing == "packed" else _from_bits)(rows, layout.bits)
    return pixels.reshape(-1)[: height_px * width_px].reshape(height_px, width_px)


def _padded(rows: NDArray[np.uint8], multiple: int) -> NDArray[np.uint16]:
    missing = -rows.shape[1] % multiple
    return np.pad(rows, ((0, 0), (0, missing))).astype(np.uint16).reshape(rows.shape[0], -1, multiple)


def _from_pairs(rows: NDArray[np.uint8], bits: int) -> NDArray[np.uint16]:
    first, low, second = np.moveaxis(_padded(rows, 3), 2, 0)
    shift, mask = 16 - bits, (1 << (bits - 8)) - 1
    pair = (first << 8 | (low & mask) << shift, second << 8 | (low >> 4 & mask) << shift)
    return _joined(pair, count=rows.shape[1] * 8 // 12, rows=rows.shape[0])


def _from_bits(rows: NDArray[np.uint8], bits: int) -> NDArray[np.uint16]:
    group = 5 if bits == 10 else 3
    octets = np.moveaxis(_padded(rows, group), 2, 0)
    pixels = []
    for index in range(group * 8 // bits):
        octet, low = divmod(index * bits, 8)
        word = octets[octet] >> low | octets[octet + 1] << (8 - low)
        pixels.append(word << (16 - bits))  # what does not belong to the pixel is shifted out
    return _joined(pixels, count=rows.shape[1] * 8 // bits, rows=rows.shape[0])


def _joined(pixels: Sequence[NDArray[np.uint16]], *, count: int, rows: int) -> NDArray[np.uint16]:
    return np.stack(pixels, axis=-1).reshape(rows, -1)[:, :count]


def _demosaiced(image: NDArray[Any], layout: PixelLayout) -> Image:
    # The arrays that come here are copies already; OpenCV makes a new one.
    return cast("Image", image if layout.bayer is None else cv2.cvtColor(image, layout.bayer))
