"""A camera and a lens under calibration: hold a focus, sweep it, step it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from calibration.measure.fits.errors import BadCalibrationDataError
from calibration.measure.fits.sharpness import check_exposure, sharpness
from capture.camera import Camera, CameraFrame
from capture.lens import Lens
from capture.sweep.ramp import COMMAND_PERIOD_S
from focstream.clock import now_ns
from focstream.focal_slice import Image

_READ_S = 1.0
_MOST_MISSED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """An open camera and an open lens, and the clock they run by.

    Attributes
    ----------
    camera, lens
        Open.
    settle_s
        Wait that is surely long enough after any step.
    clock, sleep
        Host clock in nanoseconds, and how to wait; simulated ones for a simulated rig.
    """

    camera: Camera
    lens: Lens
    settle_s: float = 0.15
    clock: Callable[[], int] = now_ns
    sleep: Callable[[float], None] = time.sleep

    def hold(self, command: float, *, frames: int = 1) -> list[CameraFrame]:
        """Go to a focus, wait until the lens has settled, and take frames.

        Raises
        ------
        BadCalibrationDataError
            When the camera delivers none.
        """
        self.lens.move(command)
        settled_ns = self.clock() + round(self.settle_s * 1e9)
        taken: list[CameraFrame] = []
        missed = 0
        while len(taken) < frames:
            frame = self.camera.read(_READ_S)
            if frame is None:
                missed += 1
                if missed >= _MOST_MISSED:
                    raise BadCalibrationDataError(f"camera {self.camera.info.name}: no frames within 5 s")
            elif frame.exposure_mid_ns - round(frame.exposure_s * 5e8) >= settled_ns:
                taken.append(frame)
        return taken

    def mean(self, command: float, *, frames: int) -> Image:
        """Mean of some frames at a focus, in the type of the frames.

        Raises
        ------
        BadCalibrationDataError
            When it is saturated or dark.
        """
        images = [frame.image for frame in self.hold(command, frames=frames)]
        check_exposure(images[0])
        mean = np.mean(images, axis=0, dtype=np.float32)
        return np.asarray(np.rint(mean), images[0].dtype)  # type: ignore[return-value]

    def sharpness(self, command: float) -> float:
        """Sharpness at rest at a focus."""
        frame = self.hold(command)[0]
        return sharpness(frame.image)

    def ramp(self, start: float, *, speed: float, duration_s: float) -> tuple[list[CameraFrame], int, float]:
        """Move the command steadily and take every frame.

        Returns
        -------
        frames
            Of the whole ramp.
        start_ns
            When the command was `start`; it is start + speed·(t − start_ns) from then on.
        hold_s
            Mean time between two commands; a held command lags by half of it.
        """
        self.hold(start)
        begin_ns = self.clock()
        frames: list[CameraFrame] = []
        commands = 0
        while (elapsed_s := (self.clock() - begin_ns) * 1e-9) < duration_s:
            self.lens.move(start + speed * elapsed_s)
            commands += 1
            frame = self.camera.read(COMMAND_PERIOD_S)
            if frame is not None and frame.exposure_mid_ns >= begin_ns:
                frames.append(frame)
        return frames, begin_ns, duration_s / max(commands, 1)

    def step(
        self, start: float, end: float, *, delay_s: float, duration_s: float
    ) -> list[tuple[float, CameraFrame]]:
        """Step from rest and take frames with their time since the command, some before it.

        Parameters
        ----------
        start, end
            Commands.
        delay_s
            Wait after a frame before the step, for samples at other times (equivalent-time sampling).
        duration_s
            How long to watch after the step.
        """
        before = self.hold(start, frames=2)
        self.sleep(delay_s)
        self.lens.move(end)
        step_ns = self.clock()
        taken = [((frame.exposure_mid_ns - step_ns) * 1e-9, frame) for frame in before]
        while (self.clock() - step_ns) * 1e-9 < duration_s:
            frame = self.camera.read(COMMAND_PERIOD_S)
            if frame is not None:
                taken.append(((frame.exposure_mid_ns - step_ns) * 1e-9, frame))
        return taken
