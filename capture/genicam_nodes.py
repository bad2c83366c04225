"""Reading and writing camera features that a camera may not have."""

import logging

from capture.genicam_sdk import GenicamSdk, SdkObject

_log = logging.getLogger(__name__)

_RATE_ENABLES = ("AcquisitionFrameRateEnable", "AcquisitionFrameRateEnabled")


class Nodes:
    """The node map of a camera or of a stream, where a missing node is nothing special."""

    def __init__(self, sdk: GenicamSdk, node_map: SdkObject) -> None:
        # A feature that the camera lacks altogether is an AttributeError.
        self._errors: tuple[type[Exception], ...] = (*sdk.errors, AttributeError)
        self._node_map = node_map

    def value(self, *names: str) -> SdkObject | None:
        """Value of the first of these features that can be read; None without."""
        for name in names:
            try:
                return getattr(self._node_map, name).value
            except self._errors:
                continue
        return None

    def entries(self, name: str) -> tuple[str, ...]:
        """Entries of an enumeration; none when it is missing."""
        try:
            return tuple(getattr(self._node_map, name).symbolics)
        except self._errors:
            return ()

    def set(self, name: str, value: str) -> bool:
        """Write a feature; False when it is missing or refuses."""
        try:
            getattr(self._node_map, name).value = value
        except self._errors as error:
            _log.debug("feature %s was not set to %s: %s", name, value, error)
            return False
        return True


def exposure_s(camera: Nodes) -> float:
    """Exposure time in seconds; 0 where the camera does not tell."""
    exposure_us = camera.value("ExposureTime", "ExposureTimeAbs")
    return 0.0 if exposure_us is None else float(exposure_us) * 1e-6


def frame_rate_hz(camera: Nodes) -> float | None:
    """Frames a second while free-running; None where the camera does not tell."""
    rate_hz = camera.value("AcquisitionResultingFrameRate", "ResultingFrameRate", "ResultingFrameRateAbs")
    # The rate that was asked for means nothing while it is switched off.
    if rate_hz is None and camera.value(*_RATE_ENABLES) is not False:
        rate_hz = camera.value("AcquisitionFrameRate", "AcquisitionFrameRateAbs")
    return float(rate_hz) if rate_hz else None


def run_freely(camera: Nodes) -> None:
    """Let the camera expose on its own, frame after frame."""
    camera.set("AcquisitionMode", "Continuous")
    for trigger in camera.entries("TriggerSelector"):
        if camera.set("TriggerSelector", trigger):
            camera.set("TriggerMode", "Off")
    camera.set("TriggerMode", "Off")
