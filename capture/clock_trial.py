"""Whether a camera's clock goes at the right rate, judged by when its images arrive."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

_FRAMES, _SPAN_NS = 9, 200_000_000
_SLOW_FRAMES, _LONG_SPAN_NS = 5, 1_000_000_000  # a camera at 1 Hz must not keep its user waiting for long
_CLEAR_SHARE = 0.25  # of what is allowed: more may be a wrong rate that has only begun to show
_LINEAR_SHARE = 0.3  # a wrong rate is the same in both halves; what a busy computer does is not
_KEPT_NS, _MOST_NS = 2_000_000_000, 8_000_000_000  # what counts, and when it must end


@dataclass(frozen=True, slots=True)
class _Image:
    arrival_ns: int
    offset_ns: int


class ClockTrial:
    """Compares the quickest images of the beginning, the middle and the end.

    Images that may have waited before they were read say nothing, and are left out. Single late images do no
    harm: the quickest count.
    """

    def __init__(self) -> None:
        self._images: list[_Image] = []
        self._began_ns: int | None = None

    def add(self, *, offset_ns: int, arrival_ns: int) -> None:
        """Add an image that was read as soon as it came; `offset_ns` is its arrival minus its stamp."""
        images = self._images
        images.append(_Image(arrival_ns, offset_ns))
        self._began_ns = self._began_ns or arrival_ns
        if len(images) > 2 * _FRAMES and arrival_ns - images[0].arrival_ns > _KEPT_NS:
            del images[: len(images) // 3]

    def verdict(self, *, allowed_ns: float) -> Literal["good", "wrong rate", "erratic"] | None:
        """Whether the clock keeps up with the arrivals within `allowed_ns`; None while it is open."""
        images = self._images
        span_ns = images[-1].arrival_ns - images[0].arrival_ns if images else 0
        is_long = len(images) >= _SLOW_FRAMES and span_ns >= _LONG_SPAN_NS
        if not is_long and (len(images) < _FRAMES or span_ns < _SPAN_NS):
            return None
        first, middle, last = self._quickest()
        steps_ns = middle.offset_ns - first.offset_ns, last.offset_ns - middle.offset_ns
        off_ns = max(abs(last.offset_ns - first.offset_ns), *map(abs, steps_ns))
        if off_ns <= (allowed_ns if is_long else _CLEAR_SHARE * allowed_ns):
            return "good"
        rates = _slope(first, middle), _slope(middle, last)
        if off_ns > allowed_ns and abs(rates[0] - rates[1]) < _LINEAR_SHARE * max(map(abs, rates)):
            return "wrong rate"
        is_over = images[-1].arrival_ns - (self._began_ns or 0) > _MOST_NS
        return "erratic" if is_over else None

    def rate(self) -> float:
        """Seconds that pass on the clock in one second."""
        first, _, last = self._quickest()
        return 1.0 - _slope(first, last)

    def _quickest(self) -> tuple[_Image, _Image, _Image]:
        count = len(self._images)
        bounds = (0, count // 3, 2 * count // 3, count)
        parts = (self._images[begin:end] for begin, end in pairwise(bounds))
        first, middle, last = (min(part, key=lambda image: image.offset_ns) for part in parts)
        return first, middle, last


def _slope(before: _Image, after: _Image) -> float:
    """Seconds by which the clock falls behind in one second."""
    return (after.offset_ns - before.offset_ns) / max(after.arrival_ns - before.arrival_ns, 1)
