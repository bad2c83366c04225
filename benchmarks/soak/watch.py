"""What the process takes, sampled, and what its metrics say."""

import re
import urllib.request
from dataclasses import dataclass

import psutil

_LINE = re.compile(
    r"^(focstream_\w+?)(?:_total)?(?:\{(?:cause|stage)=\"(\w+)\"\})? ([0-9.e+-]+)$", re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What the process takes at one moment.

    Attributes
    ----------
    at_s
        Seconds since the epoch.
    rss_bytes
        Resident memory.
    descriptors, threads
        Open in the process.
    slices
        That the source has delivered until then.
    """

    at_s: float
    rss_bytes: int
    descriptors: int
    threads: int
    slices: int


def take_sample(process: psutil.Process, *, at_s: float, slices: int) -> Sample:
    """Look at the process."""
    with process.oneshot():
        return Sample(
            at_s=at_s,
            rss_bytes=process.memory_info().rss,
            descriptors=process.num_fds(),
            threads=process.num_threads(),
            slices=slices,
        )


def read_metrics(address: str) -> dict[str, float]:
    """Return the program's counters by name, the cause after a dot: focstream_slices_lost.queue_full."""
    with urllib.request.urlopen(address, timeout=30) as answer:
        text = answer.read().decode("utf-8")
    return {f"{name}.{label}" if label else name: float(value) for name, label, value in _LINE.findall(text)}
