"""The state is small, of fixed size, and the same however the slices come."""

import numpy as np

from inference.policies import RefineEstimator
from inference.sharpness import SharpnessModel
from tests.inference.slices import SHAPE, focal_slice, grey, ramp_run


def _state(model, coordinates):
    state = model.initial_state(SHAPE)
    for coordinate in coordinates:
        state = model.update(model.encode(grey(float(coordinate)), float(coordinate)), state)
    return state


def test_memory_does_not_grow():
    model = SharpnessModel()
    two = _state(model, [0.0, 1.0])
    many = _state(model, np.tile(np.linspace(0, 1, 10), 20))
    assert two.nbytes == many.nbytes == model.initial_state(SHAPE).nbytes
    assert many.coverage.slices == 200


def test_copies_are_independent():
    model = SharpnessModel()
    state = _state(model, [0.0, 0.5])
    copy = state.copy()
    before = model.decode(copy)
    model.update(model.encode(grey(1.0), 1.0), state)
    after = model.decode(copy)
    np.testing.assert_array_equal(before.coordinate, after.coordinate)
    np.testing.assert_array_equal(before.all_in_focus, after.all_in_focus)


def test_decoding_leaves_the_state_alone():
    model = SharpnessModel(fill=True)
    state = _state(model, [0.0, 0.5, 1.0])
    first = model.decode(state)
    first.coordinate[:] = 7
    first.all_in_focus[:] = 7
    second = model.decode(state)
    assert (second.coordinate <= 1).all()
    assert second.all_in_focus.std() > 0


def test_features_serve_two_states():
    model = SharpnessModel()
    states = [model.initial_state(SHAPE) for _ in range(2)]
    for coordinate in np.linspace(0, 1, 6):
        features = model.encode(grey(float(coordinate)), float(coordinate))
        states = [model.update(features, state) for state in states]
    maps = [model.decode(state) for state in states]
    np.testing.assert_array_equal(maps[0].coordinate, maps[1].coordinate)


def test_pushing_one_by_one_equals_the_batch():
    coordinates = np.linspace(0, 1, 7)
    estimator = RefineEstimator(SharpnessModel())
    for k, coordinate in enumerate(coordinates):
        update = estimator.push(focal_slice(grey(float(coordinate)), float(coordinate), last=k == 6))
    batch = ramp_run(SharpnessModel(), coordinates)
    assert update.final
    np.testing.assert_array_equal(update.coordinate, batch.coordinate)
    np.testing.assert_array_equal(update.coordinate_sigma, batch.coordinate_sigma)
    np.testing.assert_array_equal(update.all_in_focus, batch.all_in_focus)
