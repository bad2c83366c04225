"""Which of a camera's triggers starts an image."""

import logging

from capture.genicam.config import FeatureNames, GenicamConfig, Timing
from capture.genicam.nodes import Nodes
from focstream.types import InputError

_log = logging.getLogger(__name__)

_USUAL = "FrameStart"
_BURST = "FrameBurstStart"
_START_AN_IMAGE = (_USUAL, "ExposureStart", _BURST)
"""In this order. The others of the standard begin or end an acquisition, an exposure or a line."""


def set_timing(camera: Nodes, config: GenicamConfig, timing: Timing, *, name: str) -> None:
    """Let the camera run by itself, or wait for a trigger at the start of each image.

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
    _select_trigger(camera, name=name)
    source = "Software" if timing == "software" else config.trigger_source
    # The mode first and alone: some cameras accept a source only then, and setting the one may change the
    # other (https://github.com/AravisProject/aravis/issues/1045).
    if not (camera.set("TriggerMode", "On") and camera.set("TriggerSource", source)):
        offered = ", ".join(camera.entries("TriggerSource")) or "no trigger at all"
        raise InputError(
            f"{name} cannot be triggered by {source} (it offers {offered}); use --genicam.timing free"
        )


def can_trigger(camera: Nodes, names: FeatureNames) -> bool:
    """Return True when the camera has a software trigger that starts an image."""
    offered = camera.entries("TriggerSelector")
    starts = not offered or any(trigger in offered for trigger in _START_AN_IMAGE)
    return (
        starts and camera.first(names.trigger_software) is not None and "On" in camera.entries("TriggerMode")
    )


def _select_trigger(camera: Nodes, *, name: str) -> None:
    offered = camera.entries("TriggerSelector")
    if not offered:
        return  # a camera with a single trigger
    trigger = next(
        (one for one in _START_AN_IMAGE if one in offered and camera.set("TriggerSelector", one)), None
    )
    if trigger is None:
        raise InputError(
            f"{name} has no trigger that starts an image: its TriggerSelector offers {', '.join(offered)}; "
            "use --genicam.timing free"
        )
    if trigger == _BURST:
        camera.set("AcquisitionBurstFrameCount", 1)
    if trigger != _USUAL:
        _log.info("%s: %s triggers its images, as it has no %s", name, trigger, _USUAL)
