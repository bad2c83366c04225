"""What the classical estimator remembers of a sweep: a fixed number of maps."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap
from focstream.focal_slice import Image
from inference.sharpness.coverage import Coverage
from inference.sharpness.moments import Moments


@dataclass(frozen=True, slots=True, kw_only=True)
class SharpnessFeatures:
    """What one slice says.

    Attributes
    ----------
    image
        The slice, for the all-in-focus image.
    sweep_coordinate
        Where it was focused.
    energies, noise_energies
        Focus measure and its noise for each scale; scale 0 at half the size of the image, scale k at 2⁻ᵏ.
    """

    image: Image
    sweep_coordinate: float
    energies: tuple[FloatMap, ...]
    noise_energies: tuple[FloatMap, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharpnessState:
    """What all slices said. Updated in place: one owner at a time.

    Attributes
    ----------
    moments, noise_sums
        Running sums for each scale.
    best_sharpness
        (H/2, W/2) float32 highest sharpness so far, all scales together.
    all_in_focus
        The image of the best slice at every pixel.
    coverage
        Of the slices added.
    chosen
        Whether nothing is expected beyond them.
    """

    moments: tuple[Moments, ...]
    noise_sums: tuple[FloatMap, ...]
    best_sharpness: FloatMap
    all_in_focus: NDArray[np.uint8]
    coverage: Coverage
    chosen: bool

    @property
    def nbytes(self) -> int:
        """Memory of all maps."""
        sums = (*self.moments, *self.noise_sums, self.best_sharpness)
        return sum(values.nbytes for values in sums) + self.all_in_focus.nbytes

    def copy(self) -> "SharpnessState":
        """Return a state with memory of its own."""
        return replace(
            self,
            moments=tuple(values.copy() for values in self.moments),
            noise_sums=tuple(values.copy() for values in self.noise_sums),
            best_sharpness=self.best_sharpness.copy(),
            all_in_focus=self.all_in_focus.copy(),
        )
