"""The regions that a viewer draws, measured as those that the command is given."""

import json
from collections.abc import Sequence
from dataclasses import replace

from calibration.apply.confidence import Confidence
from calibration.apply.map_config import MOST_REGIONS, read_region
from calibration.apply.regions.meter import RegionMeter
from focstream.region import Region
from focstream.types import DepthUpdate, Intrinsics
from publish.region_numbers import region_numbers

_Kind = tuple[tuple[int, ...], Intrinsics | None]
"""Of a map, as far as a meter depends on it."""


def read_drawn(text: str) -> tuple[Region, ...]:
    """Read the page's message about its regions.

    Raises
    ------
    ValueError
        When it is none, or holds more than 16.
    """
    message = json.loads(text)
    texts = message.get("regions") if isinstance(message, dict) else None
    if (
        not isinstance(texts, list)
        or len(texts) > MOST_REGIONS
        or not all(type(each) is str for each in texts)
    ):
        raise ValueError("no list of at most 16 regions")
    return tuple(map(read_region, texts))


class DrawnRegions:
    """Measures the regions of one viewer.

    Parameters
    ----------
    regions
        As drawn; those that reach out of a map are left out.
    confidence
        What depth must be to count.
    """

    def __init__(self, regions: Sequence[Region], *, confidence: Confidence) -> None:
        self._regions = tuple(regions)
        self._confidence = confidence
        self._meters: tuple[_Kind, tuple[RegionMeter, ...]] | None = None

    def __len__(self) -> int:
        return len(self._regions)

    def message(self, update: DepthUpdate, *, seq: int) -> str:
        """Return what `update` says of them, as a line of JSON for the page."""
        figures = tuple(meter.measure(update, self._confidence) for meter in self._meters_for(update))
        return json.dumps({"seq": seq, "regions": region_numbers(replace(update, regions=figures))})

    def _meters_for(self, update: DepthUpdate) -> tuple[RegionMeter, ...]:
        """Return those for maps like this one; two threads may ask for two maps at a time."""
        shape, kept = update.coordinate.shape, self._meters
        kind = (shape, update.intrinsics)
        if kept is None or kept[0] != kind:
            inside = (region for region in self._regions if _is_inside(region, shape))
            kept = self._meters = (kind, tuple(RegionMeter(region, update.intrinsics) for region in inside))
        return kept[1]


def _is_inside(region: Region, shape: tuple[int, ...]) -> bool:
    height_px, width_px = shape
    return region.x_px + region.width_px <= width_px and region.y_px + region.height_px <= height_px
