"""A depth estimator whose maps are corrected for shutter and calibration, and empty where images are."""

from dataclasses import replace

import numpy as np

from calibration.apply.rectifier import Rectifier
from focstream.depth_update import DepthUpdate
from focstream.focal_slice import BoolMap
from focstream.protocols import DepthEstimator
from focstream.types import FocalSlice, InputError


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


def without_depth_at(no_depth: BoolMap | None, update: DepthUpdate) -> DepthUpdate:
    """Take the depth off a map where it cannot be known: estimators fill it in, with a small σ."""
    if no_depth is None:
        return update
    if no_depth.shape != update.coordinate.shape:
        raise InputError(
            f"the images show {no_depth.shape[1]}×{no_depth.shape[0]} px without depth, the map has "
            f"{update.coordinate.shape[1]}×{update.coordinate.shape[0]}: their sizes must be the same"
        )
    none = np.float32(np.nan)
    return replace(
        update,
        coordinate=np.where(no_depth, none, update.coordinate),
        coordinate_sigma=np.where(no_depth, none, update.coordinate_sigma),
    )


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
        self._no_depth: BoolMap | None = None

    def push(self, focal_slice: FocalSlice, *, show: bool = True) -> DepthUpdate | None:
        """Take one slice; return the refined map, corrected, or None when there is none to show yet."""
        self._no_depth = focal_slice.no_depth
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
        return without_depth_at(self._no_depth, self._rectifier.correct(without_row_span(update)))
