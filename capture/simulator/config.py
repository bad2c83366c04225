"""The simulated camera and lens as the user asks for them (``--sim.*``)."""

from typing import Literal

from pydantic import Field

from capture.simulator.serial_lenses.faults import FaultKind
from focstream.frozen_model import FrozenModel

TargetFault = Literal["plain", "moving"]
"""A calibration target without anything on it, or one that somebody holds."""

SceneKind = Literal["tabletop", "cards", "steps", "relief", "fence", "mixed"]


class SimulatorConfig(FrozenModel):
    """Scene, camera and lens of the simulator."""

    scene: SceneKind = "tabletop"
    """What the camera looks at."""
    seed: int = Field(default=0, ge=0, lt=2**63)
    """Another seed is another scene of that kind, and other noise."""
    width_px: int = Field(default=640, ge=16, le=4096)
    """Width of the image."""
    height_px: int = Field(default=480, ge=16, le=4096)
    """Height of the image."""
    colour: bool = False
    """Colour instead of grey images."""
    far_dpt: float = Field(default=0.5, gt=0, le=1000)
    """Vergence (1/m) of the farthest thing in the scene."""
    near_dpt: float = Field(default=4.5, gt=0, le=1000)
    """Vergence (1/m) of the nearest thing in the scene."""
    frame_rate_hz: float = Field(default=60.0, ge=0.01, le=120)
    """Frames a second."""
    timing: Literal["free", "hardware"] = "free"
    """hardware: the camera waits for the trigger output of --lens optotune-icc-pro:sim."""
    exposure_s: float = Field(default=0.004, gt=0, le=100)
    """Length of an exposure; it sets the times, not the brightness. When it is changed meanwhile
    (--web-control), both change."""
    rolling_shutter_s: float = Field(default=0.0, ge=0, le=100)
    """Time from the exposure of the first row to that of the last; 0 = a global shutter."""
    gain: float = Field(default=1.0, gt=0, le=1000)
    """Signal of a white surface, as a share of saturation."""
    bit_depth: Literal[8, 12] = 8
    """8, or 12 bits shifted to the full scale of 16."""
    noise: bool = True
    """Photon and read noise."""
    full_well_e: float = Field(default=10_000.0, ge=1, le=1e9)
    """Electrons at saturation: fewer make more photon noise."""
    read_noise_e: float = Field(default=5.0, ge=0, le=1e9)
    """Noise without light, in electrons."""
    breathing_per_dpt: float = Field(default=0.001, ge=-0.02, le=0.02)
    """Change of the magnification with every dioptre of focus."""
    drop_every_n: int = Field(default=0, ge=0, le=10**9)
    """Fault: every n-th frame is lost; 0 = none."""
    focal_length_m: float = Field(default=12e-3, ge=1e-4, le=10)
    """Focal length."""
    f_number: float = Field(default=2.8, ge=0.1, le=1000)
    """Focal length over the diameter of the aperture."""
    pixel_pitch_m: float = Field(default=6.9e-6, ge=1e-7, le=1e-3)
    """Distance of neighbouring pixels."""
    overscan_dpt: float = Field(default=0.75, ge=0, le=1000)
    """How far the lens can focus beyond the scene at either end, also beyond infinity (below 0)."""
    lens_delay_s: float = Field(default=0.004, ge=0, le=60)
    """Time from a command until the lens begins to act on it."""
    lens_frequency_hz: float = Field(default=80.0, ge=0.1, le=100_000)
    """Natural frequency of the lens."""
    lens_damping: float = Field(default=0.6, ge=0.05, le=20)
    """Damping ratio of the lens: below 1 the focus overshoots."""
    lens_hysteresis_dpt: float = Field(default=0.02, ge=0, le=100)
    """Difference of the focus reached from the near and from the far side."""
    lens_drift_dpt_per_k: float = Field(default=0.0, ge=-10, le=10)
    """Drift of the focus while the lens warms up by 10 K."""
    lens_fault: FaultKind | None = None
    """Fault of an emulated lens (--lens KIND:sim); it goes on after "late-error", the others end it."""
    lens_fault_after_s: float = Field(default=2.0, ge=0, le=10**6)
    """Seconds after which that fault begins."""
    disk_mib_s: float = Field(default=0.0, ge=0, le=10**6)
    """Fault: the disk that is recorded to takes so many MiB a second; 0 = as it is."""
    target_fault: TargetFault | None = None
    """Fault of the targets that python -m calibration puts before the simulated camera."""
