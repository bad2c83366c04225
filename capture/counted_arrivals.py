"""When an image was taken, by its number and the arrivals of all: for cameras without a usable clock."""

import logging
import math
from dataclasses import dataclass

from capture.arrival_line import ArrivalLine

_log = logging.getLogger(__name__)

_ON_LINE_NS = 3_000_000  # a thread of a computer that is not busy wakes up well within
_FRESH_NS = 1_000_000  # read so soon after nobody waited: the arrival is that of the image
_MOST_WAITING = 16  # images: so many buffers; behind more of them the line may have changed meanwhile
_LONG, _LONG_NS = 64, 2_000_000_000  # of arrivals without a line: the older half may be what spoils it
_OFTEN, _EVERY = 16, 8  # behind so many images it is looked for only now and then


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """When an image would have arrived if nothing had delayed it.

    Attributes
    ----------
    host_ns
        On the host's clock; None where it is not known, for the images come too irregularly, or are too few.
    unsure_ns
        By how much the truth may be later; infinite where nothing is known.
    """

    host_ns: int | None
    unsure_ns: float


UNKNOWN = Estimate(host_ns=None, unsure_ns=math.inf)


class CountedArrivals:
    """Estimates arrivals as count × period, from the quickest images.

    An image that comes late is one that the computer was late for, or one that the camera took late. The two
    are told apart by those behind it: as long as they are not back on the line, the estimate is unsure by the
    delay. So is an image that is late because another was lost that the camera does not count. When all that
    come are late and are on a line of their own, the camera has changed its rate, and that line counts. An
    image cannot come early: when one does, nothing is known until there is a line again.

    Parameters
    ----------
    name
        Name of the camera, for messages.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._line: ArrivalLine | None = None
        self._trial = ArrivalLine()
        self._on_line = 0
        self._irregular_logged = False

    def take(self, number: int, *, is_counted: bool, arrival_ns: int, empty_ns: int) -> Estimate:
        """Return when an image would have arrived.

        Parameters
        ----------
        number
            A count of the images that rises.
        is_counted
            False where images between this and the one before may have been lost uncounted.
        arrival_ns, empty_ns
            When it was read, and when it was last seen that no image was waiting.
        """
        is_fresh = arrival_ns - empty_ns <= _FRESH_NS
        if self._line is not None and arrival_ns < self._line.at(number) - _ON_LINE_NS:
            _log.info("%s: an image came early; the period of its images is found anew", self._name)
            self._line, self._trial = None, ArrivalLine()
        if self._line is None or arrival_ns > self._line.at(number) + _ON_LINE_NS:
            self._try(number, arrival_ns=arrival_ns, is_fresh=is_fresh)
        line = self._line
        if line is None:
            return UNKNOWN
        late_ns = max(arrival_ns - line.at(number), 0)
        if late_ns <= _ON_LINE_NS:
            if self._on_line < number:
                line.add(number, arrival_ns)
            self._on_line = number
            self._trial = ArrivalLine() if len(self._trial) else self._trial
            return Estimate(host_ns=min(line.at(number), arrival_ns), unsure_ns=late_ns)
        has_waited = is_counted and not is_fresh and empty_ns <= line.at(number) + _ON_LINE_NS
        explained = has_waited and number - self._on_line <= _MOST_WAITING
        return Estimate(host_ns=line.at(number), unsure_ns=0.0 if explained else late_ns)

    def _try(self, number: int, *, arrival_ns: int, is_fresh: bool) -> None:
        """Look for a line of the images that are on none."""
        trial = self._trial
        if is_fresh:  # else it may have waited, which says nothing of when it came
            trial.add(number, arrival_ns)
        if not is_fresh or (len(trial) > _OFTEN and len(trial) % _EVERY):
            return
        if trial.fits(within_ns=_ON_LINE_NS):
            if self._line is not None:
                _log.info("%s: its images come late; the period of its images is found anew", self._name)
            self._line, self._trial, self._on_line = trial, ArrivalLine(), number
        elif len(trial) >= _LONG and trial.span_ns >= _LONG_NS:
            self._note_irregular()
            self._line = None
            trial.forget(len(trial) // 2)

    def _note_irregular(self) -> None:
        if not self._irregular_logged:
            self._irregular_logged = True
            _log.warning(
                "%s: its images come too irregularly to find when they were taken: those taken while the "
                "focus moves are left out; use a staircase, or a faster computer",
                self._name,
            )
