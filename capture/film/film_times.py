"""When the frames of a film were taken, as far as its container says."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

_NS = 1_000_000_000
_USUAL_HZ = 30.0
_UNEVEN = 1.5
"""Frames whose distances differ by more than this are of variable rate; containers round to milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmTimes:
    """Stamps of the frames of one sweep, strictly growing.

    Attributes
    ----------
    stamps_ns
        One a frame, since the epoch where the film says when it was taken, else on the film's own clock.
    period_ns
        From the last frame until a next sweep would begin.
    note
        What was assumed, in words; empty where nothing was.
    """

    stamps_ns: tuple[int, ...]
    period_ns: int
    note: str


def film_times(times_s: Sequence[Fraction | None], *, rate_hz: float | None, created: str) -> FilmTimes:
    """Return the stamps of two frames or more.

    Parameters
    ----------
    times_s
        By the container. Where one is missing, or they do not grow, frames count as evenly spaced.
    rate_hz
        Frames a second on average; None where the film does not say.
    created
        When the film was taken, ISO 8601; anything else does not count.
    """
    known = [time_s for time_s in times_s if time_s is not None]
    note = ""
    if len(known) < len(times_s) or any(after <= before for before, after in itertools.pairwise(known)):
        step_s = Fraction(1 / (rate_hz or _USUAL_HZ))
        known = [number * step_s for number in range(len(times_s))]
        note = (
            f"its times do not grow from frame to frame; they are taken at {rate_hz or _USUAL_HZ:g} a second"
        )
    steps_s = [after - before for before, after in itertools.pairwise(known)]
    if max(steps_s) > _UNEVEN * min(steps_s):
        note = (
            f"its frames are {1000 * float(min(steps_s)):.0f} to {1000 * float(max(steps_s)):.0f} ms apart; "
            "their order counts for the focus, not their time"
        )
    start_ns, before_s = _epoch_ns(created), min(known[0], Fraction(0))  # edit lists begin before zero
    return FilmTimes(
        stamps_ns=tuple(start_ns + int((time_s - before_s) * _NS) for time_s in known),
        period_ns=int(sum(steps_s) / len(steps_s) * _NS),
        note=note,
    )


def _epoch_ns(created: str) -> int:
    try:
        return max(int(datetime.fromisoformat(created).timestamp() * _NS), 0)  # unset clocks say 1904
    except (ValueError, OverflowError, OSError):
        return 0
