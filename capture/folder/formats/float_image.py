"""PFM and OpenEXR files: rendered light, not yet a camera's picture."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capture.folder.formats.picture import Picture
from focstream.depth_update import FloatMap
from focstream.files.image_size import check_size
from focstream.program.extras import need_extra
from focstream.types import InputError

NOTE = "light from 0 to 1 gets the curve of sRGB, brighter light becomes white"
_PFM = re.compile(rb"(Pf|PF)\s+(\d{1,6})\s+(\d{1,6})\s+([-+]?[0-9.]+(?:[eE][-+]?\d+)?)\s")
_EXR = b"\x76\x2f\x31\x01"
_MOST_WHITE = 0.5


def is_float_image(data: bytes) -> bool:
    """Whether the bytes of a file begin as those of a PFM or OpenEXR file."""
    return data.startswith(_EXR) or _PFM.match(data) is not None


def float_picture(data: bytes, *, path: Path) -> Picture:
    """Read rendered light as a picture of 16 bits with the curve of sRGB: models know pictures of cameras.

    Raises
    ------
    InputError
        When the file is damaged, holds no picture, or light that is far from 0 … 1.
    """
    light, alpha = (read_pfm(data, path=path), None) if _PFM.match(data) else _exr(path)
    if not np.isfinite(light).all():
        raise InputError(f"{path} holds pixels that are no numbers; is it a depth map?")
    if float(np.mean(light > 1.0)) > _MOST_WHITE:
        raise InputError(f"{path} holds light up to {light.max():.4g}: scale it to 0 … 1, or save it as PNG")
    light = np.clip(light, 0.0, 1.0)
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    image = (curve * 65535.0 + 0.5).astype(np.uint16)
    return Picture(image=image, transparent=_transparent(alpha), bits=16, note=NOTE)


def read_pfm(data: bytes, *, path: Path) -> FloatMap:
    """Read a PFM file: (H, W) or (H, W, 3) blue-green-red float32, the upper row first.

    The magnitude of its scale is passed over, as by the data sets that use PFM; its sign is the byte order.

    Raises
    ------
    InputError
        When it is cut short, or no PFM file.
    """
    head = _PFM.match(data)
    if head is None:
        raise InputError(f"{path} is no PFM file")
    channels, width, height = 3 if head[1] == b"PF" else 1, int(head[2]), int(head[3])
    count = channels * width * height
    if len(data) - head.end() < 4 * count or count == 0:
        raise InputError(f"{path} is cut short; make it again, or remove it")
    values = np.frombuffer(data, "<f4" if head[4].startswith(b"-") else ">f4", count, head.end())
    rows = values.reshape(height, width, channels)[::-1, :, ::-1].astype(np.float32)
    return rows[..., 0] if channels == 1 else rows


def _exr(path: Path) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Light, blue-green-red or grey, and alpha of the first layer with colours, in whatever part it is."""
    need_extra("OpenEXR", extra="images", what=f"{path}: reading OpenEXR", package="openexr")
    import OpenEXR

    try:
        for part in OpenEXR.File(str(path), header_only=True).parts:
            (left, top), (right, bottom) = (corner.tolist() for corner in part.header["dataWindow"])
            check_size(right - left + 1, bottom - top + 1, name=str(path))
        parts = OpenEXR.File(str(path), separate_channels=True).parts
    except (RuntimeError, ValueError, LookupError, TypeError, OSError, MemoryError) as error:
        raise InputError(f"{path} cannot be read ({error}); make it again, or remove it") from error
    if not parts:  # what OpenEXR makes of pixels that are not there
        raise InputError(f"{path} cannot be read: it is cut short or damaged; make it again, or remove it")
    for part in parts:
        pixels = {name: channel.pixels for name, channel in part.channels.items()}
        for name in sorted(pixels):
            layer, dot, last = name.rpartition(".")
            of_layer = [f"{layer}{dot}{colour}" for colour in "BGRA"]
            if last == "B" and all(each in pixels for each in of_layer[:3]):
                return np.stack([pixels[each] for each in of_layer[:3]], axis=-1).astype(
                    np.float32
                ), pixels.get(of_layer[3])
        if "Y" in pixels:
            return pixels["Y"].astype(np.float32), pixels.get("A")
    channels = ", ".join(name for part in parts for name in part.channels)
    raise InputError(
        f"{path} holds no colours (R, G, B) and no grey (Y), only {channels}; is it a depth map?"
    )


def _transparent(alpha: NDArray[Any] | None) -> NDArray[np.bool_] | None:
    return None if alpha is None or not (alpha == 0).any() else alpha == 0
