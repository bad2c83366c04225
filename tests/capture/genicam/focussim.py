"""The bench of the simulated GenTL producer for tests, and what its pictures show."""

from pathlib import Path

import numpy as np

NEAR_DPT = 10.0
SENSOR_WIDTH_PX = 640


class Bench:
    """Sets the camera's lens and faults while it runs."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "focussim.txt"
        self.set()

    def set(self, *lines: str, **values: float) -> None:
        told = [*lines, *(f"{key} {value}" for key, value in values.items())]
        fresh = self.path.with_suffix(".new")
        fresh.write_text("".join(f"{line}\n" for line in told))
        fresh.replace(self.path)  # the camera must never read half a file


def sharpest_dpt(image: np.ndarray, *, left_px: int = 0) -> float:
    """Focus that a picture shows: where in the slanted plane the contrast is highest.

    The contrast over the columns is a Gaussian 80 steps (51 columns) wide; its centre of gravity near the
    peak is good to a column, but not at the image's edges, where half of it is missing.
    """
    grey = image.astype(np.float64)
    grey = grey if grey.ndim == 2 else grey[..., 1]
    energy = np.convolve(grey.var(axis=0), np.ones(9) / 9, mode="same")
    peak = int(np.argmax(energy))
    near = np.abs(np.arange(energy.size) - peak) <= 60
    log_energy = np.log(np.maximum(energy[near], 1e-9))
    curve = np.polyfit(np.flatnonzero(near), log_energy, 2)  # a Gaussian is a parabola here
    column = -curve[1] / (2 * curve[0])
    return NEAR_DPT * (1 - (column + left_px) / (SENSOR_WIDTH_PX - 1))
