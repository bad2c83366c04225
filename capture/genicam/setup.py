"""Setting a camera up before it starts: features are locked while it runs."""

import logging

from capture.genicam.config import FeatureNames, GenicamConfig, Timing
from capture.genicam.nodes import Nodes
from capture.genicam.pixels import PIXEL_LAYOUTS, choose_pixel_format
from focstream.types import DeviceNotFoundError, InputError

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


def apply_settings(camera: Nodes, config: GenicamConfig, *, name: str) -> None:
    """Set region, exposure, gain and frame rate as asked for.

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
    _set(camera, ("Width",), config.width_px, name=name, option="width-px")
    _set(camera, ("Height",), config.height_px, name=name, option="height-px")
    _set(camera, ("OffsetX",), config.offset_x_px, name=name, option="offset-x-px")
    _set(camera, ("OffsetY",), config.offset_y_px, name=name, option="offset-y-px")
    _set(camera, names.exposure_us, config.exposure_us, name=name, option="exposure-us")
    _set(camera, names.gain, config.gain, name=name, option="gain")
    if config.frame_rate_hz is not None:
        enable = camera.first(names.frame_rate_enable)
        if enable is not None:
            camera.set(enable, True)
        _set(camera, names.frame_rate_hz, config.frame_rate_hz, name=name, option="frame-rate-hz")


def set_timing(camera: Nodes, config: GenicamConfig, timing: Timing, *, name: str) -> None:
    """Let the camera run by itself, or wait for a trigger at the start of each frame.

    Raises
    ------
    InputError
        When the camera cannot be timed so.
    """
    camera.set("AcquisitionMode", "Continuous")
    camera.set("SequencerMode", "Off")
    for trigger in camera.entries("TriggerSelector"):
        if camera.set("TriggerSelector", trigger):
            camera.set("TriggerMode", "Off")
    camera.set("TriggerMode", "Off")
    if timing in ("free", "sequencer"):
        return
    source = "Software" if timing == "software" else config.trigger_source
    camera.set("TriggerSelector", "FrameStart")
    # The mode first and alone: some cameras accept a source only then, and setting the one may change the
    # other (https://github.com/AravisProject/aravis/issues/1045).
    if not (camera.set("TriggerMode", "On") and camera.set("TriggerSource", source)):
        offered = ", ".join(camera.entries("TriggerSource")) or "no trigger at all"
        raise InputError(
            f"{name} cannot be triggered by {source} (it offers {offered}); use --genicam.timing free"
        )


def can_trigger(camera: Nodes, names: FeatureNames) -> bool:
    """Return True when the camera has a software trigger."""
    return camera.first(names.trigger_software) is not None and "On" in camera.entries("TriggerMode")


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


def _set(camera: Nodes, names: tuple[str, ...], value: float | None, *, name: str, option: str) -> None:
    if value is None:
        return
    found = camera.first(names)
    if found is None:
        raise InputError(f"{name} has none of {', '.join(names)}: leave --genicam.{option} out")
    if camera.set(found, int(value) if camera.is_integer(found) else float(value)):
        return
    limits = camera.limits(found)
    range_text = "refuses it" if limits is None else f"takes {limits[0]:g} … {limits[1]:g}"
    raise InputError(f"--genicam.{option} {value:g}: {found} of {name} {range_text}; choose another value")
