"""Keep the focus moving along a triangle or sawtooth, and find where every exposure fell on it."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from capture.camera import CameraFrame
from capture.lens import Lens
from capture.sweep.command_log import CommandLog
from capture.sweep.driver import Placement
from capture.sweep.due_slices import DueSlices
from capture.sweep.motion import Motion, motion_at
from capture.sweep.plan import SweepPlan, turn_time_s
from focstream.clock import now_ns

_log = logging.getLogger(__name__)

_LATE = 0.25  # of a slot: with half of it, the slice would be another's
_LATE_PERIODS = 3  # a thread of a computer that is not busy wakes up well within
COMMAND_PERIOD_S = 0.002
"""Between two commands of a moving focus; serial lens drivers take about 1,000 a second at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """Where the focus was at one time.

    Attributes
    ----------
    commanded_dpt, lagged
        The command then, and the one that the lens had followed.
    focus_dpt, slot_f
        Vergence, and the same counted in slots.
    steady
        It can be a slice.
    """

    commanded_dpt: float
    lagged: Motion
    focus_dpt: float
    slot_f: float
    steady: bool

    @property
    def slot(self) -> tuple[int, int]:
        """Sweep, and the nearest slot."""
        return self.lagged.traverse, round(self.slot_f)


class Ramp:
    """A `FocusDriver` for continuous sweeps, with the one thread that streams commands to the lens.

    The focus of a frame is D(t) = D_commanded(t_mid − τ) ∓ h/2 with the latency τ and the hysteresis h of
    the lens, the sign by direction. A held command lags by half the command period, which counts to τ.
    """

    def __init__(
        self,
        plan: SweepPlan,
        *,
        lens: Lens,
        frame_rate_hz: float,
        clock: Callable[[], int] = now_ns,
    ) -> None:
        self._clock = clock
        self._plan = plan
        self._lens = lens
        self._settle_s = lens.info.settle_s
        self._lag_s = lens.info.latency_s + COMMAND_PERIOD_S / 2
        self._half_hysteresis_dpt = lens.info.hysteresis_dpt / 2
        self._slot_step_dpt = plan.span_dpt / (plan.slots - 1)
        self._slots_a_frame = plan.rate_hz / frame_rate_hz
        self._slices_s = min(plan.rate_hz, frame_rate_hz) if plan.one_a_slot else frame_rate_hz
        self._slots = self._promised(frame_rate_hz)
        self._taken: tuple[int, int] | None = None
        self._number = -1
        self._due = DueSlices()
        self._commands = CommandLog()
        self._latency_s = lens.info.latency_s
        self._late_dpt = max(_LATE * self._slot_step_dpt, _LATE_PERIODS * COMMAND_PERIOD_S * plan.speed_dpt_s)
        self._late_logged = self._unsure_logged = False
        self._start_ns = 0
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._stream, name="focus-ramp", daemon=True)

    def start(self) -> None:
        """Bring the lens to the far run-out, let it settle, and set it in motion."""
        begin_dpt = self._plan.far_dpt - self._plan.overscan_dpt
        self._lens.move(begin_dpt)
        self._start_ns = self._clock() + round(self._settle_s * 1e9)
        self._commands.note(self._clock(), begin_dpt)  # in force until the thread runs
        self._thread.start()

    @property
    def can_wait(self) -> bool:
        """False: the focus goes on."""
        return False

    @property
    def slices_s(self) -> float:
        """Frames a second, or slots a second where only one frame is taken of each."""
        return self._slices_s

    def prepare(self, timeout_s: float, *, room: bool) -> bool:  # noqa: ARG002 - there is nothing to do
        """Nothing to do: camera and lens move by themselves."""
        return True

    def place(self, frame: CameraFrame, *, room: bool) -> Placement | None:  # noqa: ARG002 - it cannot wait
        """Return where `frame` was focused; None when its slot has a slice already, or gets a better one."""
        if self._error is not None:
            raise self._error
        spot = self._spot(frame.exposure_mid_ns, told_dpt=frame.focus_dpt)
        self._count_lost(frame, spot)
        lagged, steady = spot.lagged, spot.steady
        next_slot_f = spot.slot_f + lagged.direction * self._slots_a_frame
        slot = min(max(round(spot.slot_f), 0), self._plan.slots - 1)
        if steady and self._plan.one_a_slot and not self._takes(spot):
            return None
        if steady and frame.focus_dpt is None and self._is_uncertain(frame):
            if self._slots is None:  # else its slot is missing, or gets another frame
                self._due.lose(lagged.traverse)
            return None
        if steady:
            self._taken = spot.slot
        is_counted = steady and self._slots is None
        return Placement(
            sweep_id=lagged.traverse,
            slot=slot,
            focus_dpt=spot.focus_dpt,
            commanded_dpt=spot.commanded_dpt,
            direction=lagged.direction,
            speed_dpt_s=lagged.direction * self._plan.speed_dpt_s if steady else None,
            settling=not steady,
            last_in_sweep=steady and self._is_last(slot, next_slot_f, direction=lagged.direction),
            slots=self._slots,
            missed=self._missed(spot),
            number=self._due.number(lagged.traverse) if is_counted else None,
        )

    def stop(self) -> None:
        """End the command thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1.0)

    def _promised(self, frame_rate_hz: float) -> int | None:
        """Slices of every whole sweep, where the run-out has room for the first of them."""
        turn_s = turn_time_s(self._lens.info, frame_rate_hz=frame_rate_hz, one_a_slot=True)
        has_room = self._plan.overscan_dpt >= 0.999 * turn_s * self._plan.speed_dpt_s
        return self._plan.slots if self._plan.one_a_slot and has_room else None

    def _motion(self, time_ns: int) -> Motion:
        time_s = (time_ns - self._start_ns) * 1e-9
        return motion_at(self._plan, time_s=time_s, flyback_s=self._settle_s)

    def _is_steady(self, motion: Motion, lagged: Motion) -> bool:
        if motion.traverse != lagged.traverse or motion.flyback:
            return False
        # A start-up transient lasts as long as a step takes to settle; rounding must not cost the first slot.
        return motion.since_turn_s >= 0.999 * self._settle_s

    def _is_inside(self, slot_f: float) -> bool:
        return -0.5 < slot_f < self._plan.slots - 0.5

    def _spot(self, mid_ns: int, *, told_dpt: float | None = None) -> "_Spot":
        """Return where the focus was then; the camera's own word on it counts more."""
        motion = self._motion(mid_ns)
        lagged = self._motion(mid_ns - round(self._lag_s * 1e9))
        focus_dpt = lagged.focus_dpt - lagged.direction * self._half_hysteresis_dpt
        focus_dpt = focus_dpt if told_dpt is None else told_dpt
        slot_f = (focus_dpt - self._plan.far_dpt) / self._slot_step_dpt
        steady = self._is_steady(motion, lagged) and self._is_inside(slot_f)
        return _Spot(
            commanded_dpt=motion.focus_dpt, lagged=lagged, focus_dpt=focus_dpt, slot_f=slot_f, steady=steady
        )

    def _is_uncertain(self, frame: CameraFrame) -> bool:
        """Whether the focus may be another, because the frame came late, the commands did, or both."""
        unsure_dpt = frame.unsure_s * self._plan.speed_dpt_s
        return self._is_unsure(frame, unsure_dpt) or self._is_late(
            frame.exposure_mid_ns, within_dpt=self._late_dpt - unsure_dpt
        )

    def _is_unsure(self, frame: CameraFrame, unsure_dpt: float) -> bool:
        """Whether the focus moves too far while the frame may have been taken."""
        if unsure_dpt <= _LATE * self._slot_step_dpt:
            return False
        if not self._unsure_logged:
            self._unsure_logged = True
            _log.warning(
                "images came %.0f ms late, and the camera has no clock that says when they were taken: "
                "images whose focus is not certain are left out",
                1e3 * frame.unsure_s,
            )
        return True

    def _is_late(self, mid_ns: int, *, within_dpt: float) -> bool:
        """Whether the lens was not where it should have been, because its commands came late."""
        time_ns = mid_ns - round(self._latency_s * 1e9)
        commanded_dpt = self._commands.in_force(time_ns)
        if commanded_dpt is None:
            return False
        off_dpt = abs(self._motion(time_ns).focus_dpt - commanded_dpt)
        # After a late command the lens catches up: at twice its speed in as long as the command was late.
        gap_ns = self._commands.gap_behind_ns(time_ns, within_ns=round(self._settle_s * 1e9))
        off_dpt = max(off_dpt, gap_ns * 1e-9 * self._plan.speed_dpt_s)
        if off_dpt <= within_dpt:
            return False
        if not self._late_logged:
            self._late_logged = True
            _log.warning(
                "commands to lens %s came %.0f ms late, for the computer is busy elsewhere: images whose "
                "focus is not certain are left out",
                *(self._lens.info.name, 1e3 * off_dpt / self._plan.speed_dpt_s),
            )
        return True

    def _takes(self, spot: "_Spot") -> bool:
        """Whether to take this frame: the first of a slot, at most half a frame's way before its middle."""
        before_f = spot.lagged.direction * (spot.slot[1] - spot.slot_f)
        return spot.slot != self._taken and before_f <= self._slots_a_frame / 2

    def _count_lost(self, frame: CameraFrame, spot: "_Spot") -> None:
        """Find which frames that the camera lost would have been slices, where no slots tell."""
        lost: set[object] = set()
        for mid_ns in self._due.lost_before(frame) if self._slots is None else ():
            there = self._spot(mid_ns)
            slot = there.slot if self._plan.one_a_slot else mid_ns
            if not there.steady or slot in lost or (self._plan.one_a_slot and not self._takes(there)):
                continue
            if slot == spot.slot and spot.steady:  # this frame is taken for it
                continue
            lost.add(slot)
            self._due.lose(there.lagged.traverse)

    def _missed(self, spot: "_Spot") -> int:
        """Slices lost since the frame before."""
        if self._slots is None:
            return self._due.take_lost()
        motion, slot_f = spot.lagged, spot.slot_f
        along_f = slot_f if motion.direction > 0 else self._slots - 1 - slot_f
        if not spot.steady:  # before the first slot, or behind the last
            before = self._slots if along_f > (self._slots - 1) / 2 else 0
            number = motion.traverse * self._slots + before - 1
            missed = max(number - self._number, 0)
        else:
            number = motion.traverse * self._slots + round(along_f)
            missed = max(number - self._number - 1, 0)
        self._number = max(number, self._number)
        return missed

    def _is_last(self, slot: int, next_slot_f: float, *, direction: int) -> bool:
        if self._plan.one_a_slot:
            return slot == (self._plan.slots - 1 if direction > 0 else 0)
        return not self._is_inside(next_slot_f)

    def _stream(self) -> None:
        try:
            while not self._stop.wait(COMMAND_PERIOD_S):
                focus_dpt = self._motion(self._clock()).focus_dpt
                self._lens.move(focus_dpt)
                self._commands.note(self._clock(), focus_dpt)
        except Exception as error:  # noqa: BLE001 - raised again in the reader's thread
            self._error = error
