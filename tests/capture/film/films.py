"""Small films for tests, made by PyAV."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

av = pytest.importorskip("av", reason='needs PyAV: pip install "focstream[film]"')

_LAYOUTS = {(2, 1): "gray", (2, 2): "gray16le", (3, 1): "bgr24", (3, 2): "bgr48le"}


def write_film(
    path: Path,
    images: Sequence[np.ndarray],
    *,
    codec: str = "ffv1",
    pixels: str = "bgr0",
    rate: int = 30,
    times_ms: Sequence[int] | None = None,
    rotation: int | None = None,
    mirrored: bool = False,
    container: Mapping[str, str] | None = None,
    created: str | None = None,
    options: Mapping[str, str] | None = None,
) -> Path:
    """Write grey (H, W) or blue-green-red (H, W, 3) images as frames, evenly or at these times."""
    with av.open(str(path), "w", options=dict(container or {})) as film:
        if created is not None:
            film.metadata["creation_time"] = created
        stream = film.add_stream(codec, rate=rate, options=dict(options or {}))
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = pixels
        if times_ms is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        if rotation is not None or mirrored:
            stream.set_display_rotation(rotation or 0, hflip=mirrored)
        for number, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format=_LAYOUTS[image.ndim, image.dtype.itemsize])
            if times_ms is not None:
                frame.pts, frame.time_base = times_ms[number], Fraction(1, 1000)
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    return path


def noise_images(
    count: int, shape: tuple[int, ...] = (48, 64, 3), dtype: type = np.uint8
) -> list[np.ndarray]:
    rng = np.random.default_rng(7)
    return [rng.integers(0, np.iinfo(dtype).max + 1, shape, dtype) for _ in range(count)]


def smooth_images(count: int, shape: tuple[int, ...] = (48, 64, 3)) -> list[np.ndarray]:
    """Images that lossy codecs keep nearly as they are, each of another brightness."""
    ramp = np.linspace(0, 60, shape[1])[None, :, None] + np.linspace(0, 40, shape[0])[:, None, None]
    return [np.broadcast_to(ramp + 8 * number + 20, shape).astype(np.uint8) for number in range(count)]
