"""Encoding in batches: who encodes changes, the maps do not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import EachEncoder, FloatArray, NetworkMaps, Runner
from engines.encode_ahead import EncodeAhead
from engines.network_model import NetworkModel
from engines.weights_info import WeightsInfo
from focstream.types import FocalSlice
from inference.network.config import NetworkConfig
from inference.policies import RefineEstimator
from tests.capture.recording.recordings import noise, slice_number


class SumRunner(Runner[FloatArray, FloatArray], EachEncoder[FloatArray]):
    """Its features are a weighted image, its state their sum; it notes how many slices came together."""

    engine = "sum"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def encode(self, images, coordinates) -> FloatArray:
        return images.mean(axis=3) * (1.0 + coordinates[:, None, None])

    def each(self, features) -> list[FloatArray]:
        self.batches.append(len(features))
        return [features[i : i + 1] for i in range(len(features))]

    def initial_state(self, shape) -> FloatArray:
        return np.zeros(shape, np.float32)

    def update(self, features, state) -> FloatArray:
        return state + features

    def decode(self, state) -> NetworkMaps:
        return NetworkMaps(coordinate=state, log_scale=0.0 * state, all_in_focus=np.stack([state] * 3, -1))


def make_model(runner: SumRunner | None = None) -> NetworkModel[FloatArray, FloatArray]:
    return NetworkModel(
        runner or SumRunner(), WeightsInfo(name="sum", config=NetworkConfig(), sigma_per_scale=1.0)
    )


MODEL = make_model()


def a_slice(number: int, *, wide: bool = False) -> FocalSlice:
    return slice_number(number, image=noise(number, (24, 48 if wide else 32)))


def final_maps(model, slices) -> list[np.ndarray]:
    estimator = RefineEstimator(model)
    updates = [estimator.push(item, show=False) for item in slices]
    return [update.coordinate for update in updates if update is not None]


@given(st.integers(0, 23), st.integers(2, 7))
def test_batches_change_nothing_but_who_encodes(count: int, batch: int) -> None:
    slices = [a_slice(number) for number in range(count)]
    runner = SumRunner()
    ahead = EncodeAhead(make_model(runner), batch=batch)
    found = final_maps(ahead, ahead.attach(slices))
    np.testing.assert_array_equal(found, final_maps(MODEL, slices))
    assert runner.batches == [batch] * (count // batch)


def test_another_format_begins_another_batch() -> None:
    slices = [a_slice(number, wide=4 <= number < 8) for number in range(12)]
    runner = SumRunner()
    ahead = EncodeAhead(make_model(runner), batch=3)
    found = final_maps(ahead, ahead.attach(slices))
    for one, other in zip(found, final_maps(MODEL, slices), strict=True):
        np.testing.assert_array_equal(one, other)
    assert runner.batches == [3, 3, 3]


def test_a_slice_that_was_not_passed_on_last_is_encoded_anew() -> None:
    ahead = EncodeAhead(MODEL, batch=2)
    first, second = list(ahead.attach([a_slice(0), a_slice(1)]))
    np.testing.assert_array_equal(ahead.encode(first.image, 0.25), MODEL.encode(first.image, 0.25))
    # and so is one at another coordinate
    np.testing.assert_array_equal(ahead.encode(second.image, 0.5), MODEL.encode(second.image, 0.5))


def test_it_is_the_model_otherwise() -> None:
    ahead = EncodeAhead(MODEL, batch=2)
    assert (ahead.name, ahead.engine) == (MODEL.name, MODEL.engine)
    after, maps = ahead.step(a_slice(0).image, 0.5, ahead.initial_state((24, 32)))
    _, expected = MODEL.step(a_slice(0).image, 0.5, MODEL.initial_state((24, 32)))
    np.testing.assert_array_equal(maps.coordinate, expected.coordinate)
    np.testing.assert_array_equal(ahead.decode(after).coordinate, expected.coordinate)


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_put_together(count: int) -> None:
    ahead = EncodeAhead(MODEL, batch=2)
    assert len(list(ahead.attach([a_slice(n) for n in range(count)]))) == count
