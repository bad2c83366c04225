"""Intrinsics as smooth functions of focus, from views of a board at several focus settings.

Z. Zhang, "A Flexible New Technique for Camera Calibration", PAMI 2000, as `cv2.calibrateCamera`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.fits.errors import BadCalibrationDataError
from calibration.parts import IntrinsicsPart

LEAST_VIEWS = 5
LEAST_CORNERS = 12
_MOST_REPROJECTION_PX = 0.5
_MOST_FOCAL_SIGMA = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView:
    """Corners of a board in one picture: (N, 3) metres and (N, 2) pixels, at one focus."""

    focus_dpt: float
    points_m: NDArray[np.float32]
    corners_px: NDArray[np.float32]


def fit_intrinsics(
    views: Sequence[BoardView], *, size_px: tuple[int, int], date: str, distortion: bool = True
) -> IntrinsicsPart:
    """Calibrate every focus setting by itself, then join the settings by straight lines in vergence.

    Parameters
    ----------
    views
        Five or more poses, some of them tilted, for each setting.
    size_px
        Width and height of the pictures.
    distortion
        Fit k1, where it is significant; else none.

    Raises
    ------
    BadCalibrationDataError
        When the board was seen too seldom or badly.
    """
    part = _fitted(views, size_px=size_px, date=date, distortion=distortion)
    if distortion and not any(part.distortion):
        # A distortion that is not there would still have bent the focal length with its noise.
        return _fitted(views, size_px=size_px, date=date, distortion=False)
    return part


def _fitted(
    views: Sequence[BoardView], *, size_px: tuple[int, int], date: str, distortion: bool
) -> IntrinsicsPart:
    usable = [view for view in views if len(view.points_m) >= LEAST_CORNERS]
    settings = sorted({round(view.focus_dpt, 6) for view in usable})
    fits = []
    for focus_dpt in settings:
        here = [view for view in usable if round(view.focus_dpt, 6) == focus_dpt]
        if len(here) >= LEAST_VIEWS:
            fits.append((focus_dpt, _one(here, size_px=size_px, distortion=distortion)))
    if not fits:
        raise BadCalibrationDataError(
            f"board not seen: {len(usable)} of {len(views)} pictures show {LEAST_CORNERS} corners of it, and "
            f"no focus setting has {LEAST_VIEWS}; print it larger, add light, hold it nearer to the focus"
        )
    reprojection_px = float(np.sqrt(np.mean([fit.reprojection_px**2 for _, fit in fits])))
    if reprojection_px > _MOST_REPROJECTION_PX:
        raise BadCalibrationDataError(
            f"reprojection error {reprojection_px:.2f} px: is the board flat, and was it still?"
        )
    return _joined(fits, size_px=size_px, date=date, reprojection_px=reprojection_px)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OneFocus:
    values: NDArray[np.float64]  # focal length, cx, cy, k1
    sigmas: NDArray[np.float64]
    reprojection_px: float


def _one(views: Sequence[BoardView], *, size_px: tuple[int, int], distortion: bool) -> _OneFocus:
    flags = (
        cv2.CALIB_FIX_ASPECT_RATIO
        | cv2.CALIB_ZERO_TANGENT_DIST
        | cv2.CALIB_FIX_K2
        | cv2.CALIB_FIX_K3
        | cv2.CALIB_USE_INTRINSIC_GUESS
        | (0 if distortion else cv2.CALIB_FIX_K1)
    )
    middle_x, middle_y = (size_px[0] - 1) / 2, (size_px[1] - 1) / 2
    guess_px = 2.0 * max(size_px)
    start = np.array([[guess_px, 0.0, middle_x], [0.0, guess_px, middle_y], [0.0, 0.0, 1.0]])
    error_px, matrix, lens, _, _, sigmas, _, _ = cv2.calibrateCameraExtended(
        [view.points_m for view in views],
        [view.corners_px for view in views],
        size_px,
        start,
        np.zeros(5),
        flags=flags,
    )
    found, spread = np.asarray(matrix, np.float64), np.asarray(sigmas, np.float64).ravel()
    k1 = float(np.asarray(lens).ravel()[0])
    return _OneFocus(
        values=np.array([found[0, 0], found[0, 2], found[1, 2], k1]),
        # With a fixed aspect ratio the uncertainty of the focal length stands at one axis only.
        sigmas=np.maximum([spread[:2].max(), *spread[2:5]], 1e-9),
        reprojection_px=float(error_px),
    )


def _joined(
    fits: Sequence[tuple[float, _OneFocus]], *, size_px: tuple[int, int], date: str, reprojection_px: float
) -> IntrinsicsPart:
    focus = np.array([dpt for dpt, _ in fits])
    values = np.array([fit.values for _, fit in fits])
    sigmas = np.array([fit.sigmas for _, fit in fits])
    reference_dpt = float(focus.mean())
    order = 1 if len(fits) > 1 else 0
    design = np.vander(focus - reference_dpt, order + 1, increasing=True)
    lines, spread = [], []
    for k in range(3):
        weighted = design / sigmas[:, k : k + 1]
        line = np.linalg.lstsq(weighted, values[:, k] / sigmas[:, k], rcond=None)[0]
        lines.append((float(line[0]), float(line[1]) if order else 0.0))
        spread.append(float(np.sqrt(np.linalg.pinv(weighted.T @ weighted)[0, 0])))
    if spread[0] > _MOST_FOCAL_SIGMA * lines[0][0]:
        raise BadCalibrationDataError(
            f"focal length uncertain by {spread[0]:.0f} px: tilt the board more, and bring it nearer"
        )
    k1 = float(np.average(values[:, 3], weights=1.0 / sigmas[:, 3] ** 2))
    k1_sigma = float(1.0 / np.sqrt(np.sum(1.0 / sigmas[:, 3] ** 2)))
    significant = abs(k1) > 3.0 * k1_sigma
    return IntrinsicsPart(
        level="calibrated",
        date=date,
        width_px=size_px[0],
        height_px=size_px[1],
        reference_dpt=reference_dpt,
        focal_px=lines[0],
        cx_px=lines[1],
        cy_px=lines[2],
        distortion=(k1 if significant else 0.0, 0.0, 0.0, 0.0, 0.0),
        sigma_px=(spread[0], spread[1], spread[2]),
        reprojection_px=reprojection_px,
    )
