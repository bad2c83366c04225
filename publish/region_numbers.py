"""What a map says of its regions, as numbers for files and messages."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
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


def region_rows(update: DepthUpdate) -> Iterator[dict[str, Any]]:
    """Yield a row of the log for each region: what the map is, then the numbers of `region_numbers`."""
    tag = update.tag
    at = datetime.fromtimestamp(tag.exposure_mid_ns * 1e-9, UTC).isoformat(timespec="milliseconds")
    for numbers in region_numbers(update):
        yield {
            "time_utc": at,
            "stamp_ns": tag.exposure_mid_ns,
            "sweep": tag.sweep_id,
            "slices_seen": update.slices_seen,
            "complete": not update.broken,
            "region": numbers["name"],
            "unit": update.unit,
            **{name: numbers[name] for name in FIGURES},
        }


def _numbers(figures: RegionFigures, per_unit: float) -> dict[str, Any]:
    numbers = {
        name: _finite(getattr(figures, name) * (per_unit if name in LENGTHS else 1.0)) for name in FIGURES
    }
    return {**asdict(figures.region), **numbers}


def _finite(value: float) -> float | None:
    """Six digits are more than any of them has."""
    return float(f"{value:.6g}") if math.isfinite(value) else None
