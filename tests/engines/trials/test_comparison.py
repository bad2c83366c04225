"""What counts as equal, and what does not."""

import numpy as np
import pytest

from engines.base import NetworkMaps
from engines.graphs.state_layout import MAPS
from engines.trials.comparison import Comparison, Difference, difference, failures, table


def comparison(
    engine: str, means: dict[int, float], *, largest: float = 0.0, error: float = 0.1
) -> Comparison:
    return Comparison(
        engine=engine,
        differences=tuple(
            Difference(output=output, step=step, largest=float(np.maximum(largest, mean)), mean=mean)
            for output in MAPS
            for step, mean in means.items()
        ),
        error=error,
        reference_error=0.1,
    )


def test_equal_engines_pass() -> None:
    assert list(failures(comparison("onnxruntime f32", {1: 1e-7, 10: 1e-6, 100: 1e-6}))) == []
    assert list(failures(comparison("openvino bf16", {1: 2e-3, 10: 3e-3, 100: 2e-3}, largest=0.3))) == []


@pytest.mark.parametrize(
    ("judged", "words"),
    [
        (comparison("openvino f32", {1: 1e-7, 100: 1e-6}, largest=2e-3), "more than 0.0"),
        (comparison("openvino f32", {1: float("nan")}), "more than 0.0"),
        (comparison("openvino bf16", {1: 6e-3}), "more than 0.005"),
        (comparison("openvino bf16", {1: 1e-4, 10: 1e-4, 100: 3e-4}), "grows"),
        (comparison("openvino bf16", {1: 1e-3}, error=0.103), "+3.0%"),
        (comparison("openvino bf16", {1: 1e-3}, error=0.097), "-3.0%"),
        (comparison("openvino bf16", {1: 1e-3}, error=float("nan")), "nan"),
    ],
)
def test_what_is_past_a_tolerance_is_told(judged: Comparison, words: str) -> None:
    found = list(failures(judged))
    assert found
    assert all(judged.engine in line and words in line for line in found)


def test_the_worst_stack_counts() -> None:
    one, other = comparison("openvino bf16", {1: 1e-3}), comparison("openvino bf16", {1: 9e-3})
    both = Comparison(
        engine="openvino bf16",
        differences=one.differences + other.differences,
        error=0.1,
        reference_error=0.1,
    )
    assert both.worst("coordinate", 1) == (9e-3, 9e-3)
    assert list(failures(both))


def test_a_nan_of_one_stack_is_not_lost_among_the_others() -> None:
    good, bad = comparison("openvino f32", {1: 1e-7}), comparison("openvino f32", {1: float("nan")})
    for differences in (good.differences + bad.differences, bad.differences + good.differences):
        both = Comparison(engine="openvino f32", differences=differences, error=0.1, reference_error=0.1)
        assert list(failures(both))


def test_differences_are_of_every_output() -> None:
    shape = (1, 16, 16)
    zero = NetworkMaps(
        coordinate=np.zeros(shape, np.float32),
        log_scale=np.zeros(shape, np.float32),
        all_in_focus=np.zeros((*shape, 3), np.float32),
    )
    raised = zero.coordinate.copy()
    raised[0, 0, 0] = -0.5
    apart = {
        d.output: (d.largest, d.mean)
        for d in difference(
            NetworkMaps(coordinate=raised, log_scale=zero.log_scale, all_in_focus=zero.all_in_focus),
            zero,
            step=3,
        )
    }
    assert apart == {"coordinate": (0.5, 0.5 / 256), "log_scale": (0.0, 0.0), "all_in_focus": (0.0, 0.0)}


def test_the_table_names_every_engine_and_why_one_is_missing() -> None:
    text = table([comparison("openvino bf16", {1: 1e-3, 10: 2e-3})], {"torch bf16": "no torch here"})
    assert "| openvino bf16 | 1 | 1.0e-03, 1.0e-03 |" in text
    assert "| openvino bf16 | 10 | 2.0e-03, 2.0e-03 |" in text
    assert "torch bf16: no torch here" in text
