"""What a webcam sets by itself is switched off for a run, and on again at its end."""

import logging

from capture.uvc.controls import (
    EXPOSURE_AUTO,
    EXPOSURE_BY_HAND,
    FOCUS_AUTO,
    GAIN_AUTO,
    WHITE_BALANCE_AUTO,
    Ioctl,
    V4l2Controls,
)

_log = logging.getLogger(__name__)

_OFF = {EXPOSURE_AUTO: EXPOSURE_BY_HAND, WHITE_BALANCE_AUTO: 0, GAIN_AUTO: 0, FOCUS_AUTO: 0}
"""The value of each control that stands for "by hand"; exposure is a menu."""
_SPOKEN = {
    EXPOSURE_AUTO: "automatic exposure",
    WHITE_BALANCE_AUTO: "automatic white balance",
    GAIN_AUTO: "automatic gain",
    FOCUS_AUTO: "autofocus",
}


class UvcAutomatics:
    """Remembers what was on, also while the webcam is away.

    Parameters
    ----------
    name
        Name of the webcam, for messages.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._before: dict[int, int] = {}

    def switch_off(self, ioctl: Ioctl) -> None:
        """Switch off what is on, and log it."""
        switched = [_SPOKEN[control] for control in _OFF if self._switched_off(ioctl, control)]
        if switched:
            _log.info("%s: %s switched off for this run", self._name, ", ".join(switched))

    def put_back(self, ioctl: Ioctl) -> None:
        """Switch on again what was switched off."""
        controls = V4l2Controls(ioctl)
        for control, value in list(self._before.items()):
            try:
                controls.set(control, value)
            except OSError as error:
                self._not_put_back(control, str(error.strerror))
            else:
                del self._before[control]

    def gone(self) -> None:
        """Say what cannot be put back because the webcam is not there."""
        for control in self._before:
            self._not_put_back(control, "it is gone")

    def _switched_off(self, ioctl: Ioctl, control: int) -> bool:
        controls = V4l2Controls(ioctl)
        try:
            if controls.query(control) is None:
                return False
            value = controls.get(control)
            if value == _OFF[control]:
                return False
            controls.set(control, _OFF[control])
        except OSError as error:
            _log.warning(
                "%s: %s could not be switched off (%s): if the picture changes with the focus, depth suffers",
                self._name,
                _SPOKEN[control],
                error.strerror,
            )
            return False
        self._before[control] = value
        return True

    def _not_put_back(self, control: int, why: str) -> None:
        _log.warning("%s: %s could not be switched on again (%s)", self._name, _SPOKEN[control], why)
