import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.lens import LensInfo
from capture.sweep.plan import SweepConfig, plan_sweep
from focstream.types import InputError

LENS = LensInfo(name="test", far_dpt=0.0, near_dpt=5.0, settle_s=0.025)


def test_slots_are_uniform_in_dioptres_and_fill_the_lens() -> None:
    plan = plan_sweep(SweepConfig(slots=6), lens=LENS, frame_rate_hz=60)
    assert plan.slot_dpt() == pytest.approx((0, 1, 2, 3, 4, 5))
    assert plan.overscan_dpt == 0


def test_a_moving_sweep_keeps_room_to_run_out() -> None:
    plan = plan_sweep(SweepConfig(slots=16, waveform="triangle"), lens=LENS, frame_rate_hz=60)
    # while the lens settles (25 ms) the focus travels 1.5 of the 15 slot distances
    assert plan.overscan_dpt == pytest.approx(0.1 * plan.span_dpt)
    assert plan.far_dpt - plan.overscan_dpt == pytest.approx(LENS.far_dpt)
    assert plan.near_dpt + plan.overscan_dpt == pytest.approx(LENS.near_dpt)
    assert plan.speed_dpt_s == pytest.approx(plan.span_dpt / 15 * 60)


@given(
    st.sampled_from(["staircase", "triangle", "sawtooth"]),
    st.integers(2, 200),
    st.floats(1, 500),
    st.none() | st.floats(0, 1),
)
def test_a_default_sweep_always_fits_the_lens(
    waveform: str, slots: int, frame_rate_hz: float, overscan: float | None
) -> None:
    config = SweepConfig.model_validate({"waveform": waveform, "slots": slots, "overscan": overscan})
    plan = plan_sweep(config, lens=LENS, frame_rate_hz=frame_rate_hz)
    assert plan.far_dpt - plan.overscan_dpt >= LENS.far_dpt - 1e-9
    assert plan.near_dpt + plan.overscan_dpt <= LENS.near_dpt + 1e-9
    assert plan.span_dpt > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"far_dpt": 3.0, "near_dpt": 2.0}, "is not below"),
        ({"near_dpt": 6.0}, "lens test focuses 0 … 5 dpt"),
        ({"waveform": "sawtooth", "far_dpt": 0.0, "near_dpt": 5.0}, "with its overscan"),
    ],
)
def test_a_sweep_that_the_lens_cannot_do_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan_sweep(SweepConfig.model_validate(options), lens=LENS, frame_rate_hz=60)
