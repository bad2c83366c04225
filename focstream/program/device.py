"""Which computer this is, for what is measured on it."""

import os
import platform
from pathlib import Path


def device() -> str:
    """Return processor, usable cores, operating system and Python, in one line."""
    return (
        f"{_processor()}, {_cores()} cores, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}"
    )


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
