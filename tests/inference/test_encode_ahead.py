"""Encoding in batches: who encodes changes, the maps do not."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from focstream.types import FocalSlice
from inference.encode_ahead import EncodeAhead
from inference.policies import RefineEstimator
from inference.sharpness import SharpnessModel
from inference.sharpness.state import SharpnessFeatures
from tests.capture.recording.recordings import noise, slice_number


class CountingEncoder:
    """Encodes with the model, slice by slice, and notes how many came together."""

    def __init__(self, model: SharpnessModel) -> None:
        self._model = model
        self.batches: list[int] = []

    def encode_batch(self, images, coordinates) -> list[SharpnessFeatures]:
        assert len({(image.shape, image.dtype) for image in images}) == 1
        self.batches.append(len(images))
        return [self._model.encode(image, at) for image, at in zip(images, coordinates, strict=True)]


MODEL = SharpnessModel()


def a_slice(number: int, *, wide: bool = False) -> FocalSlice:
    return slice_number(number, image=noise(number, (24, 48 if wide else 32)))


def final_maps(model, slices) -> list[np.ndarray]:
    estimator = RefineEstimator(model)
    updates = [estimator.push(item, show=False) for item in slices]
    return [update.coordinate for update in updates if update is not None]


@given(st.integers(0, 23), st.integers(2, 7))
def test_batches_change_nothing_but_who_encodes(count: int, batch: int) -> None:
    slices = [a_slice(number) for number in range(count)]
    encoder = CountingEncoder(MODEL)
    ahead = EncodeAhead(MODEL, encoder, batch=batch)
    found = final_maps(ahead, ahead.attach(slices))
    np.testing.assert_array_equal(found, final_maps(MODEL, slices))
    assert encoder.batches == [batch] * (count // batch)


def test_another_format_begins_another_batch() -> None:
    slices = [a_slice(number, wide=4 <= number < 8) for number in range(12)]
    encoder = CountingEncoder(MODEL)
    ahead = EncodeAhead(MODEL, encoder, batch=3)
    found = final_maps(ahead, ahead.attach(slices))
    for one, other in zip(found, final_maps(MODEL, slices), strict=True):
        np.testing.assert_array_equal(one, other)
    assert encoder.batches == [3, 3, 3]


def test_a_slice_that_was_not_passed_on_last_is_encoded_anew() -> None:
    ahead = EncodeAhead(MODEL, CountingEncoder(MODEL), batch=2)
    first, second = list(ahead.attach([a_slice(0), a_slice(1)]))
    expected = MODEL.encode(first.image, 0.25)
    found = ahead.encode(first.image, 0.25)
    assert found.sweep_coordinate == 0.25
    for one, other in zip(found.energies, expected.energies, strict=True):
        np.testing.assert_array_equal(one, other)
    assert ahead.encode(second.image, 0.5).sweep_coordinate == 0.5  # and so is one at another coordinate


def test_it_is_the_model_otherwise() -> None:
    ahead = EncodeAhead(MODEL, CountingEncoder(MODEL), batch=2)
    assert (ahead.name, ahead.engine) == (MODEL.name, MODEL.engine)
    state = ahead.initial_state((24, 32))
    assert np.isnan(ahead.decode(state).coordinate).all()
    assert dataclasses.is_dataclass(ahead.update(ahead.encode(a_slice(0).image, 0.0), state))


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_put_together(count: int) -> None:
    ahead = EncodeAhead(MODEL, CountingEncoder(MODEL), batch=2)
    assert len(list(ahead.attach([a_slice(n) for n in range(count)]))) == count
