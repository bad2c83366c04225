"""A sweep timed by the camera's own sequencer: every exposure has its focus by its place in the ring."""

import math
from typing import Protocol, runtime_checkable

from capture.camera import CameraFrame
from capture.lens import LensInfo
from capture.sweep.driver import PlaceLostError, Placement
from capture.sweep.plan import SweepPlan

_UNSURE = 0.3  # of a period: beyond it an exposure more or less is as likely
_MARGIN = 1.2  # nobody waits for the lens here: its time is all that it gets


@runtime_checkable
class SequencingCamera(Protocol):
    """A camera that moves its own focus from exposure to exposure."""

    def run_sequence(self, focus_dpt: tuple[float, ...], *, settle_s: float) -> float:
        """Take exposures at these vergences in a ring from now on, no faster than the focus settles.

        `CameraFrame.since_start` counts from 0 at the first of them, unless each frame has its set.

        Returns
        -------
        float
            Exposures a second.
        """
        ...

    def stop_sequence(self) -> None:
        """End it; the camera exposes no more."""
        ...


class Sequence:
    """A `FocusDriver` that programs the camera and then only reads what came.

    The ring begins with exposures at the first slot while the focus flies back; they are settling.
    A slice's place in the ring is the sequencer set that the camera reports. Where it reports none, it is the
    count of exposures, as long as that is sure: a camera counts also those that it could not deliver. Where
    the ids leave the count open, the stamps must agree with it.
    """

    def __init__(self, plan: SweepPlan, *, camera: SequencingCamera, lens: LensInfo, rate_hz: float) -> None:
        self._camera = camera
        self._slot_dpt = plan.slot_dpt()
        step_dpt = plan.span_dpt / (plan.slots - 1)
        self._settle_s = max(_MARGIN * lens.settle_after_s(step_dpt), 1 / plan.slices_s)
        flyback_s = _MARGIN * lens.settle_after_s(plan.span_dpt)
        period_s = max(1 / rate_hz, self._settle_s)
        self._slices_s = 1 / period_s
        self._flying = max(math.ceil(flyback_s / period_s), 0)
        self._tolerance_dpt = step_dpt / 2
        self._period_ns = period_s * 1e9
        self._before: CameraFrame | None = None
        self._at = -1

    @property
    def can_wait(self) -> bool:
        """False: the camera keeps its own time."""
        return False

    @property
    def slices_s(self) -> float:
        """Exposures a second."""
        return self._slices_s

    def start(self) -> None:
        """Program the camera and set it going."""
        ring = (self._slot_dpt[0],) * self._flying + self._slot_dpt
        rate_hz = self._camera.run_sequence(ring, settle_s=self._settle_s)
        self._period_ns = 1e9 / rate_hz
        self._before, self._at = None, -1

    def prepare(self, timeout_s: float, *, room: bool) -> bool:  # noqa: ARG002 - there is nothing to do
        """Nothing to do: the camera works by itself."""
        return True

    def place(self, frame: CameraFrame, *, room: bool) -> Placement:  # noqa: ARG002 - it cannot wait
        """Return where `frame` was focused."""
        size = self._flying + len(self._slot_dpt)
        self._at = self._place(frame, size)
        self._before = frame
        sweep_id, at = divmod(self._at, size)
        slot = max(at - self._flying, 0)
        commanded_dpt = self._slot_dpt[slot]
        focus_dpt = commanded_dpt if frame.focus_dpt is None else frame.focus_dpt
        settling = at < self._flying or abs(focus_dpt - commanded_dpt) > self._tolerance_dpt
        return Placement(
            sweep_id=sweep_id,
            slot=slot,
            focus_dpt=focus_dpt,
            commanded_dpt=commanded_dpt,
            direction=1,
            speed_dpt_s=None if settling else 0.0,
            settling=settling,
            last_in_sweep=slot == len(self._slot_dpt) - 1 and not settling,
            slots=len(self._slot_dpt),
        )

    def stop(self) -> None:
        """End the camera's sequence."""
        self._camera.stop_sequence()

    def _place(self, frame: CameraFrame, size: int) -> int:
        """Return the place of a frame, counted on over all rings since the start."""
        before, told = self._before, frame.sequencer_set
        if told is not None and 0 <= told < size:
            if before is None:
                return told
            expected = self._at + frame.frame_id - before.frame_id
            off = (told - expected + size // 2) % size - size // 2  # the count may be wrong, the set is not
            at = expected + off
            return at + size if at <= self._at else at
        if before is None and frame.since_start is not None and frame.count_is_sure:
            return frame.since_start
        if before is not None and (frame.count_is_sure or self._stamps_agree(before, frame)):
            return self._at + frame.frame_id - before.frame_id
        raise PlaceLostError("the frame ids of the camera do not show which focus its image was taken with")

    def _stamps_agree(self, before: CameraFrame, frame: CameraFrame) -> bool:
        """Whether as much time passed between two frames as between so many exposures."""
        passed = (frame.exposure_mid_ns - before.exposure_mid_ns) / self._period_ns
        return abs(passed - (frame.frame_id - before.frame_id)) < _UNSURE
