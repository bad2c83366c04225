"""What is left of a uniform sweep when some of its slices were taken elsewhere."""

from collections.abc import Sequence

import numpy as np


def uniform_rest(taken: Sequence[float], *, slots: int) -> tuple[float, ...]:
    """Return the slots of a uniform sweep that are still to be visited, far to near.

    Each slice that was taken stands for the slot nearest to it.

    Parameters
    ----------
    taken
        Sweep coordinates of the slices so far.
    slots
        Slices of the whole sweep, at least 2.
    """
    rest = list(np.linspace(0.0, 1.0, slots).tolist())
    for coordinate in taken[:slots]:
        rest.remove(min(rest, key=lambda slot: abs(slot - coordinate)))
    return tuple(rest)
