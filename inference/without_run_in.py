"""A depth estimator that begins in mid-stream: a sweep before it is there for its state alone."""

from focstream.protocols import DepthEstimator
from focstream.types import DepthUpdate, FocalSlice


class WithoutRunIn:
    """A `DepthEstimator` over another one, which it owns; keeps back the maps of the run-in.

    Parameters
    ----------
    estimator
        Makes the maps.
    sweep_id
        Of the run-in. Where none of its slices can be read, nothing is kept back.
    """

    def __init__(self, estimator: DepthEstimator, *, sweep_id: int) -> None:
        self._estimator = estimator
        self._run_in: int | None = sweep_id

    def push(self, focal_slice: FocalSlice, *, show: bool = True) -> DepthUpdate | None:
        """Take one slice; return the refined map, or None in the run-in."""
        shown = show and focal_slice.tag.sweep_id != self._run_in
        return self._kept(self._estimator.push(focal_slice, show=shown))

    def finish(self) -> DepthUpdate | None:
        """End the sweep in hand early; return its final map, or None in the run-in."""
        return self._kept(self._estimator.finish())

    def close(self) -> None:
        """Free what the estimator holds."""
        self._estimator.close()

    def _kept(self, update: DepthUpdate | None) -> DepthUpdate | None:
        if update is None or update.tag.sweep_id == self._run_in:
            return None
        self._run_in = None  # in joined recordings its id may come again
        return update
