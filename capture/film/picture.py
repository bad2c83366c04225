"""The pixels of one frame of a film, as they are shown."""

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from focstream.focal_slice import Image
from focstream.types import InputError

if TYPE_CHECKING:
    import av

_MATRIX = struct.Struct("=9i")
"""How a picture is to be turned: (a, b, u, c, d, v, x, y, w), (x', y') = (a x + c y, b x + d y), in 1/65536
(FFmpeg, libavutil/display.h)."""
_ONE = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmPicture:
    """Pixels, and in words what was done to them."""

    image: Image
    notes: tuple[str, ...]


def picture_of(frame: "av.VideoFrame", *, name: str) -> FilmPicture:
    """Convert a frame to grey or blue-green-red, and turn it as the film says.

    Parameters
    ----------
    frame
        Of any pixel format.
    name
        Of the film, for messages.

    Raises
    ------
    InputError
        When its pixels are floats.
    """
    bits = max(component.bits for component in frame.format.components)
    if bits > 16:
        raise InputError(f"{name} holds {frame.format.name} pixels of {bits} bits; convert it to 16 bits")
    grey = frame.format.name.startswith(("gray", "ya", "mono"))
    layout = {(True, False): "gray", (True, True): "gray16le"}.get((grey, bits > 8))
    layout = layout or ("bgr48le" if bits > 8 else "bgr24")
    image, turned = _turned(frame.to_ndarray(format=layout), _matrix(frame))
    has_alpha = any(component.is_alpha for component in frame.format.components)
    notes = (turned, "its alpha is left out" if has_alpha else "")
    return FilmPicture(image=np.ascontiguousarray(image), notes=tuple(filter(None, notes)))


def _matrix(frame: "av.VideoFrame") -> tuple[int, int, int, int] | None:
    """Return (a, b, c, d) of the display matrix; None where there is none."""
    found: Any = frame.side_data.get("DISPLAYMATRIX")
    if found is None:
        return None
    a, b, _, c, d, *_ = _MATRIX.unpack_from(bytes(found))
    return a, b, c, d


def _turned(image: NDArray[Any], matrix: tuple[int, int, int, int] | None) -> tuple[NDArray[Any], str]:
    """Turn and mirror by whole quarters; returns what was done in words, empty when nothing was."""
    if matrix is None or matrix == (_ONE, 0, 0, _ONE):
        return image, ""
    a, b, c, d = matrix
    if (a, d) == (0, 0):
        image, right, down = np.swapaxes(image, 0, 1), c, b
    elif (b, c) == (0, 0):
        right, down = a, d
    else:
        return image, "it is to be turned by an odd angle; its frames stay as they are"
    image = image[:, ::-1] if right < 0 else image
    image = image[::-1] if down < 0 else image
    return image, "its frames are turned as the film says"
