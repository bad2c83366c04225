"""The few numbers of a lens and sensor that decide how much an image blurs."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from focstream.types import InputError

Vergence = TypeVar("Vergence", float, NDArray[np.float32])


@dataclass(frozen=True, slots=True, kw_only=True)
class Optics:
    """A thin lens of variable power in front of a fixed sensor, such as a liquid lens at the stop.

    Attributes
    ----------
    focal_length_m
        Distance from the lens to the sensor: the focal length while focused at infinity.
    f_number
        Focal length over the diameter of the aperture.
    pixel_pitch_m
        Distance of neighbouring pixels.
    """

    focal_length_m: float = 12e-3
    f_number: float = 2.8
    pixel_pitch_m: float = 6.9e-6

    def __post_init__(self) -> None:
        """Refuse lenses that cannot be built."""
        if min(self.focal_length_m, self.f_number, self.pixel_pitch_m) <= 0.0:
            raise InputError(f"focal length, f-number and pixel pitch must be above 0, got {self}")

    @property
    def aperture_m(self) -> float:
        """Diameter of the aperture."""
        return self.focal_length_m / self.f_number

    @property
    def focal_length_px(self) -> float:
        """Focal length of the pinhole model."""
        return self.focal_length_m / self.pixel_pitch_m

    @property
    def blur_px_per_dpt(self) -> float:
        """Growth of the blur's diameter with every dioptre of defocus."""
        return self.aperture_m * self.focal_length_px


def blur_diameter_px(vergence_dpt: Vergence, *, optics: Optics, focus_dpt: float) -> Vergence:
    """Diameter of the circle of confusion of points at a vergence, in pixels.

    A lens of power P in front of a sensor at distance f images the vergence D at distance 1/(P − D), and the
    focused vergence has P − D_f = 1/f. By similar triangles behind an aperture of diameter A = f/N the
    circle is c = A·|f − v|/v = A·f·|D − D_f|: exactly linear in dioptres. (Potmesil and Chakravarty, "A lens
    and aperture camera model for synthetic image generation", SIGGRAPH 1981, with the power of the lens
    rather than the distance of the sensor as the thing that moves; if the sensor moves instead, c grows by
    1/(1 − f·D_f).)

    Parameters
    ----------
    vergence_dpt
        1/z of the points; a number or an array of any shape.
    optics
        Lens and sensor.
    focus_dpt
        Vergence in focus.
    """
    return abs(vergence_dpt - focus_dpt) * optics.blur_px_per_dpt
