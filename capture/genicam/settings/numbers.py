"""Setting a number, and saying what a camera takes when it refuses one."""

import math

from capture.genicam.nodes import Nodes
from focstream.types import InputError


def set_number(
    camera: Nodes,
    names: tuple[str, ...],
    value: float | None,
    *,
    name: str,
    option: str,
    held: str | None = None,
) -> None:
    """Set the first of these features that the camera has; nothing for None.

    Parameters
    ----------
    camera, name
        Camera, and its name for messages.
    names, value
        Candidates for the name of the feature, and what it is set to.
    option
        Option that asks for it, without ``--genicam.``.
    held
        Why it may be refused: an automatic that stays on.

    Raises
    ------
    InputError
        When the camera lacks the feature, or refuses the value.
    """
    if value is None:
        return
    found = camera.first(names)
    if found is None:
        raise InputError(f"{name} has none of {', '.join(names)}: leave --genicam.{option} out")
    if camera.set(found, int(value) if camera.is_integer(found) else float(value)):
        return
    asked = f"--genicam.{option} {_text(value)}: {found} of {name}"
    if held is not None:
        raise InputError(f"{asked} cannot be set while its {held}; switch it off with the maker's program")
    raise InputError(f"{asked} {_refusal(camera, found, value)}")


def _refusal(camera: Nodes, feature: str, value: float) -> str:
    limits = camera.limits(feature)
    if limits is None:
        return "refuses it; choose another value"
    step = camera.step(feature)
    takes = f"takes {_text(limits[0])} … {_text(limits[1])}"
    if step not in (0, 1):
        takes += f" in steps of {_text(step)}"
    near = _neighbours(value, limits, step)
    if value in near:
        return f"refuses it beside the other settings (it {takes}); choose another value"
    return f"{takes}; give {' or '.join(map(_text, near))}"


def _neighbours(value: float, limits: tuple[float, float], step: float) -> list[float]:
    """Values next to one that is not possible, at most two; itself when it is possible."""
    lowest, highest = limits
    if not lowest <= value <= highest:
        value = min(max(value, lowest), highest)
    if not step:
        return [value]
    steps = (value - lowest) / step
    below = lowest + math.floor(steps) * step
    above = lowest + math.ceil(steps) * step
    return sorted({below, above if above <= highest else below})


def _text(number: float) -> str:
    return f"{number:.10g}"
