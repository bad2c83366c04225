"""The targets of a calibration, to print."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.measure.fits.board import Board
from focstream.program.extras import need_extra
from focstream.types import InputError

_A4_M = (0.297, 0.210)
_MARGIN_M = 0.008
_TEXTURE_PX = (2800, 1940)
_INCH_M = 0.0254


def save_targets(path: Path, board: Board) -> None:
    """Save a PDF with a page of texture and a page with the board, at their true size on A4.

    Raises
    ------
    InputError
        When the board is larger than a page, matplotlib is not installed, or the file cannot be written.
    """
    need_extra("matplotlib", extra="calibration", what="drawing the targets")
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    size_m = (board.columns * board.square_m, board.rows * board.square_m)
    room_m = (_A4_M[0] - 2 * _MARGIN_M, _A4_M[1] - 2 * _MARGIN_M)
    if size_m[0] > room_m[0] or size_m[1] > room_m[1]:
        largest_m = min(room_m[0] / board.columns, room_m[1] / board.rows)
        raise InputError(
            f"a board of {size_m[0]:.3f} x {size_m[1]:.3f} m is larger than a page: "
            f"--square-m {largest_m:.4f} at most"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with PdfPages(path) as pages:
            for picture, extent_m in ((texture(), room_m), (board.picture(square_px=60), size_m)):
                figure = Figure(figsize=(_A4_M[0] / _INCH_M, _A4_M[1] / _INCH_M))
                left, bottom = ((page - side) / 2 / page for page, side in zip(_A4_M, extent_m, strict=True))
                axes = figure.add_axes((left, bottom, extent_m[0] / _A4_M[0], extent_m[1] / _A4_M[1]))
                axes.imshow(picture, cmap="gray", vmin=0, vmax=255, aspect="auto", interpolation="none")
                axes.set_axis_off()
                pages.savefig(figure)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): give another --out") from None


def texture() -> NDArray[np.uint8]:
    """(1940, 2800) noise with detail from a tenth of a millimetre to some centimetres when printed."""
    width, height = _TEXTURE_PX
    rng = np.random.default_rng(0)
    total = np.zeros((height, width), np.float32)
    grain_px = 2
    while grain_px < 400:
        small = rng.standard_normal((height // grain_px + 2, width // grain_px + 2)).astype(np.float32)
        total += cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
        grain_px *= 2
    return np.asarray(np.clip(128.0 + 40.0 * total, 0, 255), np.uint8)
