import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.simulator.lens.dynamics import LensDynamics
from capture.simulator.lens.model import LensModel
from focstream.types import InputError

MS = 1_000_000
START_NS = 1_000 * MS


def integrated_dpt(model: LensModel, commands: list[tuple[float, float]], *, until_s: float) -> float:
    """Focus by Runge-Kutta in steps of 20 us, for commands (time_s, focus_dpt) from rest at 0."""
    omega, damping = model.omega, model.damping
    focus = speed = target = time_s = 0.0

    def slopes(y: float, v: float) -> tuple[float, float]:
        return v, omega * omega * (target - y) - 2.0 * damping * omega * v

    arrivals = [(t + model.delay_s, f) for t, f in commands] + [(until_s, math.nan)]
    for arrival_s, command in arrivals:
        steps = max(1, math.ceil((min(arrival_s, until_s) - time_s) / 2e-5))
        h = (min(arrival_s, until_s) - time_s) / steps
        for _ in range(steps if h > 0 else 0):
            a = slopes(focus, speed)
            b = slopes(focus + h / 2 * a[0], speed + h / 2 * a[1])
            c = slopes(focus + h / 2 * b[0], speed + h / 2 * b[1])
            d = slopes(focus + h * c[0], speed + h * c[1])
            focus += h / 6 * (a[0] + 2 * b[0] + 2 * c[0] + d[0])
            speed += h / 6 * (a[1] + 2 * b[1] + 2 * c[1] + d[1])
        if arrival_s >= until_s:
            break
        time_s = arrival_s
        half = model.hysteresis_dpt / 2
        target = min(max(target, command - half), command + half)
    return focus


@settings(max_examples=25, deadline=None)
@given(
    damping=st.sampled_from([0.1, 0.5, 0.999999, 1.0, 1.000001, 1.7, 4.0]),
    frequency_hz=st.floats(20.0, 120.0),
    hysteresis_dpt=st.sampled_from([0.0, 0.1]),
    waits_ms=st.lists(st.integers(0, 12), min_size=1, max_size=4),
    focus_dpt=st.lists(st.floats(0.0, 5.0), min_size=4, max_size=4),
    rest_ms=st.integers(1, 20),
)
def test_motion_is_that_of_a_brute_force_integration(
    damping: float,
    frequency_hz: float,
    hysteresis_dpt: float,
    waits_ms: list[int],
    focus_dpt: list[float],
    rest_ms: int,
) -> None:
    model = LensModel(
        delay_s=0.003, natural_frequency_hz=frequency_hz, damping=damping, hysteresis_dpt=hysteresis_dpt
    )
    lens = LensDynamics(model, start_dpt=0.0)
    now_ms, commands = 0, []
    for wait_ms, focus in zip(waits_ms, focus_dpt, strict=False):
        now_ms += wait_ms
        lens.command(focus, time_ns=START_NS + now_ms * MS)
        commands.append((now_ms / 1e3, focus))
    end_ms = now_ms + rest_ms
    expected = integrated_dpt(model, commands, until_s=end_ms / 1e3)
    assert lens.position_dpt(START_NS + end_ms * MS) == pytest.approx(expected, abs=2e-5)


def test_nothing_moves_before_the_delay() -> None:
    lens = LensDynamics(LensModel(delay_s=0.004), start_dpt=1.0)
    lens.command(3.0, time_ns=START_NS)
    assert lens.position_dpt(START_NS + 4 * MS) == 1.0
    assert lens.position_dpt(START_NS + 6 * MS) > 1.0


def test_earlier_times_can_be_asked_for_after_later_ones() -> None:
    lens = LensDynamics(LensModel(), start_dpt=0.0)
    lens.command(3.0, time_ns=START_NS)
    early = lens.position_dpt(START_NS + 8 * MS)
    lens.command(0.0, time_ns=START_NS + 10 * MS)
    lens.position_dpt(START_NS + 50 * MS)
    assert lens.position_dpt(START_NS + 8 * MS) == early


