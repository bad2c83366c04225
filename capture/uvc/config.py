"""The options of a webcam (``--uvc.*``)."""

from typing import Literal

from pydantic import Field

from focstream.frozen_model import FrozenModel


class UvcConfig(FrozenModel):
    """A webcam as asked for. What is not given stays as the webcam has it."""

    width_px: int | None = Field(default=None, ge=1, le=65_535)
    """Width of the images."""
    height_px: int | None = Field(default=None, ge=1, le=65_535)
    """Height of the images."""
    fps: float | None = Field(default=None, ge=0.01, le=100_000)
    """Images a second."""
    fourcc: str | None = Field(default=None, pattern=r"^[A-Za-z0-9 ]{4}$")
    """Pixel format, four letters such as YUYV or MJPG."""
    automatics: Literal["off", "keep"] = "off"
    """off: switch automatic exposure, gain, white balance and focus off for the run, because what changes
    with the focus spoils a sweep. keep: leave them as they are."""
