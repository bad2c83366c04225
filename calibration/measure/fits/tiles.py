"""Focus curves of the tiles of a picture."""

import numpy as np
from numpy.typing import NDArray

from calibration.apply.parts import FocusPart
from calibration.measure.fits.errors import BadCalibrationDataError
from calibration.measure.fits.field import FieldSample
from calibration.measure.fits.peak import find_peak
from calibration.measure.fits.sharpness import sharpness
from focstream.focal_slice import Image

TILES = (6, 8)
"""Rows and columns."""


def tile_sharpness(image: Image) -> NDArray[np.float64]:
    """(6, 8) sharpness of every tile."""
    height_px, width_px = image.shape[:2]
    rows, columns = TILES
    tops = np.linspace(0, height_px, rows + 1).astype(int)
    lefts = np.linspace(0, width_px, columns + 1).astype(int)
    return np.array(
        [
            [sharpness(image, roi=(lefts[c], tops[r], lefts[c + 1], tops[r + 1])) for c in range(columns)]
            for r in range(rows)
        ]
    )


def tile_samples(
    commands: NDArray[np.float64],
    curves: NDArray[np.float64],
    *,
    focus: FocusPart,
    size_px: tuple[int, int],
    temperature_c: float | None,
) -> list[FieldSample]:
    """Sharpest vergence of every tile that has a clear peak.

    Parameters
    ----------
    commands
        (N,) of the lens.
    curves
        (N, 6, 8) sharpness of the tiles at each.
    focus, temperature_c
        From commands to vergences.
    size_px
        Width and height of the pictures.
    """
    half_px = float(np.hypot(*size_px)) / 2.0
    samples = []
    for row in range(TILES[0]):
        for column in range(TILES[1]):
            try:
                found = find_peak(commands, curves[:, row, column], what="tile")
            except BadCalibrationDataError:
                continue  # a tile without texture shows nothing; too few tiles are refused by the fit
            samples.append(
                FieldSample(
                    x=((column + 0.5) / TILES[1] - 0.5) * size_px[0] / half_px,
                    y=((row + 0.5) / TILES[0] - 0.5) * size_px[1] / half_px,
                    vergence_dpt=focus.to_dpt(found.position, temperature_c=temperature_c),
                    sigma_dpt=found.sigma * focus.slope(found.position),
                )
            )
    return samples