def test_commands_out_of_order_are_refused() -> None:
    lens = LensDynamics(LensModel(), start_dpt=0.0)
    lens.command(3.0, time_ns=START_NS)
    with pytest.raises(ValueError, match="in order of time"):
        lens.command(2.0, time_ns=START_NS - 1)


def test_memory_is_bounded() -> None:
    lens = LensDynamics(LensModel(), start_dpt=0.0)
    for k in range(20_000):
        lens.command(k % 5, time_ns=START_NS + k * MS)
    with pytest.raises(ValueError, match="forgotten"):
        lens.position_dpt(START_NS)
    assert 0.0 <= lens.position_dpt(START_NS + 19_999 * MS) <= 5.0


def test_the_hysteresis_loop_is_as_wide_as_given() -> None:
    lens = LensDynamics(LensModel(hysteresis_dpt=0.08), start_dpt=0.0)
    reached = []
    for k, focus_dpt in enumerate([0.0, 2.0, 4.0, 2.0]):
        lens.command(focus_dpt, time_ns=START_NS + k * 1_000 * MS)
        reached.append(lens.position_dpt(START_NS + (k + 1) * 1_000 * MS - 1))
    assert reached[3] - reached[1] == pytest.approx(0.08, abs=1e-9)
    assert (reached[1] + reached[3]) / 2 == pytest.approx(2.0, abs=1e-9)


def test_a_move_smaller_than_the_backlash_moves_nothing() -> None:
    lens = LensDynamics(LensModel(hysteresis_dpt=0.1), start_dpt=2.0)
    lens.command(2.04, time_ns=START_NS)
    assert lens.position_dpt(START_NS + 1_000 * MS) == 2.0


@pytest.mark.parametrize("damping", [0.35, 1.0, 2.0])
def test_lag_behind_a_ramp(damping: float) -> None:
    model = LensModel(delay_s=0.006, natural_frequency_hz=80.0, damping=damping)
    lens = LensDynamics(model, start_dpt=0.0)
    speed_dpt_s, tick_ns = 4.0, MS // 10
    for k in range(3_000):
        lens.command(speed_dpt_s * k * 1e-4, time_ns=START_NS + k * tick_ns)
    lag_dpt = speed_dpt_s * 0.299 - lens.position_dpt(START_NS + 299 * MS)
    held_s = 0.5e-4  # a command that is held for a tick lags by half of it on average
    assert lag_dpt / speed_dpt_s == pytest.approx(model.latency_s + held_s, abs=2e-5)
    assert model.latency_s == pytest.approx(0.006 + 2.0 * damping / (2.0 * math.pi * 80.0))


@pytest.mark.parametrize("damping", [0.1, 0.6, 1.0, 3.0])
def test_settled_after_the_settle_time_and_not_before(damping: float) -> None:
    model = LensModel(delay_s=0.004, natural_frequency_hz=80.0, damping=damping)
    settle_s = model.settle_s(4.0, tolerance_dpt=0.02)
    lens = LensDynamics(model, start_dpt=0.0)
    lens.command(4.0, time_ns=START_NS)
    settle_ns = round(settle_s * 1e9)
    errors = [abs(lens.position_dpt(START_NS + settle_ns + k * MS // 10) - 4.0) for k in range(2_000)]
    assert max(errors) <= 0.02 + 1e-9
    just_before = [abs(lens.position_dpt(START_NS + settle_ns - k * MS // 20) - 4.0) for k in range(1, 30)]
    assert max(just_before) > 0.02


def test_a_step_within_the_tolerance_settles_at_once() -> None:
    assert LensModel(delay_s=0.004).settle_s(0.01, tolerance_dpt=0.02) == 0.004


@pytest.mark.parametrize("change", [{"damping": 0.0}, {"natural_frequency_hz": 0.0}, {"delay_s": -1.0}])
def test_impossible_lenses_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(InputError):
        LensModel(**change)
