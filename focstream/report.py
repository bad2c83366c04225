"""What the pipeline logs while it runs: one line a second, and one a sweep."""

import logging
import math
import time
from collections.abc import Callable

import numpy as np

from focstream.acquisition_counts import AcquisitionCounts
from focstream.clock import now_ns
from focstream.counted import counted
from focstream.depth_update import DepthUpdate, FloatMap, true_coordinate
from focstream.digest import digest_of
from focstream.focus_scale import FocusScale
from focstream.latency import Latencies
from focstream.protocols import Sink, SliceSource
from focstream.region import RegionFigures

_log = logging.getLogger(__name__)

_UNITS = {"m": "in metres", "um": "in micrometres", "1": "not metric"}
SURE_SIGMA = 0.05
"""Standard deviation, as a share of the sweep, up to which the report calls depth sure."""


class RateReport:
    """A sink that logs rate, latency and losses once a second; put it behind the publisher.

    Parameters
    ----------
    counts
        Gives a snapshot of the acquisition's counters.
    period_s
        Between two lines.
    live
        False for a recording: its slices were exposed long ago, so a latency has no meaning.
    """

    def __init__(
        self, counts: Callable[[], AcquisitionCounts], *, period_s: float = 1.0, live: bool = True
    ) -> None:
        self._live = live
        self._counts = counts
        self._period_s = period_s
        self._since_s = time.monotonic()
        self._handed_on = 0
        self._latencies = Latencies()

    def write(self, update: DepthUpdate) -> None:
        """Count one update; log when a period is over."""
        self._latencies.add(now_ns() - update.tag.exposure_mid_ns)
        elapsed_s = time.monotonic() - self._since_s
        if elapsed_s >= self._period_s:
            self._log(elapsed_s)

    def close(self) -> None:
        """Nothing to free."""

    def _log(self, elapsed_s: float) -> None:
        counts = self._counts()
        _log.info(
            "%.1f slices/s, %.1f maps/s | %slost %d | settling %d | waiting %d | queue %d",
            (counts.handed_on - self._handed_on) / elapsed_s,
            len(self._latencies.values_ns) / elapsed_s,
            f"{_described(self._latencies)} | " if self._live else "",
            counts.lost,
            counts.settling,
            counts.waiting,
            counts.queued,
        )
        self._latencies.clear()
        self._handed_on = counts.handed_on
        self._since_s = time.monotonic()


def reports(
    counts: Callable[[], AcquisitionCounts], source: SliceSource, *, mask: str | None
) -> tuple[Sink, Sink]:
    """Return both reports about a source; `mask` as in `SweepReport`."""
    return (
        RateReport(counts, live=source.live),
        SweepReport(source.truth_vergence_dpt, live=source.live, mask=mask),
    )


class SweepReport:
    """A sink that logs every finished sweep, with its error where the truth is known.

    Parameters
    ----------
    truth_vergence_dpt
        (H, W) true vergence, NaN = unknown; None without truth.
    live
        As in `RateReport`.
    mask
        What ``--confidence`` took out of the maps, as the user wrote it; None for whole maps.
    """

    def __init__(
        self, truth_vergence_dpt: FloatMap | None, *, live: bool = True, mask: str | None = None
    ) -> None:
        self._live = live
        self._mask = mask
        self._truth_dpt = truth_vergence_dpt
        self._latencies = Latencies()

    def write(self, update: DepthUpdate) -> None:
        """Count one update; log when it is the last of its sweep."""
        self._latencies.add(now_ns() - update.tag.exposure_mid_ns)
        if update.final:
            _log.info("sweep %d: %s", update.tag.sweep_id, self._summary(update))
            for figures in update.regions:
                _log.info("sweep %d, %s", update.tag.sweep_id, describe_region(figures, update.unit))
            self._latencies.clear()

    def close(self) -> None:
        """Nothing to free."""

    def _summary(self, update: DepthUpdate) -> str:
        missing = ", others are missing" if update.broken else ""
        text = (
            f"{describe_slices(update)}{missing} | "
            f"{_described(self._latencies) + ' | ' if self._live else ''}"
            f"{self._described_share(update)} | "
            f"digest {digest_of(update)}"
        )
        if (truth := true_coordinate(update, self._truth_dpt)) is not None:
            left = "" if self._mask is None else " where depth is left"
            text += f" | {describe_error(update, truth)}{left}"
        return f"{text} | {_UNITS[update.unit]}"

    def _described_share(self, update: DepthUpdate) -> str:
        if self._mask is not None:
            known = np.mean(np.isfinite(update.coordinate))
            return f"depth on {known:.0%} of the image (--confidence {self._mask})"
        return f"sure on {sure_share(update):.0%} of the image (σ ≤ {SURE_SIGMA:.0%} of the sweep)"


def describe_slices(update: DepthUpdate) -> str:
    """Put into words how much of its sweep a map has seen; with ``--update rolling`` it may be more."""
    slots = update.tag.slots
    if update.ended is not None:
        taken = ", ".join(f"{slot:.2f}" for slot in update.slots_taken)
        earlier = update.slices_seen - len(update.slots_taken)
        more = f" and {earlier} of the sweep before" if earlier > 0 else ""
        return f"{counted(len(update.slots_taken), 'slice')} at {taken} ({update.ended}){more}"
    if slots is None or update.slices_seen > slots:
        return counted(update.slices_seen, "slice")
    return f"{update.slices_seen} of {slots} slices"


def describe_region(figures: RegionFigures, unit: str) -> str:
    """Put into words what a map says of a region, such as ``lid: 0.431 m, σ 0.002 m, 98% sure``."""
    name, unit = figures.region.name, {"m": " m", "um": " µm"}.get(unit, "")
    if math.isnan(figures.median):
        return f"{name}: no sure depth"
    parts = [f"{name}: {figures.median:.4g}{unit}", f"σ {figures.sigma:.2g}{unit}"]
    if not math.isnan(figures.angle_deg):
        parts.append(f"angle {figures.angle_deg:.1f}°")
    if not math.isnan(figures.flatness):
        parts.append(f"flat within {figures.flatness:.2g}{unit}")
    return ", ".join([*parts, f"{figures.sure_share:.0%} sure"])


def _described(latencies: Latencies) -> str:
    return f"latency p50 {latencies.percentile_ms(50):.1f} ms, p99 {latencies.percentile_ms(99):.1f} ms"


def sure_share(update: DepthUpdate) -> float:
    """Share of the pixels whose depth has a standard deviation of at most `SURE_SIGMA`."""
    known = np.isfinite(update.coordinate)
    return float(np.mean(known & (update.coordinate_sigma <= SURE_SIGMA)))


def describe_error(update: DepthUpdate, truth_coordinate: FloatMap) -> str:
    """Put the error of a map against the true sweep coordinate into words.

    The error is taken where the map has a depth; in dioptres too where the focus has a scale in them.
    """
    error = np.abs(update.coordinate - truth_coordinate)
    error = error[np.isfinite(error)]
    if error.size == 0:
        return "no pixel to compare with the truth"
    median, mean = float(np.median(error)), float(error.mean())
    text = f"error against truth: median {median:.4f}, mean {mean:.4f} of the range"
    if isinstance(update.scale, FocusScale):
        text += f" (median {median * update.scale.span_dpt:.3f} dpt)"
    return text
