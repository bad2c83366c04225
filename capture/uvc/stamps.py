"""Stamps frames of a webcam by the kernel's stamps, where they can be used."""

import sys
import time
from dataclasses import replace

import cv2

from capture.device_clock import DeviceClock, Stamp
from focstream.clock import now_ns

_LONGEST_WAY_NS = 300_000_000  # from stamp to arrival of the quickest frame; another clock is farther off


class UvcStamps:
    """Stamps the frames of one run of a camera.

    V4L2 counts on the monotonic clock, as we do: those stamps are taken as they are. Some drivers count from
    elsewhere, some do not count at all, and some clocks jump: `DeviceClock` finds that out.
    """

    def __init__(self, name: str) -> None:
        self._clock = DeviceClock(name)
        self._empty_ns = 0

    @property
    def are_used(self) -> bool:
        """False where frames are stamped on arrival."""
        return self._clock.offset_ns is not None

    @property
    def are_ours(self) -> bool:
        """Whether the kernel's stamps count on the clock that we use."""
        offset_ns = self._clock.offset_ns
        if offset_ns is None or self._clock.has_gone_wrong:
            return False
        return 0 <= offset_ns - _boot_ns() <= _LONGEST_WAY_NS

    def saw_none(self) -> None:
        """Take note that no frame is waiting, or was until just now."""
        self._empty_ns = now_ns()

    def stamp(self, capture: cv2.VideoCapture, number: int) -> Stamp:
        """Return when the frame was taken that `capture` holds; `number` counts those that were grabbed.

        OpenCV passes no frame numbers on: images that were lost are not in that number.
        """
        stamp = self._clock.stamp(
            _kernel_ns(capture), arrival_ns=now_ns(), empty_ns=self._empty_ns, number=number
        )
        offset_ns = self._clock.offset_ns
        if stamp.clock == "host" or offset_ns is None or not self.are_ours:
            return stamp
        return replace(stamp, host_ns=stamp.host_ns - offset_ns + _boot_ns(), clock="host")


def _kernel_ns(capture: cv2.VideoCapture) -> int | None:
    """Stamp that the kernel gave the frame in `capture`; None where it gives none."""
    return round(capture.get(cv2.CAP_PROP_POS_MSEC) * 1e6) or None if sys.platform == "linux" else None


def _boot_ns() -> int:
    """When the monotonic clock was at 0, on the host's clock."""
    return now_ns() - time.monotonic_ns()
