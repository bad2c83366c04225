"""Keep the focus moving along a triangle or sawtooth, and find where every exposure fell on it."""

import threading

from capture.camera import CameraFrame
from capture.lens import Lens
from capture.sweep.driver import Placement
from capture.sweep.motion import Motion, motion_at
from capture.sweep.plan import SweepPlan, turn_time_s
from focstream.clock import now_ns

COMMAND_PERIOD_S = 0.002
"""Between two commands of a moving focus; serial lens drivers take about 1,000 a second at most."""


class Ramp:
    """A `FocusDriver` for continuous sweeps, with the one thread that streams commands to the lens.

    The focus of a frame is D(t) = D_commanded(t_mid − τ) ∓ h/2 with the latency τ and the hysteresis h of
    the lens, the sign by direction. A held command lags by half the command period, which counts to τ.
    """

    def __init__(self, plan: SweepPlan, *, lens: Lens, frame_rate_hz: float) -> None:
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
        self._start_ns = 0
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._stream, name="focus-ramp", daemon=True)

    def start(self) -> None:
        """Bring the lens to the far run-out, let it settle, and set it in motion."""
        self._lens.move(self._plan.far_dpt - self._plan.overscan_dpt)
        self._start_ns = now_ns() + round(self._settle_s * 1e9)
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
        motion = self._motion(frame.exposure_mid_ns)
        lagged = self._motion(frame.exposure_mid_ns - round(self._lag_s * 1e9))
        focus_dpt = lagged.focus_dpt - lagged.direction * self._half_hysteresis_dpt
        focus_dpt = focus_dpt if frame.focus_dpt is None else frame.focus_dpt  # the camera's own word
        slot_f = (focus_dpt - self._plan.far_dpt) / self._slot_step_dpt
        steady = self._is_steady(motion, lagged) and self._is_inside(slot_f)
        next_slot_f = slot_f + lagged.direction * self._slots_a_frame
        slot = min(max(round(slot_f), 0), self._plan.slots - 1)
        if steady and self._plan.one_a_slot and not self._takes(slot_f, motion=lagged):
            return None
        return Placement(
            sweep_id=lagged.traverse,
            slot=slot,
            focus_dpt=focus_dpt,
            commanded_dpt=motion.focus_dpt,
            direction=lagged.direction,
            speed_dpt_s=lagged.direction * self._plan.speed_dpt_s if steady else None,
            settling=not steady,
            last_in_sweep=steady and self._is_last(slot, next_slot_f, direction=lagged.direction),
            slots=self._slots,
            missed=self._missed(lagged, slot_f=slot_f, settling=not steady),
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

    def _takes(self, slot_f: float, *, motion: Motion) -> bool:
        """Take the first frame of a slot that is at most half a frame's way before its middle."""
        slot = (motion.traverse, round(slot_f))
        if slot == self._taken or motion.direction * (slot_f - slot[1]) < -self._slots_a_frame / 2:
            return False
        self._taken = slot
        return True

    def _missed(self, motion: Motion, *, slot_f: float, settling: bool) -> int | None:
        """Slots that got no slice since the frame before, where one frame is taken of each."""
        if self._slots is None:
            return None
        along_f = slot_f if motion.direction > 0 else self._slots - 1 - slot_f
        if settling:  # before the first slot, or behind the last
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
                self._lens.move(self._motion(now_ns()).focus_dpt)
        except Exception as error:  # noqa: BLE001 - raised again in the reader's thread
            self._error = error
