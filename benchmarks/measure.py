"""What every benchmark prints: the device, and percentiles."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import numpy as np


def device() -> str:
    """Return processor, usable cores, operating system and Python, in one line."""
    return (
        f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}"
    )


def percentiles(values: Sequence[float], *, digits: int = 2) -> str:
    """Return p50, p95 and p99 of `values`, in their unit."""
    p50, p95, p99 = np.percentile(values, (50, 95, 99))
    return f"p50 {p50:.{digits}f}, p95 {p95:.{digits}f}, p99 {p99:.{digits}f}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
