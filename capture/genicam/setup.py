"""Setting a camera up before it starts: features are locked while it runs."""

import logging
from dataclasses import dataclass, field

from capture.genicam.config import FeatureNames, GenicamConfig, Timing
from capture.genicam.nodes import Nodes
from focstream.types import InputError

_log = logging.getLogger(__name__)

# Region first to zero offset, then the size, then the offset: in any other order it may not fit the sensor.
_CHUNKS = ("Timestamp", "FrameID", "ExposureTime", "SequencerSetActive", "EncoderValue", "CounterValue")


@dataclass(slots=True)
class MissingFeatures:
    """What a camera lacks, told once."""

    _told: set[str] = field(default_factory=set)

    def tell(self, camera: str, missing: list[str]) -> None:
        """Log what has not been told yet."""
        new = [name for name in missing if name not in self._told]
        self._told.update(new)
        if new:
            _log.info("%s has no %s", camera, "; no ".join(new))


def exposure_s(camera: Nodes, names: FeatureNames) -> float:
    """Exposure time in seconds; 0 where the camera does not tell."""
    exposure_us = camera.value(*names.exposure_us)
    return 0.0 if exposure_us is None else float(exposure_us) * 1e-6


def readout_s(camera: Nodes, config: GenicamConfig, *, name: str) -> float:
    """Seconds from the first row to the last under a rolling shutter; 0 for a global one."""
    if config.readout_us is not None:
        return config.readout_us * 1e-6
    if camera.value(*config.names.shutter_mode) != "Rolling":
        return 0.0
    told_us = camera.value(*config.names.readout_us)
    if told_us is None:
        _log.warning(
            "%s has a rolling shutter and does not tell how long it takes: triangle and sawtooth sweeps are "
            "not corrected for it; see its data sheet and give --genicam.readout-us",
            name,
        )
        return 0.0
    return float(told_us) * 1e-6


def frame_rate_hz(camera: Nodes, names: FeatureNames) -> float | None:
    """Frames a second while free-running; None where the camera does not tell."""
    rate_hz = camera.value(*names.resulting_rate_hz)
    # The rate that was asked for means nothing while it is switched off.
    if rate_hz is None and camera.value(*names.frame_rate_enable) is not False:
        rate_hz = camera.value(*names.frame_rate_hz)
    return float(rate_hz) if rate_hz else None


def apply_settings(camera: Nodes, config: GenicamConfig, *, name: str) -> None:
    """Set region, exposure, gain and frame rate as asked for.

    Raises
    ------
    InputError
        When the camera lacks or refuses one that was asked for.
    """
    names = config.names
    if config.width_px is not None or config.height_px is not None:
        camera.set("OffsetX", 0)
        camera.set("OffsetY", 0)
    _ask(camera, ("Width",), config.width_px, name=name, option="width-px")
    _ask(camera, ("Height",), config.height_px, name=name, option="height-px")
    _ask(camera, ("OffsetX",), config.offset_x_px, name=name, option="offset-x-px")
    _ask(camera, ("OffsetY",), config.offset_y_px, name=name, option="offset-y-px")
    _ask(camera, names.exposure_us, config.exposure_us, name=name, option="exposure-us")
    _ask(camera, names.gain, config.gain, name=name, option="gain")
    if config.frame_rate_hz is not None:
        enable = camera.first(names.frame_rate_enable)
        if enable is not None:
            camera.set(enable, True)
        _ask(camera, names.frame_rate_hz, config.frame_rate_hz, name=name, option="frame-rate-hz")


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
    # The mode first and alone: some cameras accept a source only then.
    if not (camera.set("TriggerMode", "On") and camera.set("TriggerSource", source)):
        offered = ", ".join(camera.entries("TriggerSource")) or "no trigger at all"
        raise InputError(
            f"{name} cannot be triggered by {source} (it offers {offered}); use --genicam.timing free"
        )


def can_trigger(camera: Nodes, names: FeatureNames) -> bool:
    """Tell whether the camera has a software trigger."""
    return camera.first(names.trigger_software) is not None and "On" in camera.entries("TriggerMode")


def enable_chunks(camera: Nodes, names: FeatureNames) -> tuple[str, ...]:
    """Switch on what the camera can send with every image; return the chunk features that will come."""
    offered = camera.entries("ChunkSelector")
    own = (*names.focus_chunk, *names.encoder_chunk)
    wanted = dict.fromkeys((*_CHUNKS, *(one.removeprefix("Chunk") for one in own)))
    camera.set("ChunkModeActive", True)
    enabled = [
        chunk
        for chunk in wanted
        if chunk in offered and camera.set("ChunkSelector", chunk) and camera.set("ChunkEnable", True)
    ]
    if not enabled:
        camera.set("ChunkModeActive", False)
    return tuple(f"Chunk{chunk}" for chunk in enabled)


def _ask(camera: Nodes, names: tuple[str, ...], value: float | None, *, name: str, option: str) -> None:
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
