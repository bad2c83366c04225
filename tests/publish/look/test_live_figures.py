import math

import pytest

from publish.look.live_figures import WINDOW_S, LiveFigures


def test_rates_and_latencies_of_the_window() -> None:
    now_s = [0.0]
    figures = LiveFigures(lambda: now_s[0])
    for step in range(101):  # 50 slices and 25 maps a second
        now_s[0] = step / 50
        figures.add_slice()
        if step % 2 == 0:
            figures.add_map(step * 1_000_000)
    shown = figures.now()
    assert shown.slices_per_s == pytest.approx(50.0)
    assert shown.maps_per_s == pytest.approx(25.0)
    assert shown.latency_p50_ms == 50.0
    assert shown.latency_p99_ms == 100.0


def test_a_recording_has_rates_but_no_latency() -> None:
    now_s = [0.0]
    figures = LiveFigures(lambda: now_s[0])
    for at_s in (0.0, 0.1, 0.2):
        now_s[0] = at_s
        figures.add_map(None)
    assert figures.now().maps_per_s == pytest.approx(10.0)
    assert math.isnan(figures.now().latency_p50_ms)


def test_what_is_past_is_forgotten() -> None:
    now_s = [0.0]
    figures = LiveFigures(lambda: now_s[0])
    figures.add_slice()
    figures.add_map(1)
    now_s[0] = WINDOW_S + 0.1
    shown = figures.now()
    assert math.isnan(shown.slices_per_s)
    assert math.isnan(shown.latency_p50_ms)
