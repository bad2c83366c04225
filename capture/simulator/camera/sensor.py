"""A sensor turns light into numbers: gain, noise, saturation, quantisation."""

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.simulator.optics.surface import FloatImage, float_image
from focstream.focal_slice import Image

_SPARE_PX = 128  # the noise bank is that much larger than a frame, for as many offsets each way


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorModel:
    """Linear sensor with photon and read noise (as in EMVA 1288, without dark current).

    Attributes
    ----------
    gain
        Signal of a white surface, as a share of saturation.
    full_well_e
        Electrons at saturation.
    read_noise_e
        Standard deviation of the noise that is there without light, in electrons.
    bit_depth
        8, or 12 shifted to the full scale of 16.
    """

    gain: float = 1.0
    full_well_e: float = 10_000.0
    read_noise_e: float = 5.0
    bit_depth: Literal[8, 12] = 8

    def adjusted(self, *, light: float = 1.0, gain_db: float = 0.0) -> "SensorModel":
        """Return the model for so many times the light, amplified: the same electrons are a larger signal."""
        amplified = 10.0 ** (gain_db / 20.0)
        return replace(self, gain=self.gain * light * amplified, full_well_e=self.full_well_e / amplified)

    def deviation(self, signal: float) -> float:
        """Return the standard deviation of a pixel before quantisation, as a share of saturation."""
        electrons = max(signal, 0.0) * self.full_well_e
        return float(np.sqrt(electrons + self.read_noise_e**2)) / self.full_well_e


class Sensor:
    """Turns pictures of one shape into frames; a frame's noise depends only on the seed and its number.

    Parameters
    ----------
    model
        Of the sensor.
    shape
        (H, W) or (H, W, 3) of the pictures.
    seed
        Of the noise.
    noise
        Whether there is any.
    """

    def __init__(self, model: SensorModel, *, shape: tuple[int, ...], seed: int, noise: bool = True) -> None:
        self._model = model
        self._seed = seed
        self._shape = shape
        self._bank: FloatImage | None = None
        if noise:
            bank_shape = (shape[0] + _SPARE_PX, shape[1] + _SPARE_PX, *shape[2:])
            self._bank = np.random.default_rng(seed).standard_normal(bank_shape, np.float32)

    def set_model(self, model: SensorModel) -> None:
        """Take another gain or full well from now on."""
        self._model = model

    def expose(self, light: FloatImage, *, frame_id: int) -> Image:
        """Frame of a picture (linear light, 0 … 1) in the sensor's bit depth."""
        signal = light
        if self._model.gain != 1.0:  # not cv2.multiply: of a colour image it scales the first channel only
            signal = float_image(cv2.addWeighted(light, self._model.gain, light, 0.0, 0.0))
        if self._bank is None:
            return self._quantised(signal, noise=signal, weight=0.0)
        full_well_e = self._model.full_well_e
        floor = (self._model.read_noise_e / full_well_e) ** 2
        noise = float_image(cv2.addWeighted(signal, 1.0 / full_well_e, signal, 0.0, floor))
        cv2.sqrt(noise, noise)
        cv2.multiply(noise, self._noise(frame_id), noise)
        return self._quantised(signal, noise=noise, weight=1.0)

    def _noise(self, frame_id: int) -> NDArray[np.float32]:
        """Cut standard normal noise out of the bank, at a place that depends on the frame's number."""
        assert self._bank is not None
        chance = np.random.default_rng([self._seed, frame_id])
        top, left = (int(offset) for offset in chance.integers(0, _SPARE_PX + 1, 2))
        return self._bank[top : top + self._shape[0], left : left + self._shape[1]]

    def _quantised(self, signal: FloatImage, *, noise: FloatImage, weight: float) -> Image:
        """Add noise, scale, round and saturate in one pass."""
        if self._model.bit_depth == 8:
            grey_levels = cv2.addWeighted(signal, 255.0, noise, 255.0 * weight, 0.0, dtype=cv2.CV_8U)
            return np.asarray(grey_levels, np.uint8)
        words = cv2.addWeighted(signal, 4095.0, noise, 4095.0 * weight, 0.0, dtype=cv2.CV_16U)
        return np.minimum(np.asarray(words, np.uint16), np.uint16(4095)) << np.uint16(4)
