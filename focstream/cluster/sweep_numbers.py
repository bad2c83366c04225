"""The numbers of the sweeps of a range within their recording."""

from focstream.cluster.work import WorkRange
from focstream.depth_update import DepthUpdate


class SweepNumbers:
    """Gives the final map of every sweep its number in the recording, in the order of the sweeps.

    Parameters
    ----------
    work
        The range. A sweep of it that cannot be read any more keeps its number.
    """

    def __init__(self, work: WorkRange) -> None:
        self._first = work.first_sweep
        self._ids = () if work.span is None else work.span.sweep_ids
        self._at = -1
        self._sweep_id: int | None = None

    def __call__(self, update: DepthUpdate) -> int:
        """Return the number of the sweep that a map ends; the same for the same map."""
        sweep_id = update.tag.sweep_id
        if sweep_id != self._sweep_id:
            self._sweep_id = sweep_id
            after = self._ids[self._at + 1 :]
            self._at += 1 + (after.index(sweep_id) if sweep_id in after else 0)
        return self._first + self._at
