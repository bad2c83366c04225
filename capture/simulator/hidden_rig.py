"""A simulated camera and lens that tell nothing of themselves, with the truth for the judge."""

import math
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from capture.lens import LensInfo
from capture.simulator.breathing import Breathing
from capture.simulator.camera import SimulatedCamera
from capture.simulator.camera_settings import CameraSettings
from capture.simulator.config import SimulatorConfig
from capture.simulator.focus_volume import drawing
from capture.simulator.lens import SimulatedLens
from capture.simulator.lens_model import LensModel
from capture.simulator.optics import Optics
from capture.simulator.rig import lens_model, lens_range_dpt, optics_of
from capture.simulator.surface import FloatImage, Scene, float_image
from capture.simulator.targets import Pose, board, field_vergence, intrinsics_of, wall
from capture.simulator.warm_up import WarmUp

_ROUNDING_DPT = 5e-4
_KEPT = 64
_SAFE_SETTLE_S = 0.12


class VirtualClock:
    """A clock that runs only while somebody waits: a simulated calibration takes seconds, not minutes."""

    def __init__(self) -> None:
        self._now_ns = 1_700_000_000_000_000_000

    def now_ns(self) -> int:
        """Nanoseconds since the epoch, of the simulation."""
        return self._now_ns

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._now_ns += max(round(seconds * 1e9), 1)


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
        Limits of what the lens can be told, in its own unit.
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


class HiddenLens:
    """A `Lens` that takes commands in a unit of its own and knows neither its latency nor its hysteresis."""

    def __init__(self, truth: HiddenTruth, *, clock: VirtualClock) -> None:
        far_dpt, near_dpt = truth.limits_dpt
        slack_dpt = 1e-6
        self._truth = truth
        self._lens = SimulatedLens(
            truth.lens,
            far_dpt=far_dpt - slack_dpt,
            near_dpt=near_dpt + slack_dpt,
            warm_up=WarmUp(drift_dpt_per_k=truth.drift_dpt_per_k),
            clock=clock.now_ns,
        )

    @property
    def info(self) -> LensInfo:
        """Limits in its own unit, and nothing of its timing."""
        far, near = self._truth.commands
        return LensInfo(name=self._truth.name, far_dpt=far, near_dpt=near, settle_s=_SAFE_SETTLE_S)

    def move(self, focus_dpt: float) -> None:
        """Take a command in the lens' own unit."""
        self._lens.move(self._truth.to_dpt(focus_dpt))

    def temperature_c(self) -> float | None:
        """Temperature, which rises by 10 K in some minutes."""
        return self._lens.temperature_c()

    @property
    def inside(self) -> SimulatedLens:
        """The lens that the picture sees, in dioptres: for the simulated camera and the judge."""
        return self._lens

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stay where it is."""


class ExactLight:
    """Pictures of a target rendered for each focus asked for, so that no grid bends a focus curve."""

    def __init__(self, scene: Scene, truth: HiddenTruth) -> None:
        self._draw = drawing(
            scene, optics=truth.optics, limits_dpt=_widened(truth), breathing=truth.breathing
        )
        self._brightness = _vignette(scene.image_shape, truth.vignetting)
        self._kept: dict[int, FloatImage] = {}

    def at(self, focus_dpt: float) -> FloatImage:
        """(H, W) float32 linear light."""
        key = round(focus_dpt / _ROUNDING_DPT)
        if key not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = float_image(self._draw(key * _ROUNDING_DPT) * self._brightness)
        return self._kept[key]


class HiddenRig:
    """One lens, one clock, and a camera for every target that is put before it.

    Parameters
    ----------
    truth
        What is to be found.
    size_px
        Width and height of the pictures.
    settings
        Rate and noise; the breathing is the truth's.
    """

    def __init__(
        self,
        truth: HiddenTruth,
        *,
        size_px: tuple[int, int] = (480, 360),
        settings: CameraSettings | None = None,
    ) -> None:
        self.truth = truth
        self.clock = VirtualClock()
        self.lens = HiddenLens(truth, clock=self.clock)
        self.size_px = size_px
        self._settings = settings or CameraSettings()
        self.intrinsics = intrinsics_of(truth.optics, size_px=size_px, centre_px=truth.centre_px)

    def at_wall(self, vergence_dpt: float, *, seed: int | None = 0) -> SimulatedCamera:
        """Camera before a wall; `seed` of its texture, None for plain white."""
        margin_px = self._margin_px(vergence_dpt)
        vergence = field_vergence(
            vergence_dpt,
            size_px=self.size_px,
            margin_px=margin_px,
            curvature_dpt=self.truth.curvature_dpt,
            tilt_dpt=self.truth.tilt_dpt,
        )
        return self._camera(
            wall(
                size_px=self.size_px,
                margin_px=margin_px,
                vergence_dpt=vergence,
                intrinsics=self.intrinsics,
                seed=seed,
            )
        )

    def at_board(self, picture: NDArray[np.uint8], *, width_m: float, pose: Pose) -> SimulatedCamera:
        """Camera before a printed board."""
        scene = board(
            picture,
            width_m=width_m,
            pose=pose,
            size_px=self.size_px,
            margin_px=self._margin_px(1.0 / pose.z_m),
            intrinsics=self.intrinsics,
        )
        return self._camera(scene)

    def _camera(self, scene: Scene) -> SimulatedCamera:
        return SimulatedCamera(
            self.lens.inside,
            scene=scene,
            optics=self.truth.optics,
            settings=self._settings,
            volume=ExactLight(scene, self.truth),
            clock=self.clock.now_ns,
            sleep=self.clock.sleep,
        )

    def _margin_px(self, vergence_dpt: float) -> int:
        far_dpt, near_dpt = _widened(self.truth)
        farthest_dpt = max(near_dpt - vergence_dpt, vergence_dpt - far_dpt) + 1.5
        halo_px = self.truth.breathing.halo_px(self.size_px, limits_dpt=(far_dpt, near_dpt))
        return math.ceil(farthest_dpt * self.truth.optics.blur_px_per_dpt / 2.0) + halo_px + 10


def _widened(truth: HiddenTruth) -> tuple[float, float]:
    """Limits of the focus with room for drift and overshoot."""
    far_dpt, near_dpt = truth.limits_dpt
    return far_dpt - 0.5, near_dpt + 0.5


def _vignette(shape: tuple[int, int], lost: float) -> FloatImage:
    height_px, width_px = shape
    y, x = np.mgrid[:height_px, :width_px]
    r2 = ((x - (width_px - 1) / 2) ** 2 + (y - (height_px - 1) / 2) ** 2) * 4.0 / (width_px**2 + height_px**2)
    return float_image(1.0 - lost * r2)
