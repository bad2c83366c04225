import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.sweep.motion import motion_at
from capture.sweep.plan import SweepPlan

TRIANGLE = SweepPlan(
    far_dpt=1.0, near_dpt=3.0, slots=5, waveform="triangle", rate_hz=10.0, overscan_dpt=0.5
)  # 5 dpt/s over 3 dpt: a traverse takes 0.6 s
SAWTOOTH = SweepPlan(far_dpt=1.0, near_dpt=3.0, slots=5, waveform="sawtooth", rate_hz=10.0, overscan_dpt=0.5)


@pytest.mark.parametrize(
    ("time_s", "focus_dpt", "direction", "traverse"),
    [
        (-1.0, 0.5, 1, 0),
        (0.0, 0.5, 1, 0),
        (0.3, 2.0, 1, 0),
        (0.7, 3.0, -1, 1),
        (1.1, 1.0, -1, 1),
        (1.3, 1.0, 1, 2),
    ],
)
def test_triangle(time_s: float, focus_dpt: float, direction: int, traverse: int) -> None:
    motion = motion_at(TRIANGLE, time_s=time_s, flyback_s=0.1)
    assert motion.focus_dpt == pytest.approx(focus_dpt)
    assert (motion.direction, motion.traverse, motion.flyback) == (direction, traverse, False)


def test_sawtooth_flies_back_and_waits() -> None:
    rising = motion_at(SAWTOOTH, time_s=0.3, flyback_s=0.1)
    back = motion_at(SAWTOOTH, time_s=0.65, flyback_s=0.1)
    again = motion_at(SAWTOOTH, time_s=0.7 + 0.3, flyback_s=0.1)
    assert (rising.focus_dpt, rising.flyback) == (pytest.approx(2.0), False)
    assert (back.focus_dpt, back.flyback, back.direction) == (0.5, True, -1)
    assert back.since_turn_s == pytest.approx(0.05)
    assert (again.focus_dpt, again.traverse) == (pytest.approx(2.0), 1)


@given(st.floats(0, 100), st.sampled_from([TRIANGLE, SAWTOOTH]))
def test_the_command_stays_within_the_overscan(time_s: float, plan: SweepPlan) -> None:
    motion = motion_at(plan, time_s=time_s, flyback_s=0.025)
    assert 0.5 - 1e-9 <= motion.focus_dpt <= 3.5 + 1e-9
    assert motion.since_turn_s >= 0


@given(st.floats(0, 50), st.floats(0, 1e-3))
def test_a_triangle_never_jumps(time_s: float, step_s: float) -> None:
    before = motion_at(TRIANGLE, time_s=time_s, flyback_s=0.1).focus_dpt
    after = motion_at(TRIANGLE, time_s=time_s + step_s, flyback_s=0.1).focus_dpt
    assert abs(after - before) <= TRIANGLE.speed_dpt_s * step_s + 1e-9
