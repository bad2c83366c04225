"""Step the focus to a slot, wait until it has settled, take one slice, go on."""

from collections.abc import Callable

from capture.camera import CameraFrame
from capture.focus_driver import Placement
from capture.lens import Lens
from capture.sweep_plan import SweepPlan
from focstream.clock import now_ns


class Staircase:
    """A `FocusDriver` that goes far to near slot by slot, then straight back.

    The first frame whose exposure began after the lens settled is the slot's slice; all others are
    marked settling. Every slot is reached from its far side but the first, so the focus is estimated with
    the play operator of the lens' hysteresis: out = clip(out, command − h/2, command + h/2).
    """

    def __init__(self, plan: SweepPlan, *, lens: Lens, clock: Callable[[], int] = now_ns) -> None:
        self._lens = lens
        self._clock = clock
        self._slot_dpt = plan.slot_dpt()
        self._settle_ns = round(lens.info.settle_s * 1e9)
        self._half_hysteresis_dpt = lens.info.hysteresis_dpt / 2
        self._slot = 0
        self._sweep_id = 0
        self._focus_dpt = plan.near_dpt
        self._settled_at_ns = 0

    def start(self) -> None:
        """Send the lens to the first slot, as if it came from the near end like in every later sweep."""
        self._move(len(self._slot_dpt) - 1)
        self._move(0)

    def place(self, frame: CameraFrame) -> Placement:
        """Tell where `frame` was focused; once it is a slot's slice, send the lens to the next slot."""
        exposure_start_ns = frame.exposure_mid_ns - round(frame.exposure_s * 5e8)
        settling = exposure_start_ns < self._settled_at_ns
        last = self._slot == len(self._slot_dpt) - 1
        placement = Placement(
            sweep_id=self._sweep_id,
            slot=self._slot,
            focus_dpt=self._focus_dpt,
            commanded_dpt=self._slot_dpt[self._slot],
            direction=1,
            settling=settling,
            last_in_sweep=last and not settling,
        )
        if not settling:
            self._sweep_id += int(last)
            self._move(0 if last else self._slot + 1)
        return placement

    def stop(self) -> None:
        """Nothing moves by itself here."""

    def _move(self, slot: int) -> None:
        self._slot = slot
        command_dpt = self._slot_dpt[slot]
        self._lens.move(command_dpt)
        half = self._half_hysteresis_dpt
        self._focus_dpt = min(max(self._focus_dpt, command_dpt - half), command_dpt + half)
        self._settled_at_ns = self._clock() + self._settle_ns
