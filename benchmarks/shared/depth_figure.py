"""Depth maps in metres beside the truth, and their errors, as one picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from focstream.depth_update import FloatMap

TITLES = {
    "raw": "uncalibrated",
    "found": "calibrated",
    "perfect": "as if calibrated perfectly",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthPictures:
    """What to show: an all-in-focus picture, the true metres, and maps of metres by name (`TITLES`)."""

    scene: NDArray[np.uint8]
    truth_m: FloatMap
    maps_m: Mapping[str, FloatMap]


def save_figure(path: Path, pictures: DepthPictures) -> None:
    """Save depth above error, with one scale for all maps and one for all errors."""
    figure = Figure(figsize=(12.0, 5.0), layout="constrained")
    axes = figure.subplots(2, 1 + len(pictures.maps_m))
    near_m, far_m = np.nanpercentile(pictures.truth_m, (1, 99))
    depth = {"cmap": "turbo_r", "vmin": near_m, "vmax": far_m}
    axes[0, 0].imshow(pictures.scene, cmap="gray")
    axes[0, 0].set_title("scene")
    axes[1, 0].imshow(pictures.truth_m, **depth)
    axes[1, 0].set_title("truth (m)")
    for column, (name, map_m) in enumerate(pictures.maps_m.items(), start=1):
        share = 100.0 * (map_m / pictures.truth_m - 1.0)
        shown = axes[0, column].imshow(map_m, **depth)
        axes[0, column].set_title(TITLES[name])
        error = axes[1, column].imshow(share, cmap="RdBu", vmin=-15.0, vmax=15.0)
        axes[1, column].set_title(f"error, median {np.nanmedian(np.abs(share)):.1f} %")
    figure.colorbar(shown, ax=axes[0, :], label="m")
    figure.colorbar(error, ax=axes[1, :], label="% of depth")
    for one in axes.ravel():
        one.set_axis_off()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
