"""Step the focus to a slot, wait until it has settled, take one slice, go on."""

import time
from collections.abc import Callable
from typing import Literal

from capture.camera import CameraFrame
from capture.lens import Lens, TellsSettled
from capture.lenses.reply import RefusedError
from capture.sweep.driver import Placement
from capture.sweep.plan import SweepPlan
from capture.sweep.route import Route, UniformRoute
from focstream.clock import now_ns
from focstream.types import DeviceLostError, InputError

_POLL_S = 0.001
_WAITED_NS = 2_000_000
_TRIGGERS_IN_VAIN = 6


class Staircase:
    """A `FocusDriver` that goes from slot to slot of a route, far to near and straight back, or to and fro.

    The first frame whose exposure began after the lens settled is the slot's slice; all others are
    marked settling. Slots are reached from their far or their near side, so the focus is estimated with
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
    route
        Which slots it visits. While that is not decided, the lens stays where it is. Default: all, in order.
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
        route: Route | None = None,
        clock: Callable[[], int] = now_ns,
    ) -> None:
        self._lens = lens
        self._route = route or UniformRoute(plan)
        self._waits = waits
        self._asks = lens if isinstance(lens, TellsSettled) else None
        self._clock = clock
        self._plan = plan
        self._tolerance_dpt = plan.span_dpt / (plan.slots - 1) / 2
        self._stamp_late_ns = round(stamp_late_s * 1e9)
        self._slices_s = plan.slices_s
        self._half_hysteresis_dpt = lens.info.hysteresis_dpt / 2
        self._passes = waits and trigger is None
        self._trigger = trigger
        self._patience_ns = round(patience_s * 1e9)
        self._patient_until_ns = 0
        self._in_vain = 0
        self._sweep_id = 0
        self._was_full = False
        self._focus_dpt = self._sent_dpt = plan.near_dpt
        self._direction: Literal[-1, 1] = 1
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
        self._move(self._plan.near_dpt)
        self._go()

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
        commanded_dpt = self._route.here.focus_dpt
        focus_dpt = self._focus_dpt if frame.focus_dpt is None else frame.focus_dpt
        self._is_settled()
        settling = self._settled_at_ns is None or exposure_start_ns < self._settled_at_ns
        if frame.focus_dpt is not None:  # the camera's own word overrules
            settling = settling or abs(focus_dpt - commanded_dpt) > self._tolerance_dpt
        self._was_full = self._was_full or not room
        if self._waits and not settling and not room:
            return None
        self._in_vain = self._patient_until_ns = 0
        asked_ns = self._clock()
        if not settling and not self._route.is_decided():
            self._was_full = True
            return None
        placement = self._placed(focus_dpt, commanded_dpt=commanded_dpt, settling=settling)
        # Who waits for the reader misses exposures that nobody needs, as without room.
        self._was_full = not room or self._clock() - asked_ns > _WAITED_NS
        if not settling:
            self._sweep_id += int(placement.last_in_sweep)
            self._route.step(frame.exposure_mid_ns)
            self._go()
        return placement

    def stop(self) -> None:
        """Nothing moves by itself here."""

    def _is_settled(self) -> bool:
        if self._settled_at_ns is None and self._asks is not None and self._asks.settled():
            self._settled_at_ns = self._clock()
        return self._settled_at_ns is not None and self._clock() >= self._settled_at_ns

    def _placed(self, focus_dpt: float, *, commanded_dpt: float, settling: bool) -> Placement:
        here = self._route.here
        return Placement(
            sweep_id=self._sweep_id,
            slot=here.slot,
            focus_dpt=focus_dpt,
            commanded_dpt=commanded_dpt,
            # Of an active sweep each slice has its own; a uniform one goes nearer as a whole.
            direction=1 if here.active is None else self._direction,
            speed_dpt_s=None if settling else 0.0,
            settling=settling,
            last_in_sweep=here.is_last and not settling,
            slots=here.slots,
            missed=0 if self._passes and self._was_full else None,  # nobody would have taken them
            number=here.number,
            active=here.active,
        )

    def _go(self) -> None:
        """Send the lens to the slot of the route."""
        try:
            self._move(self._route.here.focus_dpt)
        except (InputError, RefusedError) as error:
            if not self._route.give_way(str(error)):
                raise
            self._move(self._route.here.focus_dpt)

    def _move(self, command_dpt: float) -> None:
        self._lens.move(command_dpt)
        half = self._half_hysteresis_dpt
        self._focus_dpt = min(max(self._focus_dpt, command_dpt - half), command_dpt + half)
        step_dpt = command_dpt - self._sent_dpt
        if step_dpt != 0.0:
            self._direction = 1 if step_dpt > 0.0 else -1
        settle_ns = round(self._lens.info.settle_after_s(step_dpt) * 1e9)
        self._sent_dpt = command_dpt
        self._settled_at_ns = None if self._asks is not None else self._clock() + settle_ns
