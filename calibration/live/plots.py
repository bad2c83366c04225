"""Plots of data, fit and residuals, as PNG files."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from focstream import InputError

Vector = NDArray[np.float64]


def plot_fit(
    path: Path,
    *,
    data: tuple[Vector, Vector],
    fit: tuple[Vector, Vector],
    band: Vector | None,
    residuals: Vector,
    labels: tuple[str, str],
    title: str,
) -> None:
    """Save data and fit (with ±2 σ) above their residuals.

    Raises
    ------
    InputError
        When matplotlib is not installed, or the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError('plots need matplotlib: pip install "focstream[calibration]"') from None
    figure = Figure(figsize=(7.0, 6.0), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    if band is not None:
        upper.fill_between(fit[0], fit[1] - 2 * band, fit[1] + 2 * band, alpha=0.3, label="±2 σ")
    upper.plot(*fit, label="fit")
    upper.plot(*data, "o", ms=4, label="measured")
    upper.set_ylabel(labels[1])
    upper.set_title(title)
    upper.legend()
    lower.axhline(0.0, color="grey", lw=0.8)
    lower.plot(data[0], residuals, "o", ms=4)
    lower.set_xlabel(labels[0])
    lower.set_ylabel("residual")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=110)
    except OSError as error:
        raise InputError(f"plot {path}: cannot be written ({error.strerror})") from None
