"""What is left of a sweep when some of its slices were taken elsewhere."""

from collections.abc import Sequence

import numpy as np


def uniform_rest(taken: Sequence[float], *, slots: int) -> tuple[float, ...]:
    """Return the slots of a uniform sweep that are still to be visited, far to near.

    Parameters
    ----------
    taken
        As of `rest_of`.
    slots
        Slices of the whole sweep, at least 2.
    """
    return rest_of(np.linspace(0.0, 1.0, slots).tolist(), taken=taken)


def rest_of(slots: Sequence[float], *, taken: Sequence[float]) -> tuple[float, ...]:
    """Return those of `slots` that are still to be visited, in their order.

    Parameters
    ----------
    taken
        Sweep coordinates of the slices so far. Each stands for the slot nearest to it.
    """
    rest = list(slots)
    for coordinate in taken[: len(slots)]:
        rest.remove(min(rest, key=lambda slot: abs(slot - coordinate)))
    return tuple(rest)
