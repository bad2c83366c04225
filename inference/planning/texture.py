"""Whether a scene shows anything that a planner can learn from."""

import logging

from inference.planning.cells import Cells

_log = logging.getLogger(__name__)

_SURE = 0.02  # of the cells must be known better than by a guess
_FROM_SLICES = 3


class TextureWatch:
    """Sees the maps of a planner, and warns once when a sweep is nearly over and nothing is known.

    Parameters
    ----------
    slots
        The most slices of a sweep.
    """

    def __init__(self, slots: int) -> None:
        self._late = slots - 2  # the last slices that a wish can follow from
        self._has_warned = False

    def is_missing(self, cells: Cells, *, slices: int) -> bool:
        """Return whether a map of so many slices shows that there is nothing with texture."""
        if slices < _FROM_SLICES or cells.sure_share >= _SURE:
            return False
        if slices >= self._late and not self._has_warned:  # the first ones may all miss what is there
            self._has_warned = True
            _log.warning("--sweep.waveform active: nothing with texture to be seen; such sweeps are uniform")
        return True
