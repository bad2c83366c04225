"""Simulated camera and lens together, as the user configured them."""

import math

from capture.simulator.camera.camera import SimulatedCamera
from capture.simulator.camera.sensor import SensorModel
from capture.simulator.camera.settings import CameraSettings
from capture.simulator.config import SimulatorConfig
from capture.simulator.lens.lens import SimulatedLens
from capture.simulator.lens.model import LensModel
from capture.simulator.lens.warm_up import WarmUp
from capture.simulator.optics.breathing import Breathing
from capture.simulator.optics.focus_volume import GRID_STEP_PX
from capture.simulator.optics.numbers import Optics
from capture.simulator.optics.surface import FloatImage, Scene
from capture.simulator.scenes.kinds import make_scene
from focstream.files.limits import GIB
from focstream.files.user_file import size_text
from focstream.types import InputError

_MOST_BYTES = 12 * GIB
_WIDEST_BLUR_PX = 2000


def open_simulator(config: SimulatorConfig) -> tuple[SimulatedCamera, SimulatedLens, FloatImage]:
    """Make a simulated camera, its lens and the scene's truth; neither device is entered yet.

    Returns
    -------
    camera, lens
        The camera renders its scene on entering (seconds for large images).
    truth_vergence_dpt
        (H, W) float32 true vergence, NaN where there is nothing.

    Raises
    ------
    InputError
        When the configuration contradicts itself.
    """
    lens = simulated_lens(config)
    camera = SimulatedCamera(
        lens, scene=scene_of(config), optics=optics_of(config), settings=camera_settings(config)
    )
    return camera, lens, camera.truth_vergence_dpt


def simulated_lens(config: SimulatorConfig) -> SimulatedLens:
    """Make the lens alone: no scene is rendered.

    Raises
    ------
    InputError
        When its limits contradict each other.
    """
    far_dpt, near_dpt = lens_range_dpt(config)
    return SimulatedLens(
        lens_model(config),
        far_dpt=far_dpt,
        near_dpt=near_dpt,
        warm_up=WarmUp(drift_dpt_per_k=config.lens_drift_dpt_per_k),
    )


def optics_of(config: SimulatorConfig) -> Optics:
    """Lens and sensor of a configuration."""
    return Optics(
        focal_length_m=config.focal_length_m, f_number=config.f_number, pixel_pitch_m=config.pixel_pitch_m
    )


def scene_of(config: SimulatorConfig) -> Scene:
    """Scene of a configuration.

    Raises
    ------
    InputError
        When it contradicts itself, or would take too much memory.
    """
    check_effort(config)
    return make_scene(
        config.scene,
        config.seed,
        width_px=config.width_px,
        height_px=config.height_px,
        far_dpt=config.far_dpt,
        near_dpt=config.near_dpt,
        overscan_dpt=config.overscan_dpt,
        optics=optics_of(config),
        colour=config.colour,
    )


def check_effort(config: SimulatorConfig) -> None:
    """Refuse a scene whose pictures over focus would not fit in memory, before it is drawn.

    Raises
    ------
    InputError
        Names the options that make it so.
    """
    far_dpt, near_dpt = lens_range_dpt(config)
    blur_px = (near_dpt - far_dpt) * optics_of(config).blur_px_per_dpt
    pictures = math.ceil(max(blur_px, 0.0) / GRID_STEP_PX) + 1
    needed = pictures * config.width_px * config.height_px * (3 if config.colour else 1) * 4
    if blur_px > _WIDEST_BLUR_PX or needed > _MOST_BYTES:
        raise InputError(
            f"the simulated scene would blur over {blur_px:.4g} px and take {size_text(needed)} "
            f"(at most {_WIDEST_BLUR_PX} px and {size_text(_MOST_BYTES)}): choose fewer pixels "
            "(--sim.width-px, --sim.height-px), a smaller range (--sim.far-dpt, --sim.near-dpt, "
            "--sim.overscan-dpt), a greater --sim.f-number or --sim.pixel-pitch-m, or a shorter "
            "--sim.focal-length-m"
        )


def lens_range_dpt(config: SimulatorConfig) -> tuple[float, float]:
    """Far and near limit of a configuration's lens."""
    return config.far_dpt - config.overscan_dpt, config.near_dpt + config.overscan_dpt


def lens_model(config: SimulatorConfig) -> LensModel:
    """Motion of a configuration's lens."""
    return LensModel(
        delay_s=config.lens_delay_s,
        natural_frequency_hz=config.lens_frequency_hz,
        damping=config.lens_damping,
        hysteresis_dpt=config.lens_hysteresis_dpt,
    )


def camera_settings(config: SimulatorConfig) -> CameraSettings:
    """Rate, sensor and faults of a configuration's camera."""
    return CameraSettings(
        frame_rate_hz=config.frame_rate_hz,
        timing=config.timing,
        exposure_s=config.exposure_s,
        rolling_s=config.rolling_shutter_s,
        sensor=SensorModel(
            gain=config.gain,
            full_well_e=config.full_well_e,
            read_noise_e=config.read_noise_e,
            bit_depth=config.bit_depth,
        ),
        noise=config.noise,
        seed=config.seed,
        breathing=_breathing(config),
        drop_every_n=config.drop_every_n,
    )


def _breathing(config: SimulatorConfig) -> Breathing:
    """Breathing that only ever magnifies, so that the scene need not be larger than the image."""
    far_dpt, near_dpt = lens_range_dpt(config)
    grows = config.breathing_per_dpt >= 0.0
    return Breathing(per_dpt=config.breathing_per_dpt, reference_dpt=far_dpt if grows else near_dpt)
