"""What every benchmark prints: percentiles."""

from collections.abc import Sequence

import numpy as np


def percentiles(values: Sequence[float], *, digits: int = 2) -> str:
    """Return p50, p95 and p99 of `values`, in their unit."""
    p50, p95, p99 = np.percentile(values, (50, 95, 99))
    return f"p50 {p50:.{digits}f}, p95 {p95:.{digits}f}, p99 {p99:.{digits}f}"
