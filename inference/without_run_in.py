"""A depth estimator that begins in mid-stream: its first sweeps are there for their state alone."""

from focstream.protocols import DepthEstimator
from focstream.types import DepthUpdate, FocalSlice


class WithoutRunIn:
    """A `DepthEstimator` over another one, which it owns; keeps back the maps of the first sweeps.

    Parameters
    ----------
    estimator
        Makes the maps.
    sweeps
        How many sweeps are a run-in.
    """

    def __init__(self, estimator: DepthEstimator, *, sweeps: int) -> None:
        self._estimator = estimator
        self._left = sweeps

    def push(self, focal_slice: FocalSlice, *, show: bool = True) -> DepthUpdate | None:
        """Take one slice; return the refined map, or None in the run-in."""
        return self._kept(self._estimator.push(focal_slice, show=show and self._left == 0))

    def finish(self) -> DepthUpdate | None:
        """End the sweep in hand early; return its final map, or None in the run-in."""
        return self._kept(self._estimator.finish())

    def close(self) -> None:
        """Free what the estimator holds."""
        self._estimator.close()

    def _kept(self, update: DepthUpdate | None) -> DepthUpdate | None:
        if self._left == 0 or update is None:
            return update
        self._left -= int(update.final)
        return None
