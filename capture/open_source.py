"""From what the user typed to a source of focal slices."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from capture.camera import Camera
from capture.discovery import first_camera
from capture.genicam import GenicamCamera
from capture.live_sweep import LiveSweep
from capture.simulator.config import SimulatorConfig
from capture.simulator.rig import open_simulator
from capture.stack_folder import StackFolder
from capture.sweep_plan import SweepConfig
from capture.uvc import UvcCamera
from focstream import DeviceNotFoundError, InputError
from focstream.protocols import SliceSource

AnyCamera = tuple[()]
"""What a bare ``--camera`` means: the first real camera."""


class CaptureConfig(BaseModel):
    """Where the slices come from."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    camera: AnyCamera | str | None = None
    """sim, genicam[:SERIAL] or uvc:N; without a value the first real camera (never the simulated one)."""
    lens: str | None = None
    """The lens that sweeps: sim. Default: the simulated camera's own."""
    replay: Path | None = None
    """Folder with the images of a focal stack, to use instead of a camera."""
    rate: float = Field(default=0.0, ge=0, le=1000)
    """Speed of a replay: 0 as fast as possible, 1.0 as recorded (folders: 30 slices/s)."""
    reverse: bool = False
    """The first image of the folder is the nearest (only for folders without a focus list)."""
    sweeps: int | None = Field(default=None, ge=1)
    """End after so many sweeps. Default: no limit for a camera, once for a replay."""
    cti: tuple[Path, ...] = ()
    """GenTL producers (.cti) to use besides those of GENICAM_GENTL64_PATH."""
    sweep: SweepConfig = SweepConfig()
    sim: SimulatorConfig = SimulatorConfig()


def open_source(config: CaptureConfig) -> SliceSource:
    """Make the source that the user asked for, not yet entered.

    Raises
    ------
    InputError
        When the options contradict each other.
    DeviceNotFoundError
        When there is no such camera.
    """
    if config.replay is not None:
        if config.camera is not None:
            raise InputError("--camera and --replay exclude each other: give one of them")
        return StackFolder(config.replay, reverse=config.reverse, rate=config.rate, sweeps=config.sweeps or 1)
    if config.camera is None:
        raise InputError("nothing to do: give --camera, --camera sim or --replay FOLDER (see --help)")
    if config.reverse or config.rate:
        raise InputError("--rate and --reverse are for --replay: a camera has its own pace and order")
    return _live(config, _selector(config))


def _selector(config: CaptureConfig) -> str:
    if isinstance(config.camera, str):
        return config.camera
    found = first_camera(cti_files=config.cti)
    if found is None:
        raise DeviceNotFoundError(
            "no camera found (looked for GenICam producers in GENICAM_GENTL64_PATH and for UVC cameras): "
            "connect one and see --list-cameras, or try the simulated one with --camera sim"
        )
    return found


def _live(config: CaptureConfig, selector: str) -> LiveSweep:
    if config.lens not in (None, "sim"):
        raise InputError(f"--lens {config.lens}: no such lens; this version drives the simulated one, sim")
    camera, lens, truth_vergence_dpt = open_simulator(config.sim)
    if selector == "sim":
        sweep = _over_the_scene(config.sweep, config.sim)
        return LiveSweep(camera, lens, sweep=sweep, level="calibrated", truth_vergence_dpt=truth_vergence_dpt)
    real_camera = _real_camera(selector, cti_files=config.cti)
    if config.lens is None:
        raise InputError(
            f"--camera {selector}: a lens must sweep the focus; this version drives only the simulated "
            "one (--lens sim), which leaves the picture as it is"
        )
    # The simulated lens moves nothing in a real picture: whatever comes out must not be called metres.
    return LiveSweep(real_camera, lens, sweep=config.sweep, level="uncalibrated")


def _over_the_scene(sweep: SweepConfig, sim: SimulatorConfig) -> SweepConfig:
    # The simulator knows how deep its scene is; a sweep of all that its lens can do would be partly wasted.
    return sweep.model_copy(
        update={
            "far_dpt": sim.far_dpt if sweep.far_dpt is None else sweep.far_dpt,
            "near_dpt": sim.near_dpt if sweep.near_dpt is None else sweep.near_dpt,
        }
    )


def _real_camera(selector: str, *, cti_files: tuple[Path, ...]) -> Camera:
    kind, _, which = selector.partition(":")
    if kind == "genicam":
        return GenicamCamera(which or None, cti_files=cti_files)
    if kind == "uvc" and which.isdecimal():
        return UvcCamera(int(which))
    raise InputError(f"--camera {selector}: no such kind of camera; give sim, genicam[:SERIAL] or uvc:N")
