"""A depth estimator whose maps go to the planner first."""

from focstream.active.mailbox import FocusMailbox
from focstream.protocols import DepthEstimator
from focstream.types import DepthUpdate, FocalSlice


def planned(estimator: DepthEstimator, mailbox: FocusMailbox | None) -> DepthEstimator:
    """Return an estimator, owning `estimator`, whose maps `mailbox` sees; without one, `estimator` itself."""
    return estimator if mailbox is None else PlannedEstimator(estimator, mailbox)


class PlannedEstimator:
    """A `DepthEstimator` over another one; owns it.

    The planner sees maps as they are estimated, before anything is taken out of them, and before anybody
    else: the lens waits for it.

    Parameters
    ----------
    estimator
        Makes the maps.
    mailbox
        Is shown each.
    """

    def __init__(self, estimator: DepthEstimator, mailbox: FocusMailbox) -> None:
        self._estimator = estimator
        self._mailbox = mailbox

    def push(self, focal_slice: FocalSlice, *, show: bool = True) -> DepthUpdate | None:
        """Take one slice; return the refined map, or None when there is none to show yet."""
        update = self._shown(self._estimator.push(focal_slice, show=show))
        if update is None or update.tag.exposure_mid_ns != focal_slice.tag.exposure_mid_ns:  # or one owed
            self._mailbox.note_unseen(focal_slice.tag)
        return update

    def finish(self) -> DepthUpdate | None:
        """End the sweep in hand early; return its final map, or None."""
        return self._shown(self._estimator.finish())

    def close(self) -> None:
        """Free what the estimator holds."""
        self._estimator.close()

    def _shown(self, update: DepthUpdate | None) -> DepthUpdate | None:
        if update is not None:
            self._mailbox.note(update)
        return update
