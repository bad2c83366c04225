"""The ChArUco board: what it looks like, and where its corners are in a picture."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.measure.fits.errors import BadCalibrationDataError
from calibration.measure.fits.sharpness import plane
from focstream.focal_slice import Image
from focstream.types import Intrinsics

_LEAST_FOR_POSE = 8
_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A ChArUco board of the dictionary DICT_4X4_250.

    Attributes
    ----------
    columns, rows
        Squares.
    square_m
        Side of a square as printed.
    """

    columns: int = 11
    rows: int = 8
    square_m: float = 0.01

    def picture(self, *, square_px: int) -> NDArray[np.uint8]:
        """(rows·square_px, columns·square_px) picture to print or to render."""
        size = (self.columns * square_px, self.rows * square_px)
        return np.asarray(self._charuco().generateImage(size), np.uint8)

    def find(self, image: Image) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(N, 3) corners on the board in metres and (N, 2) in the picture in pixels; none when not seen."""
        whole = plane(image, roi=(0, 0, image.shape[1], image.shape[0]))
        grey = np.asarray(np.clip(255.0 * whole / max(float(whole.max()), 1e-3), 0, 255), np.uint8)
        corners, ids, _, _ = cv2.aruco.CharucoDetector(self._charuco()).detectBoard(grey)
        if corners is None or ids is None or len(corners) == 0:
            return np.zeros((0, 3), np.float32), np.zeros((0, 2), np.float32)
        points = np.asarray(self._charuco().getChessboardCorners(), np.float32)
        return points[np.asarray(ids).ravel()], np.asarray(corners, np.float32).reshape(-1, 2)

    def distance_m(self, image: Image, *, camera_matrix: NDArray[np.float64]) -> float:
        """Distance, along the optical axis, of the part of the board in the middle of the picture.

        Raises
        ------
        BadCalibrationDataError
            When the board is not seen, or not in the middle.
        """
        points, corners = self.find(image)
        if len(points) < _LEAST_FOR_POSE:
            raise BadCalibrationDataError(
                f"board not seen: {len(points)} of its corners found, {_LEAST_FOR_POSE} are needed; is it "
                "the printed one (--columns, --rows, --square-m), evenly lit, and large enough?"
            )
        found, turn, shift = cv2.solvePnP(points, corners, camera_matrix, np.zeros(5))
        if not found:
            raise BadCalibrationDataError("the pose of the board cannot be found: turn it more to the camera")
        normal = np.asarray(cv2.Rodrigues(turn)[0], np.float64)[:, 2]
        middle = np.array([(image.shape[1] - 1) / 2.0, (image.shape[0] - 1) / 2.0, 1.0])
        ray = np.linalg.solve(camera_matrix, middle)
        return float(normal @ np.asarray(shift, np.float64).ravel() / (normal @ ray))

    def _charuco(self) -> cv2.aruco.CharucoBoard:
        words = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_250)
        return cv2.aruco.CharucoBoard((self.columns, self.rows), self.square_m, 0.75 * self.square_m, words)


def board_vergence_dpt(
    board: Board, image: Image, *, about_dpt: float, intrinsics: Callable[[float], Intrinsics]
) -> float:
    """Vergence of a board in the picture in which it is sharpest, so that it is the vergence in focus too.

    Parameters
    ----------
    about_dpt
        First guess.
    intrinsics
        Of the camera, for the vergence in focus.

    Raises
    ------
    BadCalibrationDataError
        When the board is not seen.
    """
    vergence_dpt = about_dpt
    for _ in range(_ROUNDS):  # the focal length hardly hangs on the focus: this converges at once
        matrix = np.array(intrinsics(vergence_dpt).k).reshape(3, 3)
        vergence_dpt = 1.0 / board.distance_m(image, camera_matrix=matrix)
    return vergence_dpt
