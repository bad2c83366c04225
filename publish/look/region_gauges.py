"""What the newest map says of its regions, for Prometheus."""

from prometheus_client import CollectorRegistry, Gauge

from focstream.region import FIGURES, LENGTHS
from focstream.types import DepthUpdate

_GAUGES = {
    "median": "Median depth of the region's sure pixels.",
    "sigma": "Standard deviation of a single pixel's depth.",
    "flatness": "Width of the band about the region's plane that holds 95 % of its sure pixels.",
    "angle_deg": "Degrees between the normal of the region's plane and the optical axis.",
    "sure_share": "Share of the region's pixels that are sure.",
}


class RegionGauges:
    """A gauge ``focstream_region_…`` for each number; labels are the region and, of lengths, the unit."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._gauges = {
            name: Gauge(
                f"focstream_region_{name}",
                _GAUGES[name],
                labelnames=("region", "unit") if name in LENGTHS else ("region",),
                registry=registry,
            )
            for name in FIGURES
        }
        self._names: tuple[str, ...] = ()

    def set(self, update: DepthUpdate) -> None:
        """Show the numbers of `update`, and of no other region; NaN where there is none."""
        names = tuple(figures.region.name for figures in update.regions)
        if names != self._names:
            self._names = names
            for gauge in self._gauges.values():
                gauge.clear()
        for figures in update.regions:
            for name, gauge in self._gauges.items():
                labels = (figures.region.name, *((update.unit,) if name in LENGTHS else ()))
                gauge.labels(*labels).set(getattr(figures, name))
