"""Exposure and gain of an open webcam, by the controls of its Linux device."""

from capture.camera import Adjustment, CameraSetting
from capture.uvc.controls import (
    EXPOSURE_ABSOLUTE,
    EXPOSURE_AUTO,
    EXPOSURE_BY_HAND,
    GAIN,
    GAIN_AUTO,
    Ioctl,
    V4l2Controls,
)
from focstream.types import DeviceLostError, InputError

EXPOSURE_UNIT_S = 1e-4
"""Of V4L2_CID_EXPOSURE_ABSOLUTE."""
_CONTROLS: dict[Adjustment, int] = {"exposure": EXPOSURE_ABSOLUTE, "gain": GAIN}


def read_settings(ioctl: Ioctl, *, frame_s: float) -> tuple[CameraSetting, ...]:
    """Return what can be set by hand now; an exposure that is longer than a frame would slow the webcam.

    Raises
    ------
    OSError
        As the kernel does.
    """
    controls = V4l2Controls(ioctl)
    found = []
    for name, control in _CONTROLS.items():
        taken = None if _is_automatic(controls, name) else controls.query(control)
        if taken is None:
            continue
        value = controls.get(control)
        unit_s = EXPOSURE_UNIT_S if name == "exposure" else 1.0
        highest = taken.maximum * unit_s
        note = ""
        if name == "exposure" and frame_s < highest:
            steps = max(int(frame_s / unit_s + 1e-6), taken.minimum, value)
            highest, note = steps * unit_s, "the time from frame to frame; --uvc.fps makes it longer"
        found.append(
            CameraSetting(
                name=name,
                value=value * unit_s,
                lowest=max(taken.minimum, 1 if name == "exposure" else taken.minimum) * unit_s,
                highest=highest,
                step=taken.step * unit_s,
                unit="s" if name == "exposure" else "",  # of a gain UVC says none
                note=note,
            )
        )
    return tuple(found)


def set_by_hand(ioctl: Ioctl, adjustment: Adjustment, value: float, *, name: str) -> None:
    """Set one of them.

    Raises
    ------
    InputError
        When the webcam refuses.
    DeviceLostError
        When it is gone.
    """
    unit_s = EXPOSURE_UNIT_S if adjustment == "exposure" else 1.0
    controls, control = V4l2Controls(ioctl), _CONTROLS[adjustment]
    try:
        taken = controls.query(control)
        if taken is None:
            raise InputError(f"{adjustment}: {name} has none that can be changed")
        steps = round((value / unit_s - taken.minimum) / taken.step)
        controls.set(control, min(taken.minimum + steps * taken.step, taken.maximum))
    except FileNotFoundError as error:
        raise DeviceLostError(f"{name} is gone; check its cable") from error
    except OSError as error:
        raise InputError(f"{adjustment}: {name} refuses {value:g} ({error.strerror})") from error


def _is_automatic(controls: V4l2Controls, name: Adjustment) -> bool:
    """Whether the webcam sets it by itself, so that nobody else can."""
    automatic, by_hand = (EXPOSURE_AUTO, EXPOSURE_BY_HAND) if name == "exposure" else (GAIN_AUTO, 0)
    return controls.query(automatic) is not None and controls.get(automatic) != by_hand
