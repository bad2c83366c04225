"""What the slices seen say of depths that they have not reached, or that lie beyond the sweep."""

import numpy as np

from focstream.depth_update import FloatMap
from inference.sharpness.coverage import Coverage
from inference.sharpness.peak import Peak

_BEYOND_SPACINGS = 0.5
_BEYOND_SIGMA = 0.2  # measured: how far what lies beyond a sweep is from its end, in rendered partial sweeps


def doubt_ends(peak: Peak, *, coverage: Coverage, sigma_scale: float) -> Peak:
    """Let a peak that no slice has passed lie anywhere beyond the slices seen.

    Contrast that still rises at the last slice may go on rising. Until a slice shows less of it, the depth is
    as likely anywhere in the rest of the sweep, whatever the noise; a distribution even over a length R has
    the second moment R²/3 about its end. A peak within 2 σ and one slice of the end has not been passed. When
    the sweep has been seen whole there is no rest.

    Parameters
    ----------
    peak
        (H, W) peaks of focus.
    coverage
        Of the slices seen.
    sigma_scale
        By which the roots of the variances are multiplied to become σ; what is added here needs no such
        correction, and is divided by it.
    """
    margin = np.sqrt(peak.variance) * np.float32(2.0 * sigma_scale) + np.float32(coverage.spacing)
    nearer = np.float32(max(1.0 - coverage.highest, 0.0))  # 0 where a sweep goes beyond its limits
    farther = np.float32(max(coverage.lowest, 0.0))
    rest: FloatMap = np.maximum(
        np.where(peak.coordinate + margin >= coverage.highest, nearer, np.float32(0.0)),
        np.where(peak.coordinate - margin <= coverage.lowest, farther, np.float32(0.0)),
    )
    return Peak(
        coordinate=peak.coordinate, variance=peak.variance + rest * rest * np.float32(sigma_scale**-2 / 3)
    )


def within_slices(peak: Peak, *, coverage: Coverage, sigma_scale: float) -> Peak:
    """Put what lies beyond the slices seen at the last of them; from half a slice on it is hardly known.

    Parameters
    ----------
    peak, coverage, sigma_scale
        As of `doubt_ends`.
    """
    reach = np.float32(_BEYOND_SPACINGS * coverage.spacing)
    within = np.clip(peak.coordinate, np.float32(coverage.lowest), np.float32(coverage.highest))
    least = np.where(
        np.abs(peak.coordinate - within) > reach, np.float32((_BEYOND_SIGMA / sigma_scale) ** 2), 0
    )
    return Peak(coordinate=within, variance=np.maximum(peak.variance, least.astype(np.float32)))
