"""A depth estimator whose maps carry the corrections of shutter and calibration, and its uncertainty."""

from dataclasses import replace

import numpy as np

from calibration.apply.rectifier import Rectifier
from focstream.depth_update import DepthUpdate
from focstream.protocols import DepthEstimator
from focstream.types import FocalSlice


def without_row_span(update: DepthUpdate) -> DepthUpdate:
    """Undo in a map that a rolling shutter saw every row at another focus.

    All slices of one direction of a sweep share the offset of a row, D(row) = D_mid + v·t_row·(row − H/2). So
    the estimator sees a stack that is shifted by it, row for row, and so is its map.
    """
    if update.tag.row_span == 0.0:
        return update
    rows = np.linspace(-0.5, 0.5, update.coordinate.shape[0], dtype=np.float32)
    offset = (np.float32(update.tag.row_span) * rows)[:, np.newaxis]
    return replace(update, coordinate=update.coordinate + offset)


class CorrectedEstimator:
    """A `DepthEstimator` over another one; owns it.

    Parameters
    ----------
    estimator
        Makes the maps.
    rectifier
        Corrects them.
    """

    def __init__(self, estimator: DepthEstimator, rectifier: Rectifier) -> None:
        self._estimator = estimator
        self._rectifier = rectifier

    def push(self, focal_slice: FocalSlice, *, show: bool = True) -> DepthUpdate | None:
        """Take one slice; return the refined map, corrected, or None when there is none to show yet."""
        update = self._estimator.push(focal_slice, show=show)
        return None if update is None else self._corrected(update)

    def finish(self) -> DepthUpdate | None:
        """End the sweep in hand early; return its final map, corrected, or None."""
        update = self._estimator.finish()
        return None if update is None else self._corrected(update)

    def close(self) -> None:
        """Free what the estimator holds."""
        self._estimator.close()

    def _corrected(self, update: DepthUpdate) -> DepthUpdate:
        return self._rectifier.correct(without_row_span(update))
