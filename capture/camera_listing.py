"""One camera found on this computer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraListing:
    """What is known of a camera before it is opened.

    Attributes
    ----------
    kind
        Which driver it takes.
    selector
        What ``--camera`` takes, such as ``"genicam:4103217"`` or ``"uvc:0"``.
    vendor, model, serial
        As the camera reports them; empty where it does not.
    abilities
        What it can do, where it was asked.
    """

    kind: Literal["genicam", "uvc"]
    selector: str
    vendor: str = ""
    model: str = ""
    serial: str = ""
    abilities: tuple[str, ...] = ()


def describe_cameras(cameras: Sequence[CameraListing]) -> str:
    """Put a list of cameras into words, one a line, the first column being what ``--camera`` takes."""
    if not cameras:
        return "no camera found; the simulated one is always there: --camera sim"
    width = max(len(camera.selector) for camera in cameras)
    return "\n".join(_line(camera, width) for camera in cameras)


def _line(camera: CameraListing, width: int) -> str:
    # The serial number is shown where the selector is not made of it.
    serial = "" if camera.serial and camera.serial in camera.selector else camera.serial
    name = " ".join(filter(None, (camera.vendor, camera.model, serial)))
    told = f"{camera.selector:<{width}}  {name}".rstrip()
    return f"{told}: {', '.join(camera.abilities)}" if camera.abilities else told
