"""What a sweep that is not over says of the depths it has not reached."""

import numpy as np

from focstream.depth_update import FloatMap
from inference.sharpness.coverage import Coverage
from inference.sharpness.peak import Peak


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
