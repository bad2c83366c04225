"""The classical estimator as a `DepthModel`."""

from dataclasses import replace

import numpy as np

from focstream.depth_update import FloatMap
from focstream.focal_slice import Image
from inference.depth_model import DepthMaps, DepthModel
from inference.sharpness.all_in_focus import select_sharper
from inference.sharpness.contrast import contrast_energy
from inference.sharpness.coverage import Coverage
from inference.sharpness.edge_filter import distrust_outliers, smooth
from inference.sharpness.fill import fill
from inference.sharpness.fusion import fuse_scales
from inference.sharpness.moments import add_slice, no_moments
from inference.sharpness.noise import estimate_noise
from inference.sharpness.peak import Peak, fit_peak
from inference.sharpness.pixels import half_shape, pyramid, to_grey
from inference.sharpness.state import SharpnessFeatures, SharpnessState
from inference.sharpness.unexplored import doubt_ends, within_slices
from inference.sharpness.upsample import upsample

SCALES = 3
WARM_UP_SHAPE = (120, 160)
_SMOOTHING_STEPS_PX = (1, 3)
_SIGMA_SCALE = 0.54  # measured: brings the share of errors within one σ to that of a normal distribution
_MAX_SIGMA = 0.10  # of the sweep; a uniform guess has 0.29


class SharpnessModel(DepthModel[SharpnessFeatures, SharpnessState]):
    """Depth from focus by the peak of contrast: no network, no training, any number of slices from two.

    Parameters
    ----------
    fill
        Whether pixels without texture get the depth of the surfaces around them, with a large σ,
        rather than NaN.
    """

    def __init__(self, *, fill: bool = False) -> None:
        self._fill = fill
        self._warm_up()

    def _warm_up(self) -> None:
        """Let tables and threads be made now: the first slice of a live camera must not wait for them."""
        state = self.initial_state(WARM_UP_SHAPE)
        for coordinate in (0.0, 1.0):
            features = self.encode(np.zeros(WARM_UP_SHAPE, np.uint8), coordinate)
            state = self.update(features, state)
        self.decode(state)

    @property
    def name(self) -> str:
        """Name of the model, as it is published."""
        return "sharpness"

    @property
    def engine(self) -> str:
        """OpenCV does the work."""
        return "opencv"

    def encode(self, image: Image, sweep_coordinate: float) -> SharpnessFeatures:
        """Focus measure of one slice at every scale. See `DepthModel.encode`."""
        grey = to_grey(image)
        noise = estimate_noise(grey)
        levels = pyramid(grey, levels=SCALES)
        measured = [contrast_energy(level, scale=k, noise=noise) for k, level in enumerate(levels)]
        measured[0] = (_every_second(measured[0][0]), _every_second(measured[0][1]))
        return SharpnessFeatures(
            image=image,
            sweep_coordinate=sweep_coordinate,
            energies=tuple(energy for energy, _ in measured),
            noise_energies=tuple(noise_energy for _, noise_energy in measured),
        )

    def initial_state(self, shape: tuple[int, ...], *, chosen: bool = False) -> SharpnessState:
        """State before the first slice of images (H, W) or (H, W, 3). See `DepthModel.initial_state`."""
        half = half_shape((shape[0], shape[1]))
        shapes = [half, half]
        while len(shapes) < SCALES:
            shapes.append(half_shape(shapes[-1]))
        return SharpnessState(
            moments=tuple(no_moments(level) for level in shapes),
            noise_sums=tuple(np.zeros(level, np.float32) for level in shapes),
            best_sharpness=np.full(half, -np.inf, np.float32),
            all_in_focus=np.zeros(shape, np.uint8),
            coverage=Coverage(),
            chosen=chosen,
        )

    def update(self, features: SharpnessFeatures, state: SharpnessState) -> SharpnessState:
        """Add one slice to the running sums. See `DepthModel.update`."""
        for k, energy in enumerate(features.energies):
            add_slice(state.moments[k], energy=energy, sweep_coordinate=features.sweep_coordinate)
            np.add(state.noise_sums[k], features.noise_energies[k], out=state.noise_sums[k])
        select_sharper(state, features=features)
        return replace(state, coverage=state.coverage.with_slice(features.sweep_coordinate))

    def decode(self, state: SharpnessState) -> DepthMaps:
        """Depth as known now; no depth at all before two slices at different coordinates."""
        image = state.all_in_focus.copy()
        if state.coverage.span <= 0.0:
            nothing = np.full(image.shape[:2], np.nan, np.float32)
            return DepthMaps(coordinate=nothing, coordinate_sigma=nothing.copy(), all_in_focus=image)
        guide, half_guide = pyramid(to_grey(image), levels=2)
        half = fuse_scales(_peaks(state))
        if not self._fill:
            half = _doubted(half, state)  # before the filter, so that they lend no depth to their neighbours
        half = distrust_outliers(half)
        for step_px in _SMOOTHING_STEPS_PX:
            half = smooth(half, guide=half_guide, step_px=step_px)
        max_variance = (_MAX_SIGMA / _SIGMA_SCALE) ** 2
        if self._fill:
            half = fill(half, guide=half_guide, max_variance=max_variance)
            half = _doubted(half, state)  # not before: "beyond the slices" says more than what is filled in
        peak = upsample(half, guide=guide, half_guide=half_guide)
        peak = within_slices(peak, coverage=state.coverage, sigma_scale=_SIGMA_SCALE)
        sigma = np.sqrt(peak.variance) * np.float32(_SIGMA_SCALE)
        if not self._fill:
            unknown = sigma > _MAX_SIGMA
            peak.coordinate[unknown] = np.nan
            sigma[unknown] = np.nan
        return DepthMaps(coordinate=peak.coordinate, coordinate_sigma=sigma, all_in_focus=image)


def _doubted(peak: Peak, state: SharpnessState) -> Peak:
    if state.chosen:
        return peak
    return doubt_ends(peak, coverage=state.coverage, sigma_scale=_SIGMA_SCALE)


def _peaks(state: SharpnessState) -> list[Peak]:
    slices = np.float32(state.coverage.slices)
    return [
        fit_peak(moments, noise_energy=noise_sum / slices, coverage=state.coverage)
        for moments, noise_sum in zip(state.moments, state.noise_sums, strict=True)
    ]


def _every_second(values: FloatMap) -> FloatMap:
    """Half the size; the support of the measure has already removed what half the size cannot hold."""
    return np.ascontiguousarray(values[::2, ::2])
