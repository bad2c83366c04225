import socket
import urllib.request
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[metrics]"')
pytest.importorskip("prometheus_client", reason='needs prometheus-client: pip install "focstream[metrics]"')
from prometheus_client.parser import text_string_to_metric_families

from focstream.acquisition_counts import AcquisitionCounts
from focstream.clock import now_ns
from focstream.types import InputError
from publish.connections import Connections
from publish.look.metrics import MetricsSink
from tests.publish.look.serving.peers import get, idle_peers
from tests.publish.updates import HOLE, LID, an_update
from tests.slices import make_slice

COUNTS = AcquisitionCounts(read=40, settling=12, gaps=2, dropped=3, queued=1)


@pytest.fixture
def sink():
    opened = MetricsSink(port=0, host="127.0.0.1", counts=lambda: COUNTS)
    yield opened
    opened.close()


def scraped(sink: MetricsSink) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    with urllib.request.urlopen(sink.url, timeout=10) as answer:
        text = answer.read().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_counters_are_the_acquisitions_own(sink: MetricsSink) -> None:
    samples = scraped(sink)
    assert samples["focstream_slices_total", ()] == 40
    assert samples["focstream_slices_settling_total", ()] == 12
    assert samples["focstream_slices_lost_total", (("cause", "camera_gap"),)] == 2
    assert samples["focstream_slices_lost_total", (("cause", "queue_full"),)] == 3
    assert samples["focstream_queue_depth", ()] == 1


def test_slices_missing_in_the_recording(sink: MetricsSink) -> None:
    assert ("focstream_slices_not_recorded_total", ()) not in scraped(sink)
    recording = MetricsSink(port=0, host="127.0.0.1", counts=lambda: COUNTS, not_recorded=lambda: 7)
    try:
        assert scraped(recording)["focstream_slices_not_recorded_total", ()] == 7
    finally:
        recording.close()


def test_maps_latency_engine_and_temperature(sink: MetricsSink) -> None:
    focal_slice = make_slice()
    tag = replace(focal_slice.tag, exposure_mid_ns=now_ns(), temperature_c=31.5)
    sink.see(replace(focal_slice, tag=tag))
    sink.write(an_update(final=False, stamp_ns=now_ns() - 40_000_000))
    sink.write(an_update(final=True, stamp_ns=now_ns() - 700_000_000))
    samples = scraped(sink)
    assert samples["focstream_maps_total", ()] == 2
    assert samples["focstream_sweeps_total", ()] == 1
    assert samples["focstream_latency_seconds_count", (("stage", "map"),)] == 2
    assert samples["focstream_latency_seconds_count", (("stage", "slice"),)] == 1
    assert samples["focstream_latency_seconds_bucket", (("le", "0.5"), ("stage", "map"))] <= 1
    assert samples["focstream_latency_seconds_sum", (("stage", "map"),)] >= 0.74
    assert samples["focstream_lens_temperature_celsius", ()] == 31.5
    engine = {"model": "focdepthformer", "engine": "torch", "calibrated": "calibrated", "unit": "m"}
    assert samples["focstream_engine_info", tuple(sorted(engine.items()))] == 1


def test_a_recording_has_no_latency() -> None:
    replay = MetricsSink(port=0, host="127.0.0.1", counts=lambda: COUNTS, live=False)
    try:
        replay.see(make_slice())
        replay.write(an_update())
        samples = scraped(replay)
        assert samples["focstream_maps_total", ()] == 1
        assert not any(name == "focstream_latency_seconds_count" for name, _ in samples)
    finally:
        replay.close()


def number_of(sink: MetricsSink) -> int:
    return int(sink.url.split(":")[2].split("/")[0])


def test_other_sites_cannot_read_by_a_name_of_their_own(sink: MetricsSink) -> None:
    refused = get(number_of(sink), "/metrics", host="evil.example")
    assert refused.status == 403
    assert b"focstream" not in refused.body
    assert get(number_of(sink), "/metrics", "Origin: http://evil.example").status == 403
    assert get(number_of(sink), "/metrics", host="[::1").status == 400
    served = get(number_of(sink), "/metrics", host="localhost:9100")
    assert served.status == 200
    assert served.headers["server"] == "focstream"
    assert served.headers["content-type"].startswith("text/plain; version=")


def test_others_may_ask_by_any_name_where_they_can_come() -> None:
    reachable = MetricsSink(port=0, host="0.0.0.0", counts=lambda: COUNTS)
    try:
        assert get(number_of(reachable), "/metrics", host="rig-3.lab.example").status == 200
    finally:
        reachable.close()


def test_connections_of_every_port() -> None:
    connections = Connections(most_each=3)
    depth = connections.port("depth")
    for _ in range(5):
        depth.admit()
    sink = MetricsSink(port=0, host="127.0.0.1", counts=lambda: COUNTS, connections=connections)
    try:
        with idle_peers(number_of(sink), 2):
            samples = scraped(sink)
        assert samples["focstream_connections", (("port", "depth"),)] == 3
        assert samples["focstream_connections", (("port", "metrics"),)] == 3
        assert samples["focstream_connections_refused_total", (("port", "depth"),)] == 2
        assert samples["focstream_connections_refused_total", (("port", "metrics"),)] == 0
    finally:
        sink.close()


def test_two_at_once_share_nothing(sink: MetricsSink) -> None:
    other = MetricsSink(port=0, host="127.0.0.1", counts=lambda: COUNTS)
    try:
        other.write(an_update())
        assert scraped(sink)["focstream_maps_total", ()] == 0
    finally:
        other.close()


def test_a_taken_port_is_one_line() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(InputError, match="another --metrics"),
    ):
        MetricsSink(port=taken.getsockname()[1], host="127.0.0.1", counts=lambda: COUNTS)


def test_the_port_is_free_after_closing(sink: MetricsSink) -> None:
    port = number_of(sink)
    sink.close()
    sink.close()
    MetricsSink(port=port, host="127.0.0.1", counts=lambda: COUNTS).close()


def test_what_was_measured_in_regions(sink: MetricsSink) -> None:
    sink.write(replace(an_update(), regions=(LID, HOLE)))
    samples = scraped(sink)
    lid, hole = ("region", "lid"), ("region", "hole")
    assert samples["focstream_region_median", (lid, ("unit", "m"))] == 0.4315
    assert samples["focstream_region_flatness", (lid, ("unit", "m"))] == 0.0012
    assert samples["focstream_region_angle_deg", (lid,)] == 3.25
    assert samples["focstream_region_sure_share", (hole,)] == 0.0
    assert np.isnan(samples["focstream_region_median", (hole, ("unit", "m"))])


def test_regions_that_are_no_longer_measured_have_no_figures(sink: MetricsSink) -> None:
    sink.write(replace(an_update(), regions=(LID, HOLE)))
    sink.write(replace(an_update(), regions=(HOLE,)))
    regions = [labels for name, labels in scraped(sink) if name.startswith("focstream_region_")]
    assert regions
    assert not any(("region", "lid") in labels for labels in regions)
    sink.write(an_update())
    assert not any(name.startswith("focstream_region_") for name, _ in scraped(sink))
