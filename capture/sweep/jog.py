"""A lens that is held at one focus, to aim and to expose by."""

import time

from capture.camera import Camera, CameraFrame, SoftwareTrigger
from capture.lens import Lens
from capture.lenses.reply import RefusedError
from focstream.types import InputError

_PATIENCE_S = 0.05  # for the answer to a trigger, beyond what the camera needs


class Jog:
    """Moves the lens of a halted sweep, and lets the camera go on.

    Parameters
    ----------
    camera, lens
        Not moved by anybody else while the lens is held.

    Attributes
    ----------
    held_dpt
        Where the lens is held; None where it sweeps.
    """

    def __init__(self, camera: Camera, lens: Lens) -> None:
        self._camera, self._lens = camera, lens
        self.held_dpt: float | None = None
        self._patient_until_s = 0.0

    def hold(self, focus_dpt: float | None) -> None:
        """Hold the lens there; None lets it go.

        Raises
        ------
        InputError, DeviceLostError
            As `Lens.move`.
        """
        if focus_dpt is not None:
            try:
                self._lens.move(focus_dpt)
            except RefusedError as error:
                raise InputError(f"lens: {error}") from error
        self.held_dpt, self._patient_until_s = focus_dpt, 0.0

    def read(self, timeout_s: float) -> CameraFrame | None:
        """Return the next frame, which is triggered where nothing else starts an exposure."""
        now_s = time.monotonic()
        camera = self._camera
        is_due = camera.info.timing == "software" and now_s >= self._patient_until_s
        if is_due and isinstance(camera, SoftwareTrigger):
            camera.trigger()
            self._patient_until_s = now_s + _PATIENCE_S + 2 / camera.info.frame_rate_hz
        frame = self._camera.read(timeout_s)
        self._patient_until_s = self._patient_until_s if frame is None else 0.0
        return frame
