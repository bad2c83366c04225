"""Figures of the running pipeline for Prometheus, at ``http://HOST:PORT/metrics``."""

import logging
from collections.abc import Callable, Iterator

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector
from prometheus_client.aiohttp import make_aiohttp_handler
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from focstream.acquisition_counts import AcquisitionCounts
from focstream.clock import now_ns
from focstream.types import DepthUpdate, FocalSlice, SliceTag
from publish.connections import Connections
from publish.look.region_gauges import RegionGauges
from publish.look.serving.http_server import HttpServer
from publish.look.serving.listening import in_url, listen
from publish.look.serving.site_guard import SiteGuard
from publish.loopback import is_loopback
from publish.notices import Notices

_log = logging.getLogger(__name__)

_BUCKETS_S = (0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0)


class MetricsSink:
    """Counts what passes and serves it; requests are answered by a thread of the server.

    Parameters
    ----------
    port, host
        Where to listen; port 0 takes any free one.
    counts
        Gives a snapshot of the acquisition's counters, asked for at every scrape.
    live
        Whether the slices are being taken now; a recording has no latency.
    not_recorded
        Gives how many slices the recording lacks; None where nothing is recorded.
    connections
        Those of all ports, to be shown; bounds those that scrape.

    Raises
    ------
    InputError
        When the address cannot be listened at.
    """

    def __init__(
        self,
        *,
        port: int,
        host: str,
        counts: Callable[[], AcquisitionCounts],
        live: bool = True,
        not_recorded: Callable[[], int] | None = None,
        connections: Connections | None = None,
    ) -> None:
        self._live = live
        connections = connections or Connections()
        self._registry = CollectorRegistry()
        self._registry.register(_Acquired(counts, not_recorded))
        self._registry.register(_Connected(connections))
        ProcessCollector(registry=self._registry)
        self._make_metrics()
        self._host = host
        notices = Notices(_log)
        self._server = HttpServer(
            [web.get("/metrics", make_aiohttp_handler(self._registry))],
            listener=listen(host, port, what="metrics", option="--metrics"),
            port=connections.port("metrics"),
            guard=SiteGuard(local_only=is_loopback(host), notices=notices),
            notices=notices,
        )
        _log.info("metrics at %s", self.url)

    @property
    def url(self) -> str:
        """Where to scrape."""
        return f"http://{in_url(self._host)}:{self._server.number}/metrics"

    def see(self, focal_slice: FocalSlice) -> None:
        """Count one slice on its way to the estimator."""
        tag = focal_slice.tag
        self._observe(tag, stage="slice")
        if tag.temperature_c is not None:
            self._temperature.set(tag.temperature_c)

    def write(self, update: DepthUpdate) -> None:
        """Count one map."""
        self._observe(update.tag, stage="map")
        self._maps.inc()
        self._sweeps.inc(int(update.final))
        self._broken.inc(int(update.final and update.broken))
        self._regions.set(update)
        self._engine.info(
            {
                "model": update.model,
                "engine": update.engine,
                "calibrated": update.calibrated,
                "unit": update.unit,
            }
        )

    def close(self) -> None:
        """Stop serving. May be called twice."""
        self._server.close()

    def _observe(self, tag: SliceTag, *, stage: str) -> None:
        if self._live:
            self._latency.labels(stage=stage).observe((now_ns() - tag.exposure_mid_ns) * 1e-9)

    def _make_metrics(self) -> None:
        registry = self._registry
        self._maps = Counter("focstream_maps", "Depth maps made.", registry=registry)
        self._sweeps = Counter("focstream_sweeps", "Sweeps finished.", registry=registry)
        self._broken = Counter(
            "focstream_sweeps_broken", "Of these, sweeps of which slices are missing.", registry=registry
        )
        self._latency = Histogram(
            "focstream_latency_seconds",
            "From the middle of the exposure until the slice reaches the estimator, or its map the outputs.",
            labelnames=("stage",),
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self._regions = RegionGauges(registry)
        self._engine = Info("focstream_engine", "What computes the depth.", registry=registry)
        self._temperature = Gauge(
            "focstream_lens_temperature_celsius", "Of the lens, where it reports one.", registry=registry
        )
        self._temperature.set(float("nan"))


class _Acquired(Collector):
    """The acquisition's own counters, read when asked for: nothing is counted twice."""

    def __init__(
        self, counts: Callable[[], AcquisitionCounts], not_recorded: Callable[[], int] | None
    ) -> None:
        self._counts = counts
        self._not_recorded = not_recorded

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        counts = self._counts()
        yield CounterMetricFamily("focstream_slices", "Slices that the source delivered.", value=counts.read)
        yield CounterMetricFamily(
            "focstream_slices_settling", "Slices left out because the lens moved.", value=counts.settling
        )
        lost = CounterMetricFamily(
            "focstream_slices_lost", "Slices that never reached the estimator.", labels=("cause",)
        )
        lost.add_metric(("camera_gap",), counts.gaps)
        lost.add_metric(("queue_full",), counts.dropped)
        yield lost
        yield GaugeMetricFamily(
            "focstream_queue_depth", "Slices that wait for the estimator.", value=counts.queued
        )
        if self._not_recorded is not None:
            yield CounterMetricFamily(
                "focstream_slices_not_recorded",
                "Slices missing in the recording, because the disk was too slow.",
                value=self._not_recorded(),
            )

    def describe(self) -> list[CounterMetricFamily]:
        return []  # so that nobody asks for counts before there are any


class _Connected(Collector):
    """Who is connected to which port."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        opened = GaugeMetricFamily("focstream_connections", "Open connections.", labels=("port",))
        refused = CounterMetricFamily(
            "focstream_connections_refused", "Connections above the bound.", labels=("port",)
        )
        for port in self._connections:
            opened.add_metric((port.name,), port.open)
            refused.add_metric((port.name,), port.refused)
        yield opened
        yield refused
