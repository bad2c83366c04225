"""Field curvature and tilt from a flat, upright target."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.apply.parts import FieldPart
from calibration.measure.fits.errors import BadCalibrationDataError
from calibration.measure.fits.least_squares import rows, solve

LEAST_TILES = 9
_MOST_RESIDUAL_DPT = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSample:
    """Vergence at which one tile was sharpest; x and y from the middle in half diagonals."""

    x: float
    y: float
    vergence_dpt: float
    sigma_dpt: float


def fit_field(samples: Sequence[FieldSample], *, date: str) -> FieldPart:
    """Fit offset = curvature·r² + tilt_x·x + tilt_y·y about the vergence in the middle.

    Raises
    ------
    BadCalibrationDataError
        With too few tiles, or a target that is not flat.
    """
    if len(samples) < LEAST_TILES:
        raise BadCalibrationDataError(
            f"only {len(samples)} tiles of the target have a clear peak, {LEAST_TILES} are needed: "
            "fill the picture with texture"
        )
    x, y = np.array([s.x for s in samples]), np.array([s.y for s in samples])
    vergence = np.array([s.vergence_dpt for s in samples])
    design = np.column_stack((x**2 + y**2, x, y, np.ones(len(samples))))
    start = np.linalg.lstsq(design, vergence, rcond=None)[0]
    scale = 1.48 * float(np.median(np.abs(design @ start - vergence))) + 1e-4
    found = solve(lambda v: np.asarray(design @ v - vergence), start, loss="soft_l1", loss_scale=2.0 * scale)
    if found.rms > _MOST_RESIDUAL_DPT:
        raise BadCalibrationDataError(f"the target is not flat: {found.rms:.3f} dpt are left over its tiles")
    return FieldPart(
        level="calibrated",
        date=date,
        curvature_dpt=float(found.values[0]),
        tilt_x_dpt=float(found.values[1]),
        tilt_y_dpt=float(found.values[2]),
        covariance=rows(found.covariance[:3, :3]),
        residual_dpt=found.rms,
    )
