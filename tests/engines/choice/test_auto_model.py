"""``--model auto`` takes the best that keeps up, and says what it measured."""

import logging

import numpy as np
import pytest

from engines.choice.auto_model import AutoModel
from engines.choice.choose import make_model
from engines.choice.faster import Maker, cheaper, choices
from focstream.types import InputError
from inference.config import InferenceConfig
from inference.sharpness import SharpnessModel
from inference.slowed import SlowedModel

SHAPE = (48, 64)
SPEEDS = {
    ("small", 1.0): 4.0,
    ("tiny", 1.0): 9.0,
    ("small", 0.5): 12.0,
    ("tiny", 0.5): 28.0,
    ("sharpness", 1.0): 40.0,
    ("sharpness", 0.5): 80.0,
}
"""Slices a second."""
IN_INT8 = {("small", 1.0): 6.0, ("tiny", 1.0): 11.0, ("small", 0.5): 20.0, ("tiny", 0.5): 32.0}
"""The same, where int8 is quicker."""
CLASSICAL = ["--model sharpness", "--model sharpness --scale 0.5"]


def make(config: InferenceConfig):
    """The classical estimator in every role, with the role's name for its speed."""
    return SlowedModel(SharpnessModel(), slices_s=SPEEDS[config.model, config.scale], sleep=lambda _: None)


def nominal(model: SlowedModel, shape) -> float:
    """What the role would take on a slow computer: a busy machine must not change what is chosen."""
    assert shape == SHAPE
    return model.slices_s


def chosen(rate: float, caplog: pytest.LogCaptureFixture, make: Maker = make) -> str:
    caplog.set_level(logging.INFO)
    model = AutoModel(InferenceConfig(model="auto"), rate_at_least=rate, make=make, measure=nominal)
    model.initial_state(SHAPE)
    return caplog.text


@pytest.mark.parametrize(
    ("rate", "flags"),
    [
        (2.0, "--model small\n"),
        (8.0, "--model tiny\n"),
        (11.0, "--model small --scale 0.5\n"),
        (25.0, "--model tiny --scale 0.5\n"),
        (35.0, "--model sharpness\n"),
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
    assert "--model auto takes --model tiny\n" in caplog.text
    assert "--model small cannot be used: no weights" in caplog.text


def test_it_computes_what_the_chosen_one_computes():
    auto = AutoModel(InferenceConfig(model="auto"), rate_at_least=35.0, make=make, measure=nominal)
    plain = SharpnessModel()
    image = np.random.default_rng(0).integers(0, 255, SHAPE, dtype=np.uint8)
    states = [auto.initial_state(SHAPE), plain.initial_state(SHAPE)]
    for coordinate in (0.0, 0.5, 1.0):
        states[0], maps = auto.step(image, coordinate, states[0])
        states[1], same = plain.step(image, coordinate, states[1])
    np.testing.assert_array_equal(maps.coordinate, same.coordinate)


def test_what_is_cheaper_comes_after_what_is_asked_for():
    assert flags_of(cheaper(InferenceConfig(scale=0.5))) == ["--model tiny --scale 0.5", *CLASSICAL]
    assert flags_of(cheaper(InferenceConfig(model="tiny", scale=0.5))) == CLASSICAL
    assert cheaper(choices(InferenceConfig())[-1].config) == ()


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor of which nobody knows whether int8 is quicker there."""
    monkeypatch.setenv("OV_CPU_MAX_ISA", "SSE42")


@pytest.mark.parametrize(
    ("rate", "flags"),
    [
        (2.0, "--model small\n"),
        (5.0, "--model small --precision int8\n"),
        (8.0, "--model tiny\n"),
        (10.0, "--model tiny --precision int8\n"),
        (11.5, "--model small --scale 0.5\n"),
        (18.0, "--model small --scale 0.5 --precision int8\n"),
        (25.0, "--model tiny --scale 0.5\n"),
        (30.0, "--model tiny --scale 0.5 --precision int8\n"),
        (35.0, "--model sharpness\n"),
    ],
)
def test_int8_is_measured_at_both_sizes_where_nobody_knows(rate, flags, caplog, unmeasured):
    assert f"--model auto takes {flags}" in chosen(rate, caplog, make=quick_in_int8)


def test_int8_that_is_slow_at_full_size_is_not_tried_at_half(caplog, unmeasured):
    text = chosen(35.0, caplog)  # int8 takes as long as float32
    for name, slices_s in (("small", (4, 12)), ("tiny", (9, 28))):
        whole, half = slices_s
        assert f"--model {name} --precision int8 {whole} slices/s" in text
        assert f"--model {name} --scale 0.5 {half} slices/s" in text
    assert "--scale 0.5 --precision int8" not in text


def test_what_is_cheaper_than_int8_or_than_a_quarter(unmeasured):
    assert flags_of(cheaper(InferenceConfig())) == [
        "--model small --precision int8",
        "--model tiny",
        "--model tiny --precision int8",
        "--model small --scale 0.5",
        "--model small --scale 0.5 --precision int8",
        "--model tiny --scale 0.5",
        "--model tiny --scale 0.5 --precision int8",
        *CLASSICAL,
    ]
    assert flags_of(cheaper(InferenceConfig(precision="int8"))) == [
        "--model tiny",
        "--model small --scale 0.5",
        "--model tiny --scale 0.5",
        *CLASSICAL,
    ]
    assert flags_of(cheaper(InferenceConfig(scale=0.25))) == CLASSICAL


def quick_in_int8(config: InferenceConfig):
    """As `make`, with other speeds in int8."""
    if config.precision != "int8":
        return make(config)
    speed = IN_INT8[config.model, config.scale]
    return SlowedModel(SharpnessModel(), slices_s=speed, sleep=lambda _: None)


def flags_of(some) -> list[str]:
    return [choice.flags for choice in some]


def test_every_choice_can_be_opened():
    for choice in choices(InferenceConfig(fill=True)):
        assert make_model(choice.config).initial_state(SHAPE) is not None
