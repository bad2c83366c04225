import pytest

from capture.lens import Lens
from capture.simulator.lens.lens import SimulatedLens
from capture.simulator.lens.model import LensModel
from capture.simulator.lens.warm_up import WarmUp
from focstream.types import InputError
from tests.capture.simulator.fake_time import FakeTime


def test_it_rests_at_its_far_limit_and_goes_where_it_is_told() -> None:
    time = FakeTime()
    lens: Lens = SimulatedLens(far_dpt=0.5, near_dpt=4.0, clock=time.clock)
    assert isinstance(lens, SimulatedLens)
    with lens:
        assert lens.position_dpt(time.now) == 0.5
        lens.move(2.0)
        time.sleep(1.0)
        assert lens.position_dpt(time.now) == pytest.approx(2.0)


@pytest.mark.parametrize("focus_dpt", [-0.1, 5.1, float("nan"), float("inf")])
def test_out_of_range_is_an_error_and_moves_nothing(focus_dpt: float) -> None:
    time = FakeTime()
    lens = SimulatedLens(clock=time.clock)
    with pytest.raises(InputError, match=r"range is 0 to 5 dpt"):
        lens.move(focus_dpt)
    time.sleep(1.0)
    assert lens.position_dpt(time.now) == 0.0


def test_info_follows_from_the_model() -> None:
    model = LensModel(delay_s=0.005, natural_frequency_hz=100.0, damping=0.5, hysteresis_dpt=0.03)
    info = SimulatedLens(model, far_dpt=0.5, near_dpt=4.0).info
    assert (info.far_dpt, info.near_dpt, info.hysteresis_dpt) == (0.5, 4.0, 0.03)
    assert info.latency_s == model.latency_s
    assert info.settle_s == model.settle_s(3.5, tolerance_dpt=0.02)


def test_focus_drifts_as_the_lens_warms_up() -> None:
    time = FakeTime()
    warm_up = WarmUp(drift_dpt_per_k=0.05, rise_k=10.0, time_constant_s=60.0)
    lens = SimulatedLens(far_dpt=1.0, warm_up=warm_up, clock=time.clock)
    assert lens.temperature_c() == pytest.approx(25.0)
    time.sleep(600.0)
    assert lens.temperature_c() == pytest.approx(35.0, abs=0.01)
    assert lens.position_dpt(time.now) == pytest.approx(1.5, abs=0.001)


def test_without_warming_up_it_tells_no_temperature() -> None:
    assert SimulatedLens().temperature_c() is None
