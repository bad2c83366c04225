"""Setting a camera up before it starts: features are locked while it runs."""

import logging

from capture.genicam.config import FeatureNames, GenicamConfig, Timing
from capture.genicam.nodes import Nodes
from capture.genicam.pixels import PIXEL_LAYOUTS, choose_pixel_format
from capture.genicam.settings.automatics import Automatics
from capture.genicam.settings.numbers import set_number
from capture.genicam.settings.triggers import can_trigger
from focstream.types import DeviceNotFoundError

_log = logging.getLogger(__name__)

_CHUNKS = ("Timestamp", "ExposureTime", "SequencerSetActive")


def choose_timing(camera: Nodes, config: GenicamConfig, *, prefer_trigger: bool) -> Timing:
    """Return what starts an exposure: as configured, else a software trigger where preferred and there."""
    if config.timing is not None:
        return config.timing
    return "software" if prefer_trigger and can_trigger(camera, config.names) else "free"


def set_pixel_format(camera: Nodes, config: GenicamConfig, *, name: str) -> str:
    """Set the pixel format that is asked for, else one that can be unpacked; return its name.

    Raises
    ------
    DeviceNotFoundError
        When the camera has no such format, or none that can be unpacked.
    """
    current = str(camera.value("PixelFormat"))
    offered = camera.entries("PixelFormat")
    wanted = config.pixel_format or choose_pixel_format(offered, current=current)
    if wanted not in PIXEL_LAYOUTS or (wanted != current and not camera.set("PixelFormat", wanted)):
        usable = ", ".join(one for one in offered if one in PIXEL_LAYOUTS) or "none that can be used"
        raise DeviceNotFoundError(
            f"{name} cannot deliver {wanted or current} images; choose one it offers ({usable})"
        )
    return wanted


def log_missing(
    camera: Nodes, config: GenicamConfig, chunks: tuple[str, ...], *, name: str, logged: set[str]
) -> None:
    """Log the features that a camera lacks, except those in `logged`, and add them to it.

    Parameters
    ----------
    camera, config, name
        Camera, its configuration, and its name for the message.
    chunks
        Chunk features that are switched on.
    logged
        Features that need not be logged again, for example after a reconnect.
    """
    names = config.names
    roles = {
        "exposure time": names.exposure_us,
        "frame rate": (*names.resulting_rate_hz, *names.frame_rate_hz),
        "software trigger": names.trigger_software,
        "focus": (*names.focus_power_dpt, *names.focus_distance_mm, *names.focus_steps),
    }
    missing = [
        f"{role} ({', '.join(candidates)})"
        for role, candidates in roles.items()
        if camera.first(candidates) is None
    ]
    if config.chunks and not chunks:
        missing.append("chunk data (ChunkModeActive)")
    new = [one for one in missing if one not in logged]
    logged.update(new)
    if new:
        _log.info("%s has no %s", name, "; no ".join(new))


def exposure_s(camera: Nodes, names: FeatureNames) -> float:
    """Exposure time in seconds; 0 where the camera does not report it."""
    exposure_us = camera.value(*names.exposure_us)
    return 0.0 if exposure_us is None else float(exposure_us) * 1e-6


def readout_s(camera: Nodes, config: GenicamConfig, *, name: str) -> float:
    """Seconds from the first row to the last under a rolling shutter; 0 for a global one."""
    if config.readout_us is not None:
        return config.readout_us * 1e-6
    if camera.value(*config.names.shutter_mode) != "Rolling":
        return 0.0
    reported_us = camera.value(*config.names.readout_us)
    if reported_us is None:
        _log.warning(
            "%s has a rolling shutter and does not report how long it takes: triangle and sawtooth sweeps "
            "are not corrected for it; see its data sheet and give --genicam.readout-us",
            name,
        )
        return 0.0
    return float(reported_us) * 1e-6


def apply_settings(camera: Nodes, config: GenicamConfig, automatics: Automatics, *, name: str) -> None:
    """Set region, exposure, gain and frame rate as asked for; their automatics are switched off meanwhile.

    Raises
    ------
    InputError
        When the camera lacks or refuses one that was asked for.
    """
    names = config.names
    # Zero offset first, then the size, then the offset: in any other order the region may not fit.
    if config.width_px is not None or config.height_px is not None:
        camera.set("OffsetX", 0)
        camera.set("OffsetY", 0)
    set_number(camera, ("Width",), config.width_px, name=name, option="width-px")
    set_number(camera, ("Height",), config.height_px, name=name, option="height-px")
    set_number(camera, ("OffsetX",), config.offset_x_px, name=name, option="offset-x-px")
    set_number(camera, ("OffsetY",), config.offset_y_px, name=name, option="offset-y-px")
    if config.frame_rate_hz is not None:
        enable = camera.first(names.frame_rate_enable)
        if enable is not None:
            camera.set(enable, True)
    for option, feature, automatic, value in (
        ("exposure-us", names.exposure_us, names.exposure_auto, config.exposure_us),
        ("gain", names.gain, names.gain_auto, config.gain),
        ("frame-rate-hz", names.frame_rate_hz, names.frame_rate_auto, config.frame_rate_hz),
    ):
        held = None if value is None else automatics.switch_off(camera, automatic)
        set_number(camera, feature, value, name=name, option=option, held=held)
    automatics.warn(camera, config, name=name)


def enable_chunks(camera: Nodes, names: FeatureNames) -> tuple[str, ...]:
    """Switch on what the camera can send with every image; return the chunk features that will come."""
    offered = camera.entries("ChunkSelector")
    wanted = dict.fromkeys((*_CHUNKS, *(one.removeprefix("Chunk") for one in names.focus_chunk)))
    camera.set("ChunkModeActive", True)
    enabled = [
        chunk
        for chunk in wanted
        if chunk in offered and camera.set("ChunkSelector", chunk) and camera.set("ChunkEnable", True)
    ]
    if not enabled:
        camera.set("ChunkModeActive", False)
    return tuple(f"Chunk{chunk}" for chunk in enabled)
