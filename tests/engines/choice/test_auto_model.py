"""``--model auto`` takes the best that keeps up, and says what it measured."""

import logging

import numpy as np
import pytest

from engines.choice.auto_model import AutoModel
from engines.choice.choose import make_model
from engines.choice.faster import cheaper, choices
from focstream.types import InputError
from inference.config import InferenceConfig
from inference.sharpness import SharpnessModel
from inference.slowed import SlowedModel

SHAPE = (48, 64)
SPEEDS = {("small", 1.0): 4.0, ("small", 0.5): 12.0, ("sharpness", 1.0): 40.0, ("sharpness", 0.5): 80.0}


def make(config: InferenceConfig):
    """The classical estimator in every role, with the role's name for its speed."""
    return SlowedModel(SharpnessModel(), slices_s=SPEEDS[config.model, config.scale], sleep=lambda _: None)


def nominal(model: SlowedModel, shape) -> float:
    """What the role would take on a slow computer: a busy machine must not change what is chosen."""
    assert shape == SHAPE
    return model.slices_s


def chosen(rate: float, caplog: pytest.LogCaptureFixture) -> str:
    caplog.set_level(logging.INFO)
    model = AutoModel(InferenceConfig(model="auto"), rate_at_least=rate, make=make, measure=nominal)
    model.initial_state(SHAPE)
    return caplog.text


@pytest.mark.parametrize(
    ("rate", "flags"),
    [
        (2.0, "--model small\n"),
        (8.0, "--model small --scale 0.5\n"),
        (25.0, "--model sharpness\n"),
        (60.0, "--model sharpness --scale 0.5\n"),
    ],
)
def test_the_best_that_keeps_up_is_taken(rate, flags, caplog):
    assert f"--model auto takes {flags}" in chosen(rate, caplog)


def test_where_nothing_keeps_up_the_fastest_is_taken_with_a_warning(caplog):
    text = chosen(5000.0, caplog)
    assert "nothing takes 5000 slices/s here; --model sharpness --scale 0.5 is the fastest" in text


def test_one_that_cannot_be_opened_is_passed_over(caplog):
    def broken(config: InferenceConfig):
        if config.model == "small":
            raise InputError("no weights")
        return make(config)

    caplog.set_level(logging.INFO)
    model = AutoModel(InferenceConfig(model="auto"), rate_at_least=2.0, make=broken, measure=nominal)
    model.initial_state(SHAPE)
    assert "--model auto takes --model sharpness\n" in caplog.text
    assert "--model small cannot be used: no weights" in caplog.text
    assert model.name == "sharpness"


def test_it_computes_what_the_chosen_one_computes():
    auto = AutoModel(InferenceConfig(model="auto"), rate_at_least=25.0, make=make, measure=nominal)
    plain = SharpnessModel()
    image = np.random.default_rng(0).integers(0, 255, SHAPE, dtype=np.uint8)
    states = [auto.initial_state(SHAPE), plain.initial_state(SHAPE)]
    for coordinate in (0.0, 0.5, 1.0):
        states[0], maps = auto.step(image, coordinate, states[0])
        states[1], same = plain.step(image, coordinate, states[1])
    np.testing.assert_array_equal(maps.coordinate, same.coordinate)


def test_what_is_cheaper_comes_after_what_is_asked_for():
    flags = [choice.flags for choice in cheaper(InferenceConfig(scale=0.5))]
    assert flags == ["--model sharpness", "--model sharpness --scale 0.5"]
    assert cheaper(choices(InferenceConfig())[-1].config) == ()


def test_every_choice_can_be_opened():
    for choice in choices(InferenceConfig(fill=True)):
        assert make_model(choice.config).initial_state(SHAPE) is not None
