"""What a phone's camera reports of one image: Android's Camera2 or picamera2, as JSON."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from focstream.types import CalibrationLevel, InputError

_CALIBRATION = ("android.lens.info.focusDistanceCalibration", "LENS_INFO_FOCUS_DISTANCE_CALIBRATION")
_LEVELS: tuple[CalibrationLevel, ...] = ("uncalibrated", "approximate", "calibrated")
"""By the numbers of CameraMetadata.LENS_INFO_FOCUS_DISTANCE_CALIBRATION_…, which has them in capitals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The metadata of one image, and of the camera that took it.

    Attributes
    ----------
    image, camera
        By name; the image's own values overrule those of the camera.
    where
        File that they are from, for messages.
    """

    image: Mapping[str, Any]
    camera: Mapping[str, Any] = field(default_factory=dict)
    where: Path

    def get(self, keys: Sequence[str]) -> tuple[str, Any]:
        """Return the name and the value of the first of these keys that is there; None where none is."""
        for values in (self.image, self.camera):
            for key in keys:
                if values.get(key) is not None:
                    return key, values[key]
        return keys[0], None

    def number(self, keys: Sequence[str]) -> float | None:
        """Return the number of one of these names; None where there is none.

        Raises
        ------
        InputError
            When it is no finite number.
        """
        key, value = self.get(keys)
        if value is None:
            return None
        if not is_number(value):
            raise InputError(f"{self.where}: {key} is {str(value)[:40]!r} and not a number")
        return value if isinstance(value, int) else float(value)

    def level(self) -> CalibrationLevel | None:
        """How far the phone trusts its focus; None where it does not say.

        Raises
        ------
        InputError
            When it is no level of Android.
        """
        key, value = self.get(_CALIBRATION)
        if value is None:
            return None
        if isinstance(value, str) and value.casefold() in _LEVELS:
            return _LEVELS[_LEVELS.index(value.casefold())]
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(_LEVELS):
            return _LEVELS[value]
        raise InputError(
            f"{self.where}: {key} is {str(value)[:40]!r}, and neither 0 (UNCALIBRATED), 1 (APPROXIMATE) "
            "nor 2 (CALIBRATED)"
        )


def is_number(value: object) -> bool:
    """Whether this is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
