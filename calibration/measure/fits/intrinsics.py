"""Intrinsics as smooth functions of focus, from views of a board at several focus settings.

Z. Zhang, "A Flexible New Technique for Camera Calibration", PAMI 2000, as `cv2.calibrateCamera`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.apply.parts import BreathingPart, IntrinsicsPart
from calibration.measure.fits.errors import BadCalibrationDataError

LEAST_VIEWS = 5
LEAST_CORNERS = 12
_MOST_REPROJECTION_PX = 0.5
_MOST_FOCAL_SIGMA = 0.02
_SLOPE_STEP_DPT = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView:
    """Corners of a board in one picture: (N, 3) metres and (N, 2) pixels, at one focus."""

    focus_dpt: float
    points_m: NDArray[np.float32]
    corners_px: NDArray[np.float32]


def fit_intrinsics(
    views: Sequence[BoardView],
    *,
    size_px: tuple[int, int],
    date: str,
    breathing: BreathingPart | None = None,
    distortion: bool = True,
) -> IntrinsicsPart:
    """Find the pinhole intrinsics, and how they change with focus.

    With the breathing known, all corners are moved to where they would be at one focus, and all views make
    one camera: how the magnification changes is known from breathing some ten times better than from the
    focal lengths of single settings. Without it every setting is calibrated by itself, and straight lines in
    vergence join them.

    Parameters
    ----------
    views
        Five or more poses, some of them tilted; without `breathing` as many for each setting.
    size_px
        Width and height of the pictures.
    breathing
        Of the same camera.
    distortion
        Fit k1, where it is significant; else none.

    Raises
    ------
    BadCalibrationDataError
        When the board was seen too seldom or badly, or the breathing is that of other pictures.
    """
    if breathing is not None and (breathing.width_px, breathing.height_px) != size_px:
        raise BadCalibrationDataError(
            f"the profile's breathing is that of {breathing.width_px} × {breathing.height_px} px pictures, "
            f"these have {size_px[0]} × {size_px[1]} px: run python -m calibration breathing first"
        )
    usable = [view for view in views if len(view.points_m) >= LEAST_CORNERS]

    def fitted(*, bent: bool) -> IntrinsicsPart:
        fits = _settings(usable, of=len(views), size_px=size_px, breathing=breathing, distortion=bent)
        part = _joined(fits, size_px=size_px, date=date)
        return part if breathing is None else _breathed(part, breathing, usable)

    part = fitted(bent=distortion)
    # A distortion that is not there would still have bent the focal length with its noise.
    return fitted(bent=False) if distortion and not any(part.distortion) else part


def _settings(
    usable: Sequence[BoardView],
    *,
    of: int,
    size_px: tuple[int, int],
    breathing: BreathingPart | None,
    distortion: bool,
) -> "list[tuple[float, _OneFocus]]":
    """Calibrate every focus setting by itself; with the breathing known, all together as one."""
    if breathing is not None:
        usable = _at_one_focus(usable, breathing)
    fits = []
    for focus_dpt in sorted({round(view.focus_dpt, 6) for view in usable}):
        here = [view for view in usable if round(view.focus_dpt, 6) == focus_dpt]
        if len(here) >= LEAST_VIEWS:
            fits.append((focus_dpt, _one(here, size_px=size_px, distortion=distortion)))
    if not fits:
        raise BadCalibrationDataError(
            f"board not seen: {len(usable)} of {of} pictures show {LEAST_CORNERS} corners of it, and "
            f"no focus setting has {LEAST_VIEWS}; print it larger, add light, hold it nearer to the focus"
        )
    return fits


def _at_one_focus(views: Sequence[BoardView], breathing: BreathingPart) -> list[BoardView]:
    """Move the corners to where they would be at the mean of the focus settings."""
    if not views:
        return []
    middle_dpt = float(np.mean(sorted({view.focus_dpt for view in views})))
    there = breathing.similarity(middle_dpt)
    moved = []
    for view in views:
        matrix = there.after(breathing.similarity(view.focus_dpt).inverse()).matrix()
        corners_px = view.corners_px.reshape(-1, 2) @ matrix[:, :2].T + matrix[:, 2]
        moved.append(replace(view, focus_dpt=middle_dpt, corners_px=corners_px.astype(np.float32)))
    return moved


def _breathed(part: IntrinsicsPart, breathing: BreathingPart, views: Sequence[BoardView]) -> IntrinsicsPart:
    """Give intrinsics of one focus the slopes of the breathing, over the settings of the views."""
    ends_dpt = [min(view.focus_dpt for view in views), max(view.focus_dpt for view in views)]
    if ends_dpt[1] - ends_dpt[0] < 1e-6:
        ends_dpt = [part.reference_dpt - _SLOPE_STEP_DPT, part.reference_dpt + _SLOPE_STEP_DPT]
    back = breathing.similarity(part.reference_dpt).inverse()
    low, high = (breathing.similarity(dpt).after(back) for dpt in ends_dpt)
    apart_dpt = ends_dpt[1] - ends_dpt[0]
    middle_px = np.array([part.cx_px[0], part.cy_px[0], 1.0])
    moves = (high.matrix() - low.matrix()) @ middle_px / apart_dpt
    focal_px = part.focal_px[0]
    return part.model_copy(
        update={
            "focal_px": (focal_px, focal_px * (high.scale - low.scale) / apart_dpt),
            "cx_px": (part.cx_px[0], float(moves[0])),
            "cy_px": (part.cy_px[0], float(moves[1])),
        }
    )


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
    fits: Sequence[tuple[float, _OneFocus]], *, size_px: tuple[int, int], date: str
) -> IntrinsicsPart:
    reprojection_px = float(np.sqrt(np.mean([fit.reprojection_px**2 for _, fit in fits])))
    if reprojection_px > _MOST_REPROJECTION_PX:
        raise BadCalibrationDataError(
            f"reprojection error {reprojection_px:.2f} px: is the board flat, and was it still?"
        )
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
