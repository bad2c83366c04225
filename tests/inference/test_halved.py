"""Depth at half the size: full-size maps, the same however the slices come."""

import cv2
import numpy as np
import pytest

from inference.depth_model import DepthMaps
from inference.halved import HalvedModel, full_size
from inference.policies import RefineEstimator
from inference.sharpness import SharpnessModel
from tests.inference.slices import (
    SHAPE,
    as_uint8,
    as_uint16,
    error,
    focal_slice,
    grey,
    picture,
    ramp_run,
    run,
)

COORDINATES = np.linspace(0, 1, 9)


def halved() -> HalvedModel:
    return HalvedModel(SharpnessModel(fill=True))


@pytest.mark.parametrize("shape", [(64, 80), (65, 81), (48, 33)])
@pytest.mark.parametrize("kind", ["grey", "colour", "sixteen bits"])
def test_maps_have_the_size_of_the_images(shape, kind):
    def image(coordinate):
        if kind == "sixteen bits":
            return as_uint16(picture(coordinate, shape=shape))
        one = as_uint8(picture(coordinate, shape=shape))
        return cv2.cvtColor(one, cv2.COLOR_GRAY2BGR) if kind == "colour" else one

    maps = run(halved(), [image(c) for c in (0.0, 0.5, 1.0)], (0.0, 0.5, 1.0))
    assert maps.coordinate.shape == maps.coordinate_sigma.shape == shape
    assert maps.all_in_focus.shape == ((*shape, 3) if kind == "colour" else shape)
    assert maps.all_in_focus.dtype == np.uint8
    assert np.isfinite(maps.coordinate).all()


def test_depth_is_that_of_full_size_but_for_detail():
    assert error(ramp_run(halved(), COORDINATES)) < 2 * error(
        ramp_run(SharpnessModel(fill=True), COORDINATES)
    )


def test_the_picture_is_sharp_at_full_size():
    def detail(image):
        return float(cv2.Laplacian(image.astype(np.float32), cv2.CV_32F).std())

    whole = ramp_run(SharpnessModel(), COORDINATES).all_in_focus
    enlarged = cv2.pyrUp(cv2.pyrDown(whole), dstsize=SHAPE[::-1])
    picture_of_half = ramp_run(halved(), COORDINATES).all_in_focus
    assert detail(picture_of_half) > 0.9 * detail(whole) > 2 * detail(enlarged)


def test_sigma_grows_where_the_small_map_cannot_say():
    depth = np.full(SHAPE, 0.25, np.float32)
    depth[:, 41:] = 0.75
    images = [as_uint8(picture(float(c), depth=depth)) for c in COORDINATES]
    sigma = run(halved(), images, COORDINATES).coordinate_sigma
    assert np.median(sigma[:, 39:44]) > 3 * np.median(sigma[:, 5:30])


def test_pushing_one_by_one_equals_the_batch():
    estimator = RefineEstimator(halved())
    for k, coordinate in enumerate(COORDINATES):
        update = estimator.push(focal_slice(grey(float(coordinate)), float(coordinate), last=k == 8))
    batch = ramp_run(halved(), COORDINATES)
    np.testing.assert_array_equal(update.coordinate, batch.coordinate)
    np.testing.assert_array_equal(update.coordinate_sigma, batch.coordinate_sigma)
    np.testing.assert_array_equal(update.all_in_focus, batch.all_in_focus)


def test_a_slice_without_a_map_leaves_the_bits_of_one_with_a_map():
    model = halved()
    one, other = (model.initial_state(SHAPE) for _ in range(2))
    for coordinate in COORDINATES:
        one, maps = model.step(grey(float(coordinate)), float(coordinate), one)
        other = model.advance(grey(float(coordinate)), float(coordinate), other)
    np.testing.assert_array_equal(maps.coordinate, model.decode(other).coordinate)
    np.testing.assert_array_equal(maps.all_in_focus, model.decode(other).all_in_focus)


def test_features_serve_two_states():
    model = halved()
    states = [model.initial_state(SHAPE) for _ in range(2)]
    for coordinate in COORDINATES:
        features = model.encode(grey(float(coordinate)), float(coordinate))
        states = [model.update(features, state) for state in states]
    first, second = (model.decode(state) for state in states)
    np.testing.assert_array_equal(first.coordinate, second.coordinate)


def test_twice_halved_is_a_quarter():
    maps = ramp_run(HalvedModel(halved()), COORDINATES)
    assert maps.coordinate.shape == SHAPE
    assert error(maps) < 0.1


def test_a_hole_in_the_small_map_is_a_hole_of_its_size_and_no_more():
    """A running sum over an unknown pixel must not make all that follows it unknown."""
    coordinate = np.full((24, 32), 0.5, np.float32)
    coordinate[8:12, 10:14] = np.nan
    sigma = np.where(np.isnan(coordinate), np.nan, 0.01).astype(np.float32)
    picture_of_it = np.random.default_rng(0).integers(0, 255, (48, 64), dtype=np.uint8)
    small = DepthMaps(
        coordinate=coordinate,
        coordinate_sigma=sigma,
        all_in_focus=np.ascontiguousarray(picture_of_it[::2, ::2]),
    )
    maps = full_size(small, picture_of_it)
    hole = np.isnan(maps.coordinate)
    assert hole[16:24, 20:28].all()
    assert hole.mean() < 2 * np.isnan(coordinate).mean()
    np.testing.assert_array_equal(np.isnan(maps.coordinate_sigma), hole)
    np.testing.assert_allclose(maps.coordinate_sigma[~hole], 0.01, rtol=1e-3)
