"""Maps the stamps of a camera's own clock to the host's clock, and notices where they cannot be trusted."""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from capture.camera import Doubt
from capture.clock_trial import ClockTrial
from capture.counted_arrivals import UNKNOWN, CountedArrivals, Estimate

_log = logging.getLogger(__name__)

NANOSECONDS_HZ = 1_000_000_000

_WINDOW = 256  # frames; more find a quicker one among them, fewer follow the drift of the clocks sooner
_PERIODS = 31  # arrivals that the usual time between two frames is taken from; bursts are shorter
_SURE_NS = 12_000_000  # a busy reader wakes up later than that only now and then
_SURE_PERIODS = 0.4  # less than half a slot, where each frame is one
_BEHIND = 5  # frames in a row: by so many it is no delay of the reader any more
_FRESH_NS = 1_000_000  # read so soon after nobody waited: the arrival is that of the frame
_LATE_NS, _LATE_PERIODS = 4_000_000, 0.5  # where only the arrival is known
_STRIKES, _FORGIVEN_NS = 3, 60_000_000_000
_WITHOUT = 8  # frames without a stamp before it is said; the very first stamp may be 0
_UNREAD = 64  # frames of a trial that all waited: the reader is too slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When a frame was taken.

    Attributes
    ----------
    host_ns
        On the host's clock.
    clock
        Whose clock it comes from.
    doubt
        Why it may be wrong by more than half a period: "clock" while the camera's clock is checked, because
        it is new or went wrong; "late" where only the arrival is known and the frame may have waited. None
        where it can be trusted.
    unsure_ns
        By how much the frame may have been taken later than that, because only arrivals are known; infinite
        where they say nothing yet. 0 for frames that are not counted.
    """

    host_ns: int
    clock: Literal["device", "host"]
    doubt: Doubt | None
    unsure_ns: float = 0.0


class DeviceClock:
    """Maps device stamps to host stamps, from nothing but when frames arrive.

    The quickest of the last frames gives the offset of the clocks. So the jitter of the transport is gone and
    the drift of the clocks is followed, but the shortest way itself (read-out and transfer, constant for one
    camera and image size) stays in the result: the timing calibration measures it together with the latency
    of the lens.

    A frame cannot arrive before it was taken, and many in a row do not arrive late while somebody waits for
    them. A clock that says otherwise has jumped, stands still, or goes at another rate: it is checked anew,
    and given up for the arrival when that happens again and again. The arrivals of a camera that runs freely
    are freed from delays by the count of its frames (`CountedArrivals`).

    Parameters
    ----------
    name
        Name of the camera, for messages.
    tick_hz
        Ticks a second that the camera may mean, the likeliest first; the first that fits the arrivals counts.
    """

    def __init__(self, name: str, *, tick_hz: Sequence[int] = (NANOSECONDS_HZ,)) -> None:
        self._name = name
        self._tick_hz = list(tick_hz)
        self._offsets_ns: deque[int] = deque(maxlen=_WINDOW)
        self._arrivals_ns: deque[int] = deque(maxlen=_PERIODS)
        self._strikes_ns: deque[int] = deque(maxlen=_STRIKES)
        self._trial: ClockTrial | None = ClockTrial()
        self._last_ns: int | None = None
        self._was_good = self._is_given_up = False
        self._behind_ns: deque[int] = deque(maxlen=_BEHIND)
        self._without = self._unread = 0
        self._counted = CountedArrivals(name)

    @property
    def offset_ns(self) -> int | None:
        """Host time minus device time, of the quickest frame; None where the clock is not used."""
        return min(self._offsets_ns) if self._offsets_ns and not self._is_given_up else None

    @property
    def has_gone_wrong(self) -> bool:
        """Whether it ever had to be mapped anew."""
        return len(self._strikes_ns) > 0

    def stamp(
        self,
        ticks: int | None,
        *,
        arrival_ns: int,
        empty_ns: int,
        number: int | None = None,
        is_counted: bool = False,
    ) -> Stamp:
        """Return when a frame was taken.

        Parameters
        ----------
        ticks
            The camera's stamp; None where it sent none.
        arrival_ns
            When the frame was read, on the host's clock.
        empty_ns
            When it was last seen that no frame was waiting: it came after that.
        number
            A count of the frames that rises, of a camera that runs freely; None of one that does not.
        is_counted
            Whether it counts those too that were lost since the frame before.
        """
        self._arrivals_ns.append(arrival_ns)
        if ticks is None:
            self._note_missing()
        if ticks is None or self._is_given_up:
            estimate = None
            if number is not None:
                estimate = self._counted.take(
                    number, is_counted=is_counted, arrival_ns=arrival_ns, empty_ns=empty_ns
                )
            return self._on_arrival(arrival_ns, empty_ns, estimate)
        device_ns = ticks * NANOSECONDS_HZ // self._tick_hz[0]
        self._check(device_ns, arrival_ns=arrival_ns, is_fresh=arrival_ns - empty_ns <= _FRESH_NS)
        if self._is_given_up:  # from this frame on, which ends what was begun with other stamps
            unsure_ns = 0.0 if number is None else UNKNOWN.unsure_ns
            return Stamp(host_ns=arrival_ns, clock="host", doubt="clock", unsure_ns=unsure_ns)
        device_ns = ticks * NANOSECONDS_HZ // self._tick_hz[0]
        self._last_ns = device_ns
        self._offsets_ns.append(arrival_ns - device_ns)
        return Stamp(
            host_ns=device_ns + min(self._offsets_ns),
            clock="device",
            doubt=None if self._trial is None else "clock",
        )

    def _check(self, device_ns: int, *, arrival_ns: int, is_fresh: bool) -> None:
        offset_ns = arrival_ns - device_ns
        if self._last_ns is not None and device_ns <= self._last_ns:
            behind_s = (offset_ns - min(self._offsets_ns)) * 1e-9
            is_still = device_ns == self._last_ns
            self._begin_anew("stands still" if is_still else f"went back by {behind_s:.2f} s", arrival_ns)
        elif self._trial is None:
            self._compare(offset_ns, arrival_ns=arrival_ns, is_fresh=is_fresh)
        if self._trial is not None and not self._is_given_up:
            self._try(self._trial, offset_ns=offset_ns, arrival_ns=arrival_ns, is_fresh=is_fresh)

    def _compare(self, offset_ns: int, *, arrival_ns: int, is_fresh: bool) -> None:
        """Compare a frame with the quickest one of a clock that was good until now."""
        off_ns = offset_ns - min(self._offsets_ns)
        if abs(off_ns) <= _SURE_NS or abs(off_ns) <= self._sure_ns():
            self._behind_ns.clear()
        elif off_ns < 0:
            self._begin_anew(f"went ahead by {-off_ns * 1e-9:.2f} s", arrival_ns)
        elif is_fresh:
            behind_ns = self._behind_ns
            behind_ns.append(off_ns)
            # A busy computer delays images by this and that, a clock is behind by the same all the time.
            if len(behind_ns) == _BEHIND and max(behind_ns) - min(behind_ns) <= self._sure_ns():
                self._begin_anew(f"fell behind by {off_ns * 1e-9:.2f} s", arrival_ns)

    def _try(self, trial: ClockTrial, *, offset_ns: int, arrival_ns: int, is_fresh: bool) -> None:
        """Go on with the trial of a clock; end it when enough frames were seen."""
        self._unread = 0 if is_fresh else self._unread + 1
        if self._unread == _UNREAD:
            _log.warning(
                "%s: its images wait to be read, so its clock cannot be checked, and none is used; "
                "lower its frame rate, or use a faster computer",
                self._name,
            )
        if is_fresh:
            trial.add(offset_ns=offset_ns, arrival_ns=arrival_ns)
        verdict = trial.verdict(allowed_ns=self._sure_ns())
        if verdict is None:
            return
        if verdict == "good":
            self._trial, self._was_good = None, True
        elif verdict == "erratic":
            self._begin_anew("is erratic", arrival_ns)
        elif len(self._tick_hz) > 1 and not self._was_good:
            del self._tick_hz[0]
            self._forget()
        else:
            self._begin_anew(f"goes at {trial.rate():.3g} of the right rate", arrival_ns)

    def _begin_anew(self, reason: str, arrival_ns: int) -> None:
        """Map the clock anew after it went wrong; give it up when it does so again and again."""
        strikes = self._strikes_ns
        strikes.append(arrival_ns)
        self._is_given_up = len(strikes) == _STRIKES and strikes[-1] - strikes[0] < _FORGIVEN_NS
        if self._is_given_up:
            _log.warning(
                "%s: its clock %s; its images are stamped when they arrive instead (clock: host), "
                "which is less exact",
                *(self._name, reason),
            )
        elif self._trial is None:
            _log.warning(
                "%s: its clock %s; it is mapped anew, and the images until it is checked are left out",
                *(self._name, reason),
            )
        self._forget()

    def _forget(self) -> None:
        self._offsets_ns.clear()
        self._last_ns, self._trial = None, ClockTrial()
        self._behind_ns.clear()
        self._unread = 0

    def _on_arrival(self, arrival_ns: int, empty_ns: int, estimate: Estimate | None) -> Stamp:
        """Stamp a frame when it came: early rather than late, so that no moving lens counts as settled."""
        period_ns = self._period_ns()
        is_late = arrival_ns - empty_ns > max(_LATE_NS, _LATE_PERIODS * period_ns)
        host_ns = arrival_ns if is_late else empty_ns
        if estimate is None:
            return Stamp(host_ns=host_ns, clock="host", doubt="late" if is_late else None)
        early_ns = 0
        if estimate.host_ns is not None:
            host_ns = estimate.host_ns if is_late else min(estimate.host_ns, empty_ns)
            early_ns = estimate.host_ns - host_ns
        return Stamp(
            host_ns=host_ns,
            clock="host",
            doubt="late" if is_late else None,
            unsure_ns=estimate.unsure_ns + early_ns,
        )

    def _note_missing(self) -> None:
        self._without += 1
        if self._without == _WITHOUT:
            _log.warning(
                "%s sends no stamps: its images are stamped when they arrive (clock: host), "
                "which is less exact",
                self._name,
            )

    def _sure_ns(self) -> float:
        return max(_SURE_NS, _SURE_PERIODS * self._period_ns())

    def _period_ns(self) -> float:
        """Time between two frames that is usual lately; 0 where too few came."""
        times = list(self._arrivals_ns)
        if len(times) < _BEHIND:
            return 0.0
        return median(after - before for before, after in pairwise(times))
