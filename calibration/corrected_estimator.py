"""A depth estimator whose maps carry the calibration's corrections and its uncertainty."""

from calibration.rectifier import Rectifier
from focstream import FocalSlice
from focstream.depth_update import DepthUpdate
from focstream.protocols import DepthEstimator


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
        return None if update is None else self._rectifier.correct(update)

    def finish(self) -> DepthUpdate | None:
        """End the sweep in hand early; return its final map, corrected, or None."""
        update = self._estimator.finish()
        return None if update is None else self._rectifier.correct(update)

    def close(self) -> None:
        """Free what the estimator holds."""
        self._estimator.close()
