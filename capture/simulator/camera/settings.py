"""How a simulated camera runs."""

from dataclasses import dataclass, field
from typing import Literal

from capture.simulator.camera.sensor import SensorModel
from capture.simulator.optics.breathing import Breathing
from focstream.types import InputError

MAX_FRAME_RATE_HZ = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSettings:
    """Rate, exposure, noise and faults of a simulated camera.

    Attributes
    ----------
    frame_rate_hz
        Exposures a second, at most 120.
    timing
        "hardware" for a camera that waits for pulses on its trigger line.
    exposure_s
        Length of each; the sensor's gain is for this length.
    readout_s
        From the end of an exposure until its frame can be read.
    rolling_s
        From the exposure of the first row to that of the last; 0 = a global shutter.
    buffers
        Finished frames that wait for the reader; older ones are overwritten.
    sensor, noise, seed
        Of the sensor, and whether and which noise it has.
    breathing
        Change of magnification with focus; None = none.
    drop_every_n
        Fault: every n-th frame is lost; 0 = none.
    """

    frame_rate_hz: float = 60.0
    timing: Literal["free", "hardware"] = "free"
    exposure_s: float = 0.004
    readout_s: float = 0.002
    rolling_s: float = 0.0
    buffers: int = 4
    sensor: SensorModel = field(default_factory=SensorModel)
    noise: bool = True
    seed: int = 0
    breathing: Breathing | None = None
    drop_every_n: int = 0

    def __post_init__(self) -> None:
        """Refuse what no camera can do."""
        if not 0.0 < self.frame_rate_hz <= MAX_FRAME_RATE_HZ:
            raise InputError(f"the simulated camera runs at up to 120 fps, got {self.frame_rate_hz:g}")
        if not 0.0 < self.exposure_s <= 1.0 / self.frame_rate_hz:
            raise InputError(
                f"an exposure of {self.exposure_s:g} s does not fit into a period of "
                f"{1.0 / self.frame_rate_hz:.4g} s: expose shorter or lower the frame rate"
            )
        if not 0.0 <= self.rolling_s <= 1.0 / self.frame_rate_hz:
            raise InputError(
                f"a rolling shutter that takes {self.rolling_s:g} s does not fit into a period of "
                f"{1.0 / self.frame_rate_hz:.4g} s: make it quicker or lower the frame rate"
            )
        if self.buffers < 1 or self.drop_every_n < 0 or self.drop_every_n == 1:
            raise InputError("a camera needs a buffer, and drop_every_n is 0 (none) or at least 2")
