"""What a simulated rig hides: everything that a calibration has to find."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from capture.simulator.config import SimulatorConfig
from capture.simulator.lens.model import LensModel
from capture.simulator.optics.breathing import Breathing
from capture.simulator.optics.numbers import Optics
from capture.simulator.rig import lens_model, lens_range_dpt, optics_of

_SPARE_DPT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenTruth:
    """Everything that a calibration has to find.

    Attributes
    ----------
    offset_dpt, gain, curve, drift_dpt_per_k
        D = offset + gain·P + curve·P² + drift·(T − T_start).
    lens
        Delay, second-order motion and backlash, in dioptres.
    breathing_per_dpt, centre_px
        Change of the magnification, about a principal point so far off the middle.
    optics
        Its focal length gives the intrinsics at the far limit (the near one if breathing is negative).
    curvature_dpt, tilt_dpt
        Of the field.
    vignetting
        Brightness lost in the corners.
    commands
        Limits of the lens' commands, in its own unit.
    name
        Of the lens.
    """

    offset_dpt: float = 0.0
    gain: float = 1.0
    curve: float = 0.0
    drift_dpt_per_k: float = 0.0
    lens: LensModel = field(default_factory=LensModel)
    breathing_per_dpt: float = 0.0
    centre_px: tuple[float, float] = (0.0, 0.0)
    optics: Optics = field(default_factory=Optics)
    curvature_dpt: float = 0.0
    tilt_dpt: tuple[float, float] = (0.0, 0.0)
    vignetting: float = 0.0
    commands: tuple[float, float] = (-0.5, 5.5)
    name: str = "sim-hidden"

    @classmethod
    def random(cls, seed: int) -> Self:
        """Draw one at random; the same for the same seed."""
        rng = np.random.default_rng([seed, 7])

        def uniform(low: float, high: float) -> float:
            return float(rng.uniform(low, high))

        return cls(
            offset_dpt=uniform(-0.25, 0.25),
            gain=uniform(0.88, 1.05),
            curve=uniform(-0.01, 0.01),
            drift_dpt_per_k=uniform(-0.02, 0.02),
            lens=LensModel(
                delay_s=uniform(0.002, 0.008),
                natural_frequency_hz=uniform(50.0, 110.0),
                damping=uniform(0.35, 0.8),
                hysteresis_dpt=uniform(0.0, 0.06),
            ),
            breathing_per_dpt=float(rng.choice([-1.0, 1.0])) * uniform(0.001, 0.01),
            centre_px=(uniform(-8.0, 8.0), uniform(-8.0, 8.0)),
            optics=Optics(focal_length_m=uniform(7e-3, 9e-3), f_number=1.4, pixel_pitch_m=6.9e-6),
            curvature_dpt=uniform(-0.15, 0.15),
            tilt_dpt=(uniform(-0.08, 0.08), uniform(-0.08, 0.08)),
            vignetting=uniform(0.1, 0.4),
        )

    def to_dpt(self, command: float) -> float:
        """Vergence that a command focuses at, at the temperature of the start and without backlash."""
        return self.offset_dpt + self.gain * command + self.curve * command**2

    @classmethod
    def of(cls, config: SimulatorConfig) -> Self:
        """Take that of the simulated rig which the user configured."""
        return cls(
            drift_dpt_per_k=config.lens_drift_dpt_per_k,
            lens=lens_model(config),
            breathing_per_dpt=config.breathing_per_dpt,
            optics=optics_of(config),
            commands=lens_range_dpt(config),
            name="sim",
        )

    @property
    def limits_dpt(self) -> tuple[float, float]:
        """Vergences of the lens' limits."""
        return self.to_dpt(self.commands[0]), self.to_dpt(self.commands[1])

    @property
    def breathing(self) -> Breathing:
        """Breathing that only ever magnifies, so that a target need not be larger than the picture."""
        far_dpt, near_dpt = self.limits_dpt
        reference_dpt = far_dpt if self.breathing_per_dpt >= 0.0 else near_dpt
        return Breathing(per_dpt=self.breathing_per_dpt, reference_dpt=reference_dpt)

    @property
    def widened_dpt(self) -> tuple[float, float]:
        """Limits of the focus with room for drift and overshoot."""
        far_dpt, near_dpt = self.limits_dpt
        return far_dpt - _SPARE_DPT, near_dpt + _SPARE_DPT
