"""Step the focus to a slot, wait until it has settled, take one slice, go on."""

import time
from collections.abc import Callable

from capture.camera import CameraFrame
from capture.lens import Lens, TellsSettled
from capture.sweep.driver import Placement
from capture.sweep.plan import SweepPlan
from focstream.clock import now_ns
from focstream.types import DeviceLostError

_POLL_S = 0.001
_TRIGGERS_IN_VAIN = 6


class Staircase:
    """A `FocusDriver` that goes far to near slot by slot, then straight back.

    The first frame whose exposure began after the lens settled is the slot's slice; all others are
    marked settling. Every slot is reached from its far side but the first, so the focus is estimated with
    the play operator of the lens' hysteresis: out = clip(out, command − h/2, command + h/2). A lens that
    reports when it is at rest is asked; of any other its settle time is waited for.

    Parameters
    ----------
    plan, lens
        What to do, with what.
    stamp_late_s
        By how much the stamps of frames may be late: only a frame later than that is surely settled.
    trigger
        Starts an exposure; None for a camera that runs by itself.
    patience_s
        A trigger that is not answered within this time is fired again.
    waits
        Whether the lens stays in its slot until there is room for the slot's slice. Exposures that it does
        not need meanwhile are passed over.
    """

    def __init__(
        self,
        plan: SweepPlan,
        *,
        lens: Lens,
        stamp_late_s: float = 0.0,
        trigger: Callable[[], None] | None = None,
        patience_s: float = 0.1,
        waits: bool = True,
        clock: Callable[[], int] = now_ns,
    ) -> None:
        self._lens = lens
        self._waits = waits
        self._asks = lens if isinstance(lens, TellsSettled) else None
        self._clock = clock
        self._slot_dpt = plan.slot_dpt()
        self._tolerance_dpt = plan.span_dpt / (plan.slots - 1) / 2
        self._settle_ns = round(lens.info.settle_s * 1e9)
        self._stamp_late_ns = round(stamp_late_s * 1e9)
        self._slices_s = plan.slices_s
        self._half_hysteresis_dpt = lens.info.hysteresis_dpt / 2
        self._passes = waits and trigger is None
        self._trigger = trigger
        self._patience_ns = round(patience_s * 1e9)
        self._patient_until_ns = 0
        self._in_vain = 0
        self._slot = 0
        self._sweep_id = 0
        self._was_full = False
        self._focus_dpt = plan.near_dpt
        self._settled_at_ns: int | None = None

    @property
    def can_wait(self) -> bool:
        """True where it waits for room, or for a trigger."""
        return self._waits or self._trigger is not None

    @property
    def slices_s(self) -> float:
        """Whatever the reader takes: it waits."""
        return self._slices_s

    def start(self) -> None:
        """Send the lens to the first slot, as if it came from the near end like in every later sweep."""
        self._move(len(self._slot_dpt) - 1)
        self._move(0)

    def prepare(self, timeout_s: float, *, room: bool) -> bool:
        """Notice when the lens has settled, and then fire the trigger, if there is one and room."""
        if self._trigger is None:
            self._is_settled()
            return True
        if self._waits and not room:
            time.sleep(min(_POLL_S, timeout_s))
            return False
        deadline_s = time.monotonic() + timeout_s
        while not self._is_settled() and time.monotonic() < deadline_s:
            time.sleep(_POLL_S)
        now = self._clock()
        if not self._is_settled() or now < self._patient_until_ns:
            return True
        if self._in_vain >= _TRIGGERS_IN_VAIN:
            raise DeviceLostError(
                f"the camera did not answer {self._in_vain} triggers; check its cable and trigger settings"
            )
        self._in_vain += 1
        self._patient_until_ns = now + self._patience_ns
        self._trigger()
        return True

    def place(self, frame: CameraFrame, *, room: bool) -> Placement | None:
        """Return where `frame` was focused; once it is a slot's slice, send the lens to the next slot."""
        exposure_start_ns = frame.exposure_mid_ns - round(frame.exposure_s * 5e8) - self._stamp_late_ns
        commanded_dpt = self._slot_dpt[self._slot]
        focus_dpt = self._focus_dpt if frame.focus_dpt is None else frame.focus_dpt
        self._is_settled()
        settling = self._settled_at_ns is None or exposure_start_ns < self._settled_at_ns
        if frame.focus_dpt is not None:  # the camera's own word overrules
            settling = settling or abs(focus_dpt - commanded_dpt) > self._tolerance_dpt
        self._was_full = self._was_full or not room
        if self._waits and not settling and not room:
            return None
        last = self._slot == len(self._slot_dpt) - 1
        placement = Placement(
            sweep_id=self._sweep_id,
            slot=self._slot,
            focus_dpt=focus_dpt,
            commanded_dpt=commanded_dpt,
            direction=1,
            speed_dpt_s=None if settling else 0.0,
            settling=settling,
            last_in_sweep=last and not settling,
            slots=len(self._slot_dpt),
            missed=0 if self._passes and self._was_full else None,  # nobody would have taken them
        )
        self._in_vain = self._patient_until_ns = 0
        self._was_full = not room
        if not settling:
            self._sweep_id += int(last)
            self._move(0 if last else self._slot + 1)
        return placement

    def stop(self) -> None:
        """Nothing moves by itself here."""

    def _is_settled(self) -> bool:
        if self._settled_at_ns is None and self._asks is not None and self._asks.settled():
            self._settled_at_ns = self._clock()
        return self._settled_at_ns is not None and self._clock() >= self._settled_at_ns

    def _move(self, slot: int) -> None:
        self._slot = slot
        command_dpt = self._slot_dpt[slot]
        self._lens.move(command_dpt)
        half = self._half_hysteresis_dpt
        self._focus_dpt = min(max(self._focus_dpt, command_dpt - half), command_dpt + half)
        self._settled_at_ns = None if self._asks is not None else self._clock() + self._settle_ns
