"""What a map says of its regions, as numbers for files and messages."""

import math
from dataclasses import asdict
from typing import Any

from focstream.region import FIGURES, LENGTHS, RegionFigures
from focstream.types import DepthUpdate


def region_numbers(update: DepthUpdate, *, per_unit: float = 1.0) -> list[dict[str, Any]]:
    """Return a record for each region; null where there is no number, or none that JSON has.

    Parameters
    ----------
    update
        As measured.
    per_unit
        How many of the unit wanted make one of the map's own.
    """
    return [_numbers(figures, per_unit) for figures in update.regions]


def _numbers(figures: RegionFigures, per_unit: float) -> dict[str, Any]:
    numbers = {
        name: _finite(getattr(figures, name) * (per_unit if name in LENGTHS else 1.0)) for name in FIGURES
    }
    return {**asdict(figures.region), **numbers}


def _finite(value: float) -> float | None:
    """Six digits are more than any of them has."""
    return float(f"{value:.6g}") if math.isfinite(value) else None
