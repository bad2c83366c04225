"""A first guess of the similarity between two images from matched features, for motions too large for ECC."""

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.apply.alignment.register import FloatImage
from calibration.apply.alignment.similarity import Similarity

_FEATURES = 1500
_RATIO = 0.8
_LEAST_INLIERS = 15
_REPROJECTION_PX = 2.0


def guess_from_features(moved: FloatImage, reference: FloatImage) -> Similarity | None:
    """Similarity from pixels of the reference to pixels of `moved`; None with too few matches.

    SIFT with the ratio test (D. Lowe, IJCV 2004) and RANSAC.
    """
    sift = cv2.SIFT.create(_FEATURES)
    keys_from, words_from = sift.detectAndCompute(_bytes(reference), None)
    keys_to, words_to = sift.detectAndCompute(_bytes(moved), None)
    if words_from is None or words_to is None or min(len(keys_from), len(keys_to)) < _LEAST_INLIERS:
        return None
    pairs = cv2.BFMatcher().knnMatch(words_from, words_to, k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < _RATIO * p[1].distance]
    if len(good) < _LEAST_INLIERS:
        return None
    points_from = np.array([keys_from[m.queryIdx].pt for m in good], np.float32)
    points_to = np.array([keys_to[m.trainIdx].pt for m in good], np.float32)
    matrix, inliers = cv2.estimateAffinePartial2D(
        points_from, points_to, ransacReprojThreshold=_REPROJECTION_PX
    )
    if matrix is None or int(np.count_nonzero(inliers)) < _LEAST_INLIERS:
        return None
    return Similarity(a=matrix[0, 0], b=matrix[1, 0], x_px=matrix[0, 2], y_px=matrix[1, 2])


def _bytes(image: FloatImage) -> NDArray[np.uint8]:
    return np.asarray(np.clip(image * 255.0 + 0.5, 0.0, 255.0), np.uint8)
