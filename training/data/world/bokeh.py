"""The blur of an aperture for any defocus, as a transfer function looked up in a table."""

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from capture.simulator.optics.disc import SHARP_SIGMA_PX
from capture.simulator.optics.surface import FloatImage
from training.data.world.aperture import Aperture

_PER_CYCLE = 12
"""Cells of the table between frequencies of 0 and 1 cycle a diameter: the table is interpolated linearly."""
_LEAST_CELLS = 64
PINHOLE_SIGMA_PX = 0.55
"""Gaussian of a pixel of pinholes' views: they are shifted by fractions of a pixel, which softens them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bokeh:
    """The blur of a lens: an aperture of its own on each side of focus, and perhaps astigmatism.

    Attributes
    ----------
    nearer, farther
        Aperture as seen by what is nearer, and farther, than the focus. The blur of what is farther is turned
        by 180 degrees, because its rays cross before the sensor.
    gain_px
        Growth of the blur's diameter with the vergence.
    astigmatism
        Distance in vergence between the focus of the one direction and that of the other, which is
        perpendicular; the focus lies in the middle.
    axis_rad
        The direction that has its focus at the higher vergence.
    widest_px
        Largest diameter asked for.
    """

    nearer: Aperture
    farther: Aperture
    gain_px: float
    widest_px: float
    astigmatism: float = 0.0
    axis_rad: float = 0.0

    def transfer(self, vergence_dpt: float, *, focus_dpt: float, shape: tuple[int, int]) -> FloatImage:
        """Transfer function at a vergence, times the pixel's."""
        defocus = vergence_dpt - focus_dpt
        aperture = self.nearer if defocus >= 0.0 else self.farther
        table = spectrum(aperture, self.widest_px)
        along = self.gain_px * (defocus - self.astigmatism / 2.0)
        across = self.gain_px * (defocus + self.astigmatism / 2.0)
        cosine, sine = math.cos(self.axis_rad), math.sin(self.axis_rad)
        mixed = (along - across) * cosine * sine
        scale = np.array(
            [[along * cosine**2 + across * sine**2, mixed], [mixed, along * sine**2 + across * cosine**2]]
        )
        planes = 1 if aperture.symmetric else 2
        pixel = _pixel(shape, PINHOLE_SIGMA_PX if aperture.pinholes else SHARP_SIGMA_PX)
        return np.stack([_looked_up(plane, scale, pixel) for plane in table[:planes]])


def spectrum(aperture: Aperture, widest_px: float) -> FloatImage:
    """(2, N, N) real and imaginary part of an aperture's Fourier transform, frequency 0 in the middle.

    Up to the frequencies that a blur of `widest_px` has at half a cycle a pixel.
    """
    # Rounded up, so that stacks of different gains share tables where they can.
    return _spectrum(aperture, 16 * math.ceil(widest_px / 16.0))


@lru_cache(maxsize=18)  # two for each part of a field
def _spectrum(aperture: Aperture, widest_px: int) -> FloatImage:
    cells = max(_LEAST_CELLS, 2 * widest_px)
    pitch = 1.0 / (cells - 1) if aperture.pinholes else 1.0 / cells  # pinholes lie in the middles of cells
    place = (np.arange(cells) - (cells - 1) / 2) * pitch
    reach = _PER_CYCLE * (widest_px // 2 + 1)
    frequency = np.arange(-reach, reach + 1) / _PER_CYCLE
    waves = np.exp(-2j * math.pi * frequency[:, None] * place).astype(np.complex64)
    whole = waves @ aperture.weights(cells).astype(np.complex64) @ waves.T
    table = np.stack((whole.real, whole.imag))
    table.setflags(write=False)
    return table


def _looked_up(plane: FloatImage, scale: np.ndarray, pixel: FloatImage) -> FloatImage:
    """(H, W) of a table at the frequencies of an unshifted DFT, times the transfer function of a pixel."""
    height, width = shape = pixel.shape
    middle = plane.shape[0] // 2
    whole = np.empty(shape, np.float32)
    per_bin = scale * _PER_CYCLE / np.array([width, height])
    rows, columns = (height + 1) // 2, (width + 1) // 2
    for vertical, first_row in ((slice(0, rows), 0), (slice(rows, height), rows - height)):
        for horizontal, first_column in ((slice(0, columns), 0), (slice(columns, width), columns - width)):
            offset = per_bin @ np.array([first_column, first_row]) + middle
            matrix = np.column_stack((per_bin, offset))
            size = (horizontal.stop - horizontal.start, vertical.stop - vertical.start)
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            whole[vertical, horizontal] = cv2.warpAffine(
                plane, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
            )
    whole *= pixel
    return whole


@lru_cache(maxsize=64)
def _pixel(shape: tuple[int, int], sigma_px: float) -> FloatImage:
    rows, columns = np.fft.fftfreq(shape[0])[:, None], np.fft.fftfreq(shape[1])[None, :]
    return np.asarray(np.exp(-2.0 * np.square(math.pi * sigma_px) * (rows**2 + columns**2)), np.float32)
