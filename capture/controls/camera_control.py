"""Exposure and gain of a live camera."""

from capture.camera import Adjustment, CameraSetting
from capture.controls.read_number import number_text, read_number
from capture.controls.rig import Rig
from focstream.control.control import ControlState
from focstream.types import InputError

_SHOWN = {"s": ("ms", 1e3)}
"""Unit that users read, and how many of it are one of the camera's."""
_ROUNDING = 1e-6  # of a limit: it was written with six digits


class CameraControl:
    """A control of one setting of the camera; the next sweep has it as a whole.

    Parameters
    ----------
    rig
        Camera and lens, which have been open.
    setting
        As the camera has it now.
    """

    def __init__(self, rig: Rig, setting: CameraSetting) -> None:
        self._rig = rig
        self._name: Adjustment = setting.name
        self._known = setting

    @property
    def state(self) -> ControlState:
        """What is set, and the limits that the camera reports."""
        setting = self._setting()
        unit, per_unit = _SHOWN.get(setting.unit, (setting.unit, 1.0))
        return ControlState(
            value=number_text(setting.value * per_unit),
            unit=unit,
            lowest=setting.lowest * per_unit,
            highest=setting.highest * per_unit,
            step=setting.step * per_unit,
            note=setting.note if self._rig.is_open else "the camera is not there now",
        )

    def change(self, value: str) -> None:
        """Set it after the sweep in hand, and return when that is done.

        Raises
        ------
        InputError
            When the camera does not take it, or is not there; nothing has changed then.
        """
        setting = self._setting()
        unit, per_unit = _SHOWN.get(setting.unit, (setting.unit, 1.0))
        number = read_number(self._name, value, unit=unit) / per_unit
        slack = _ROUNDING * max(abs(setting.lowest), abs(setting.highest))
        if not setting.lowest - slack <= number <= setting.highest + slack:
            limits = f"{number_text(setting.lowest * per_unit)} … {number_text(setting.highest * per_unit)}"
            raise InputError(
                f"{self._name}: this camera takes {limits} {unit}".rstrip()
                + f"; got {number_text(number * per_unit)}"
                + (f" ({setting.note})" if setting.note else "")
            )
        number = min(max(number, setting.lowest), setting.highest)
        self._rig.ask(self._name, lambda sweep: sweep.adjust(self._name, number))

    def _setting(self) -> CameraSetting:
        """Return what is known of it: a camera that is lost says nothing."""
        state = self._rig.state
        found = () if state is None else (one for one in state.settings if one.name == self._name)
        self._known = next(iter(found), self._known)
        return self._known
