"""Numbers the slices of sweeps in which every frame may be one, the lost ones too."""

from capture.camera import CameraFrame


class DueSlices:
    """Counts what each sweep should have; the driver says which exposures are slices."""

    def __init__(self) -> None:
        self._before: CameraFrame | None = None
        self._sweep_id = -1
        self._number = 0
        self._lost = 0

    def lost_before(self, frame: CameraFrame) -> list[int]:
        """Return when the frames between the one before and this were exposed, in ns: a camera is regular."""
        before, self._before = self._before, frame
        if before is None:
            return []
        steps = frame.frame_id - before.frame_id
        step_ns = (frame.exposure_mid_ns - before.exposure_mid_ns) / max(steps, 1)
        return [before.exposure_mid_ns + round(step * step_ns) for step in range(1, steps)]

    def lose(self, sweep_id: int) -> None:
        """Count a slice that was lost."""
        self.number(sweep_id)
        self._lost += 1

    def number(self, sweep_id: int) -> int:
        """Count a slice; return how many its sweep should have had before."""
        if sweep_id != self._sweep_id:
            self._sweep_id, self._number = sweep_id, 0
        self._number += 1
        return self._number - 1

    def take_lost(self) -> int:
        """Return how many slices were lost since this was asked before."""
        lost, self._lost = self._lost, 0
        return lost
