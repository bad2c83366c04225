"""A staircase timed by the lens itself: its generator steps, and triggers the camera at every step."""

import logging
import math
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from capture.camera import CameraFrame
from capture.lens import LensInfo
from capture.sweep.driver import Placement
from capture.sweep.plan import SweepPlan
from focstream.clock import now_ns
from focstream.types import DeviceLostError, InputError

_log = logging.getLogger(__name__)

_LEAD = 0.2  # of a slot: the first stamp is late by the way of an image to us, and hardly ever early
_UNSURE = 0.3  # of a slot: an exposure so far from its pulse may belong to another
_FOLLOW = 0.1  # of the deviation: the clocks of lens and host drift apart slowly
_PATIENCE_S = 0.8
_AWAY_S = 0.1  # between two reads, beyond their time-out: more was spent on something else


@runtime_checkable
class TimesStaircase(Protocol):
    """A lens that steps through a plan by its own clock, and triggers an exposure at every step."""

    def start_staircase(self, plan: SweepPlan, *, slot_s: float) -> None:
        """Step through the slots, far to near and again; a slot's pulse comes a settle time after its step.

        Raises
        ------
        InputError
            When it cannot.
        DeviceLostError
            When it stopped answering.
        """
        ...

    def stop_staircase(self) -> None:
        """Stop where it is.

        Raises
        ------
        DeviceLostError
            When it stopped answering.
        """
        ...


class TimedStaircase:
    """A `FocusDriver` that starts the lens' generator, and then only reads what the camera took.

    A frame belongs to the pulse at which its exposure began. The first frame is at the earliest that of the
    first pulse; from it on the pulses are counted by time, so a lost frame shifts nothing. Frames that fit no
    pulse are marked settling, and so is what is left of a sweep once the camera's clock was in doubt.

    Parameters
    ----------
    plan, lens, info
        What to do, with what, and what is known of it.
    frame_rate_hz
        The camera can take no more; a slot has room for settling and one period.
    """

    def __init__(
        self,
        plan: SweepPlan,
        *,
        lens: TimesStaircase,
        info: LensInfo,
        frame_rate_hz: float,
        clock: Callable[[], int] = now_ns,
    ) -> None:
        self._plan = plan
        self._lens = lens
        self._clock = clock
        self._settle_s = info.settle_s
        self._slot_s = max(info.settle_s + 1 / frame_rate_hz, 1 / plan.slices_s)
        self._name = info.name
        self._slot_dpt = plan.slot_dpt()
        self._reached_dpt = reached(self._slot_dpt, hysteresis_dpt=info.hysteresis_dpt)
        self._first_pulse_ns = 0.0
        self._synchronised = False
        self._skips_to = 0
        self._heard_ns = self._asked_ns = 0
        self._away_s = 0.0

    @property
    def can_wait(self) -> bool:
        """False: the lens keeps its own time."""
        return False

    @property
    def slices_s(self) -> float:
        """Pulses a second."""
        return 1 / self._slot_s

    def start(self) -> None:
        """Set the generator going."""
        self._lens.start_staircase(self._plan, slot_s=self._slot_s)
        self._heard_ns = self._asked_ns = self._clock()
        self._first_pulse_ns = self._heard_ns + self._settle_s * 1e9
        _log.info("%s steps by itself, %.1f slices/s", self._name, 1 / self._slot_s)

    def prepare(self, timeout_s: float, *, room: bool) -> bool:  # noqa: ARG002 - it cannot wait
        """Notice when the pulses bring no images while somebody looks for them."""
        self._discount_absence(timeout_s)
        silent_s = (self._clock() - self._heard_ns) * 1e-9
        if silent_s > max(_PATIENCE_S, 3 * self._slot_s) + self._settle_s:
            raise DeviceLostError(
                f"no image came for the pulses of {self._name} for {silent_s:.1f} s; check the trigger cable "
                "and the camera's input (--genicam.trigger-source)"
                + (
                    f"; the computer was busy elsewhere for another {self._away_s:.1f} s"
                    if self._away_s
                    else ""
                )
            )
        return True

    def place(self, frame: CameraFrame, *, room: bool) -> Placement:  # noqa: ARG002 - it cannot wait
        """Return where `frame` was focused."""
        self._heard_ns = self._clock()
        self._away_s = 0.0
        self._check(frame)
        number, is_sure = self._pulse(
            frame.exposure_mid_ns - frame.exposure_s * 5e8, is_in_doubt=frame.doubt is not None
        )
        sweep_id, slot = divmod(number, len(self._slot_dpt))
        self._skips_to = sweep_id + 1 if frame.doubt == "clock" else self._skips_to
        is_sure = is_sure and sweep_id >= self._skips_to  # a whole sweep, or none
        return Placement(
            sweep_id=sweep_id,
            slot=slot,
            focus_dpt=self._reached_dpt[slot],
            commanded_dpt=self._slot_dpt[slot],
            direction=1,
            speed_dpt_s=0.0 if is_sure else None,
            settling=not is_sure,
            last_in_sweep=is_sure and slot == len(self._slot_dpt) - 1,
            slots=len(self._slot_dpt),
        )

    def stop(self) -> None:
        """Stop the generator."""
        try:
            self._lens.stop_staircase()
        except DeviceLostError as error:  # a lens that is gone has stopped already
            _log.debug("%s", error)

    def _discount_absence(self, timeout_s: float) -> None:
        """Count as no silence of the camera what this computer spent on other things than reading it."""
        now = self._clock()
        away_s = (now - self._asked_ns) * 1e-9 - timeout_s - _AWAY_S
        if away_s > 0:
            self._away_s += away_s
            self._heard_ns += round(away_s * 1e9)
        self._asked_ns = now

    def _pulse(self, exposure_start_ns: float, *, is_in_doubt: bool) -> tuple[int, bool]:
        """Find which pulse started an exposure, and whether it surely did; a stamp in doubt moves nothing."""
        slots = (exposure_start_ns - self._first_pulse_ns) / (self._slot_s * 1e9)
        number = max(round(slots) if self._synchronised else math.floor(slots + _LEAD), 0)
        off = slots - number
        if is_in_doubt:
            return number, False
        self._first_pulse_ns += (_FOLLOW if self._synchronised else 1.0) * off * self._slot_s * 1e9
        is_sure = not self._synchronised or abs(off) < _UNSURE
        self._synchronised = True
        return number, is_sure

    def _check(self, frame: CameraFrame) -> None:
        room_s = self._slot_s - self._settle_s
        if frame.exposure_s > room_s:
            raise InputError(
                f"an exposure of {frame.exposure_s:g} s is longer than {self._name} stays in a slot "
                f"({room_s:g} s): expose shorter, or lower the camera's frame rate"
            )


def reached(slot_dpt: tuple[float, ...], *, hysteresis_dpt: float) -> tuple[float, ...]:
    """Focus that a lens with hysteresis reaches in each slot of a staircase that is run again and again.

    The play operator: out = clip(out, command − h/2, command + h/2).
    """
    half, focus_dpt = hysteresis_dpt / 2, slot_dpt[-1]
    result = []
    for command_dpt in slot_dpt:
        focus_dpt = min(max(focus_dpt, command_dpt - half), command_dpt + half)
        result.append(focus_dpt)
    return tuple(result)
