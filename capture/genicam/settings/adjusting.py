"""Exposure and gain of a camera that is open: what they are, and setting them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from capture.camera import Adjustment, CameraInfo, CameraSetting
from capture.genicam.config import FeatureNames, Timing
from capture.genicam.nodes import Nodes
from capture.genicam.settings.automatics import Automatics
from capture.genicam.setup import exposure_s
from focstream.types import InputError

_US = 1e-6


class Adjusting:
    """Reads and sets what can be changed of an open camera.

    Parameters
    ----------
    camera, names, timing, name
        Its features, candidates for their names, what starts an exposure, and its own name for messages.
    automatics
        Are switched off where a value is given, and put back when the camera is closed.
    rate_hz
        Frames a second when it was opened.
    """

    def __init__(
        self,
        camera: Nodes,
        names: FeatureNames,
        timing: Timing,
        *,
        name: str,
        automatics: Automatics,
        rate_hz: float,
    ) -> None:
        self._camera, self._names, self._timing, self._name = camera, names, timing, name
        self._automatics = automatics
        self._opened_hz = rate_hz
        self._features: dict[Adjustment, Sequence[str]] = {"exposure": names.exposure_us, "gain": names.gain}
        self._automatic: dict[Adjustment, Sequence[str]] = {
            "exposure": names.exposure_auto,
            "gain": names.gain_auto,
        }

    @property
    def settings(self) -> tuple[CameraSetting, ...]:
        """What the camera has, with its limits at present."""
        return tuple(found for name in self._features if (found := self._setting(name)) is not None)

    def set(self, name: Adjustment, value: float, *, at_rest: Callable[[Callable[[], bool]], bool]) -> None:
        """Set one of `settings`, in its unit.

        Parameters
        ----------
        name, value
            Which one, and what it is to be.
        at_rest
            Does something while the camera exposes nothing: some lock their features else, and no exposure
            that has begun comes after it.

        Raises
        ------
        InputError
            When the camera refuses; it is then as before.
        """
        setting = self._setting(name)
        feature = self._camera.first(self._features[name])
        if setting is None or feature is None:
            raise InputError(f"{name}: {self._name} has none that can be changed")
        held = self._automatics.switch_off(self._camera, self._automatic[name])
        if held is not None:
            raise InputError(f"{name}: {self._name} sets it by itself ({held})")
        number = value / (_US if name == "exposure" else 1.0)
        written = self._fitting(feature, number, step=setting.step / (_US if name == "exposure" else 1.0))
        if at_rest(lambda: self._camera.set(feature, written)):
            return
        raise InputError(
            f"{name}: {self._name} refuses {number:.10g} {self._camera.unit(feature)} for {feature}"
        )

    def described(self, info: CameraInfo) -> CameraInfo:
        """Return what the camera reports about itself now that it is set otherwise."""
        if self._timing == "sequencer":  # whose ring may have slowed it down
            feature = self._camera.first(self._names.frame_rate_hz)
            if feature is not None:
                self._camera.set(feature, self._opened_hz)
        rate_hz = self.rate_hz(exposure_s(self._camera, self._names))
        return replace(info, frame_rate_hz=rate_hz, stamp_late_s=info.stamp_late_s and 1.0 / rate_hz)

    def rate_hz(self, length_s: float) -> float:
        """Frames a second with exposures of this length."""
        if self._timing == "sequencer":
            return self._opened_hz
        rate_hz = float(self._camera.value(*self._names.resulting_rate_hz) or self._opened_hz)
        if self._timing == "free" or length_s == 0.0:
            return rate_hz
        return min(rate_hz, 1.0 / length_s)  # so long a trigger is waited for

    def _longest_s(self) -> float:
        """Longest exposure that leaves the rate as it is known; infinite where the camera says it anew."""
        reports = self._camera.value(*self._names.resulting_rate_hz) is not None
        return math.inf if reports or self._timing != "free" else 1.0 / self._opened_hz

    def _setting(self, name: Adjustment) -> CameraSetting | None:
        feature = self._camera.first(self._features[name])
        if feature is None:
            return None
        value, limits = self._camera.value(feature), self._camera.limits(feature)
        if value is None or limits is None or not all(map(math.isfinite, limits)):
            return None
        step = self._camera.step(feature)
        if name == "gain":
            return CameraSetting(
                name=name,
                value=float(value),
                lowest=limits[0],
                highest=limits[1],
                step=step,
                unit=self._camera.unit(feature),
            )
        longest_s = min(self._longest_s(), limits[1] * _US)
        note = "" if longest_s == limits[1] * _US else "the time from frame to frame"
        return CameraSetting(
            name=name,
            value=float(value) * _US,
            lowest=limits[0] * _US,
            highest=max(longest_s, float(value) * _US),
            step=step * _US,
            unit="s",
            note=note,
        )

    def _fitting(self, feature: str, number: float, *, step: float) -> float:
        """Return the nearest value that the camera takes."""
        limits = self._camera.limits(feature)
        if step and limits is not None:
            number = limits[0] + round((number - limits[0]) / step) * step
        return round(number) if self._camera.is_integer(feature) else number
