"""Turns the frame ids of a camera into one count of exposures that only rises.

Cameras do not agree: GigE Vision 1.x counts 16 bits and goes from 65535 to 1, because block id 0 is reserved;
others use 0, 32 or 64 bits, begin anywhere, or go on after a stop.
"""

from dataclasses import dataclass

_WIDTHS = (8, 16, 32, 64)
_MOST_LOST = 1000  # images in a row, two seconds at 500 Hz: an id further on is of another count


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameCount:
    """Where one image is in the count.

    Attributes
    ----------
    number
        Exposures since the first image, also over starts; it only rises.
    since_start
        Exposures since the start before this one; None where nobody knows how many were lost before.
    is_sure
        False where the ids leave open how many exposures there were since the image before.
    is_repeated
        The image before had the same id.
    began_anew
        The ids fell back, or jumped: how many exposures there were is unknown.
    """

    number: int
    since_start: int | None
    is_sure: bool = True
    is_repeated: bool = False
    began_anew: bool = False


class FrameIds:
    """Counts the images of a camera by their ids, from start to start."""

    def __init__(self) -> None:
        self._number = -1
        self._since_start: int | None = None
        self._before: int | None = None
        self._expected: int | None = None
        self._has_zero = False
        self._repeats = False

    def begin(self, expected: int | None = None) -> None:
        """Expect another count, because the camera is started.

        Parameters
        ----------
        expected
            Id of the first exposure; None where it is not known.
        """
        self._before, self._since_start, self._expected = None, None, expected

    def take(self, frame_id: int) -> FrameCount:
        """Count the image with this id."""
        self._has_zero = self._has_zero or frame_id == 0
        before, self._before = self._before, frame_id
        if before is None:
            return self._first(frame_id)
        self._repeats = self._repeats or frame_id == before
        steps, is_sure = self._steps(before, frame_id)
        began_anew = steps is None
        self._number += steps or 1
        if began_anew or self._since_start is None:
            self._since_start = None
        else:
            self._since_start += steps or 1
        return FrameCount(
            number=self._number,
            since_start=self._since_start,
            is_sure=is_sure and not self._repeats,
            is_repeated=before == frame_id,
            began_anew=began_anew,
        )

    def _first(self, frame_id: int) -> FrameCount:
        lost, is_sure = 0, True
        if self._expected is not None:
            if frame_id == self._expected:
                self._since_start = 0
            else:
                steps, is_sure = self._steps(self._expected, frame_id)
                self._since_start = steps
                lost = steps or 0
        self._number += 1 + lost
        return FrameCount(number=self._number, since_start=self._since_start, is_sure=is_sure)

    def _steps(self, before: int, frame_id: int) -> tuple[int | None, bool]:
        """Return how many exposures further on an id is, and whether that is sure; None for another count."""
        if frame_id == before:  # repeated: one image more, or a camera that does not count
            return 1, False
        if 0 < frame_id - before <= _MOST_LOST:
            return frame_id - before, True
        for width in _WIDTHS:
            near = min(2**width // 16, _MOST_LOST)
            to_end = 2**width - 1 - before
            if 0 <= to_end < near and frame_id < near:
                return max(to_end + frame_id + int(self._has_zero), 1), False
        return None, False


def followers(frame_id: int) -> tuple[int, ...]:
    """Return the ids that may come after this one."""
    is_last = frame_id in {2**width - 1 for width in _WIDTHS}
    return (frame_id + 1, 0, 1) if is_last else (frame_id + 1,)
