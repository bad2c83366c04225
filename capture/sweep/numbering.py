"""Numbers the sweeps and frames of a live source, over every new start of its sweep."""

from dataclasses import dataclass

from capture.camera import CameraFrame
from capture.sweep.driver import Placement


@dataclass(slots=True)
class Numbering:
    """Where the counts are.

    Attributes
    ----------
    sweep_id, frame_id
        Of the slice before; −1 for none.
    sweep_shift
        Sweeps before the driver in hand was started: it counts from 0.
    frame_shift
        The same for frames; None until the first one after a new start.
    passed
        Frames that nobody needed since the slice before.
    held_back
        Frames left out since then although their slots were due.
    rested
        Whether the sweep was halted on purpose: whatever the camera took meanwhile, nobody needed it.
    """

    sweep_id: int = -1
    frame_id: int = -1
    sweep_shift: int = 0
    frame_shift: int | None = 0
    passed: int = 0
    held_back: int = 0
    rested: bool = False

    def end_sweep(self) -> None:
        """Let the next driver begin with the next sweep."""
        self.sweep_shift = self.sweep_id + 1

    def take_held(self) -> int:
        """Return the number of a frame of no sweep; the next sweep is not that after the one before."""
        self.sweep_shift = self.sweep_id + 2
        self.frame_id += 1
        return self.frame_id

    def begins_sweep(self, placement: Placement) -> bool:
        """Return whether a frame is the first of its sweep."""
        return placement.sweep_id + self.sweep_shift != self.sweep_id

    def take(self, frame: CameraFrame, placement: Placement) -> int:
        """Take over a frame's numbers; return the exposures that nobody needed since the one before."""
        self.sweep_id = placement.sweep_id + self.sweep_shift
        passed, before = self.passed, self.frame_id
        if self.frame_shift is None:  # a camera may count anew when it is started anew
            self.frame_shift = max(before + 1 + passed - frame.frame_id, 0)
        self.frame_id = frame.frame_id + self.frame_shift
        missed = None if placement.missed is None else placement.missed + self.held_back
        if self.rested:
            missed = placement.missed or 0
        self.passed, self.held_back, self.rested = 0, 0, False
        if missed is None or before < 0:
            return passed
        return max(self.frame_id - before - 1 - missed, 0)
