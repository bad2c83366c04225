"""One host clock for every stamp."""

import time

_EPOCH_MINUS_MONOTONIC_NS = time.time_ns() - time.monotonic_ns()


def now_ns() -> int:
    """Nanoseconds since the epoch that never jump while the process runs.

    The wall clock is read once, at import; from then on the monotonic clock counts, so a correction of
    the wall clock in mid-sweep cannot reorder slices.
    """
    return time.monotonic_ns() + _EPOCH_MINUS_MONOTONIC_NS
