import logging
from dataclasses import replace

import numpy as np
import pytest

from focstream.acquisition_counts import AcquisitionCounts
from focstream.latency import Latencies
from focstream.region import Region, RegionFigures
from focstream.report import RateReport, SweepReport, sure_share
from focstream.types import FocusScale
from tests.updates import make_update


def test_percentiles() -> None:
    latencies = Latencies()
    assert np.isnan(latencies.percentile_ms(50))
    for value_ms in range(100, 0, -1):
        latencies.add(value_ms * 1_000_000)
    assert latencies.percentile_ms(50) == 51
    assert latencies.percentile_ms(99) == 100
    latencies.clear()
    assert np.isnan(latencies.percentile_ms(99))


def test_one_line_a_period_with_every_loss(caplog: pytest.LogCaptureFixture) -> None:
    counts = AcquisitionCounts(read=100, settling=30, gaps=2, dropped=5, queued=3)
    report = RateReport(lambda: counts, period_s=0.0)
    with caplog.at_level(logging.INFO, logger="focstream"):
        report.write(make_update())
    assert "lost 7 | settling 30 | waiting 0 | queue 3" in caplog.text
    assert "slices/s" in caplog.text
    assert counts.handed_on == 100 - 30 - 5 - 3


def test_a_finished_sweep_tells_its_error(caplog: pytest.LogCaptureFixture) -> None:
    coordinate = np.array([[0.1, 0.2, np.nan, 0.4]], np.float32)
    truth = np.array([[0.1, 0.3, 0.5, 0.1]], np.float32)
    scale = FocusScale(far_dpt=0.5, near_dpt=4.5)
    report = SweepReport(scale.to_dpt(truth))
    with caplog.at_level(logging.INFO, logger="focstream"):
        report.write(make_update(coordinate, scale=scale, final=False))
        assert caplog.text == ""
        report.write(make_update(coordinate, scale=scale))
    assert "sure on 75% of the image (σ ≤ 5% of the sweep)" in caplog.text
    assert "median 0.1000, mean 0.1333 of the range (median 0.400 dpt)" in caplog.text


def test_the_error_is_in_the_range_of_the_sweep_that_the_map_is_of(caplog: pytest.LogCaptureFixture) -> None:
    report = SweepReport(np.full((1, 2), 2.5, np.float32))
    caplog.set_level(logging.INFO)
    for far_dpt, near_dpt in ((0.5, 4.5), (2.0, 3.0)):
        scale = FocusScale(far_dpt=far_dpt, near_dpt=near_dpt)
        report.write(make_update(np.full((1, 2), 0.4, np.float32), scale=scale))
    assert caplog.text.count("error against truth: median 0.1000") == 2
    report.write(make_update(np.full((1, 2), 0.4, np.float32)))  # without a scale nothing can be said
    assert caplog.text.count("error against truth") == 2


def test_only_what_has_a_small_sigma_is_sure() -> None:
    coordinate = np.array([[0.1, 0.2, np.nan, 0.4, 0.5]], np.float32)
    sigma = np.array([[0.01, 0.049, 0.01, 0.06, np.nan]], np.float32)
    assert sure_share(replace(make_update(coordinate), coordinate_sigma=sigma)) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("seen", "slots", "broken", "text"),
    [
        (10, 10, False, "10 of 10 slices |"),
        (7, 10, True, "7 of 10 slices, others are missing |"),
        (10, None, False, "10 slices |"),
        (14, 10, True, "14 slices, others are missing |"),  # of two sweeps, with --update rolling
    ],
)
def test_a_finished_sweep_tells_how_much_of_it_was_seen(seen, slots, broken, text, caplog) -> None:
    update = make_update()
    tag = replace(update.tag, slots=slots)
    with caplog.at_level(logging.INFO, logger="focstream"):
        SweepReport(None).write(replace(update, slices_seen=seen, broken=broken, tag=tag))
    assert f"sweep {tag.sweep_id}: {text}" in caplog.text


def test_an_active_sweep_tells_where_its_slices_were_and_why_it_ended(caplog) -> None:
    update = make_update(slots_taken=(0.1, 0.9, 0.456), slices_seen=3)
    tag = replace(update.tag, slots=None, active="enough")
    with caplog.at_level(logging.INFO, logger="focstream"):
        SweepReport(None).write(replace(update, tag=tag))
        SweepReport(None).write(replace(update, tag=tag, slices_seen=8))
    assert "3 slices at 0.10, 0.90, 0.46 (enough) |" in caplog.text
    assert "3 slices at 0.10, 0.90, 0.46 (enough) and 5 of the sweep before |" in caplog.text


def test_an_uncalibrated_sweep_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="focstream"):
        SweepReport(None).write(make_update())
    assert caplog.messages[0].endswith("not metric")


def test_a_finished_sweep_tells_its_regions(caplog: pytest.LogCaptureFixture) -> None:
    lid = RegionFigures(
        region=Region(name="lid", x_px=1, y_px=2, width_px=8, height_px=6),
        median=0.43152, sigma=0.0021, angle_deg=3.25, flatness=0.0012, sure_share=0.75,
    )  # fmt: skip
    nan = float("nan")
    part = replace(lid, angle_deg=nan)
    none = replace(part, median=nan, sigma=nan, flatness=nan, sure_share=0.0)
    scale = FocusScale(far_dpt=0.5, near_dpt=4.5)
    with caplog.at_level(logging.INFO, logger="focstream"):
        SweepReport(None).write(make_update(scale=scale, regions=(lid, none), sweep_id=7))
        SweepReport(None).write(make_update(regions=(part,)))
    assert "sweep 7, lid: 0.4315 m, σ 0.0021 m, angle 3.2°, flat within 0.0012 m, 75% sure" in caplog.text
    assert "sweep 7, lid: no sure depth" in caplog.text
    assert "sweep 0, lid: 0.4315, σ 0.0021, flat within 0.0012, 75% sure" in caplog.text


def test_what_a_mask_leaves_is_not_called_sure(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    coordinate = np.full((4, 4), 0.5, np.float32)
    coordinate[0] = np.nan
    scale = FocusScale(far_dpt=0.5, near_dpt=4.5)
    report = SweepReport(np.full((4, 4), 2.5, np.float32), mask="0.01")
    report.write(make_update(coordinate, scale=scale))
    assert "depth on 75% of the image (--confidence 0.01)" in caplog.text
    assert "mean 0.0000 of the range (median 0.000 dpt) where depth is left" in caplog.text
    assert "sure on" not in caplog.text
