"""A sweep timed by the camera's own sequencer: every exposure has its focus by its place in the ring."""

import math
from typing import Protocol, runtime_checkable

from capture.camera import CameraFrame
from capture.lens import LensInfo
from capture.sweep.driver import Placement
from capture.sweep.plan import SweepPlan

_MARGIN = 1.2  # nobody waits for the lens here: its time is all that it gets


@runtime_checkable
class SequencingCamera(Protocol):
    """A camera that moves its own focus from exposure to exposure."""

    def run_sequence(self, focus_dpt: tuple[float, ...], *, settle_s: float) -> float:
        """Take exposures at these vergences in a ring from now on, no faster than the focus settles.

        Frame ids count from 1 at the first of them.

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
    frame id: a camera counts also the exposures that it could not deliver.
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
        self._first_id: int | None = None

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
        self._camera.run_sequence(ring, settle_s=self._settle_s)

    def prepare(self, timeout_s: float, *, room: bool) -> bool:  # noqa: ARG002 - there is nothing to do
        """Nothing to do: the camera works by itself."""
        return True

    def place(self, frame: CameraFrame, *, room: bool) -> Placement:  # noqa: ARG002 - it cannot wait
        """Return where `frame` was focused."""
        size = self._flying + len(self._slot_dpt)
        if self._first_id is None or frame.sequencer_set is not None:
            at = (frame.frame_id - 1) % size if frame.sequencer_set is None else frame.sequencer_set
            before = 0 if self._first_id is None else (frame.frame_id - at - self._first_id) // size
            self._first_id = frame.frame_id - at - before * size
        sweep_id, at = divmod(frame.frame_id - self._first_id, size)
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
