"""What is known while the model gets ready."""

import pytest

from engines.choice import readiness as module
from engines.choice.readiness import ModelReadiness
from focstream.demand import Speed
from inference.config import InferenceConfig


def test_it_is_known_when_the_model_is_being_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    readiness = ModelReadiness(InferenceConfig(model="sharpness"))
    during = []
    measure = module.measure_speed

    def noted(*arguments: object) -> Speed:
        during.append(readiness.preparing)
        return measure(*arguments)

    monkeypatch.setattr(module, "measure_speed", noted)
    assert not readiness.preparing
    readiness.prepare((48, 64))
    assert during == [True]
    assert not readiness.preparing


def test_a_failed_build_is_over() -> None:
    readiness = ModelReadiness(InferenceConfig(model="sharpness"))
    with pytest.raises((IndexError, ValueError)):
        readiness.build(())
    assert not readiness.preparing
    readiness.build((48, 64))
    assert not readiness.preparing
