"""The classical estimator recovers known depth from sweeps of any kind."""

import numpy as np
import pytest

from inference.sharpness import SharpnessModel
from tests.inference.slices import (
    SHAPE,
    as_uint8,
    as_uint16,
    error,
    grey,
    picture,
    ramp,
    ramp_run,
    run,
)


@pytest.fixture
def model():
    return SharpnessModel()


@pytest.mark.parametrize(("slices", "limit"), [(4, 0.03), (8, 0.015), (16, 0.015), (32, 0.01)])
def test_known_depth_is_recovered(model, slices, limit):
    maps = ramp_run(model, np.linspace(0, 1, slices))
    assert error(maps) < limit
    assert np.isfinite(maps.coordinate).mean() > 0.95


def test_far_is_0_and_near_is_1(model):
    maps = ramp_run(model, np.linspace(0, 1, 8))
    assert np.nanmedian(maps.coordinate[:, 4]) < 0.3
    assert np.nanmedian(maps.coordinate[:, -4]) > 0.7


def test_order_of_slices_does_not_matter(model):
    coordinates = np.linspace(0, 1, 9)
    sorted_maps = ramp_run(model, coordinates)
    mixed = ramp_run(model, np.random.default_rng(1).permutation(coordinates))
    np.testing.assert_allclose(mixed.coordinate, sorted_maps.coordinate, atol=2e-3)
    assert np.mean(mixed.all_in_focus != sorted_maps.all_in_focus) < 0.03


def test_spacing_need_not_be_uniform(model):
    assert error(ramp_run(model, np.linspace(0, 1, 12) ** 1.7)) < 0.02


def test_overscan_is_welcome(model):
    assert error(ramp_run(model, np.linspace(-0.2, 1.2, 12))) < 0.02


def test_result_stays_within_the_coordinates_seen(model):
    maps = ramp_run(model, np.linspace(0.3, 0.6, 6))
    assert np.nanmin(maps.coordinate) >= 0.3 - 1e-5
    assert np.nanmax(maps.coordinate) <= 0.6 + 1e-5


def test_one_slice_has_no_depth_but_an_image(model):
    maps = ramp_run(model, [0.5])
    assert np.isnan(maps.coordinate).all()
    assert np.isnan(maps.coordinate_sigma).all()
    np.testing.assert_array_equal(maps.all_in_focus, grey(0.5))


def test_slices_at_one_coordinate_have_no_depth(model):
    assert np.isnan(ramp_run(model, [0.5, 0.5, 0.5]).coordinate).all()


def test_two_slices_give_depth(model):
    maps = ramp_run(SharpnessModel(fill=True), [0.3, 0.7])
    assert np.isfinite(maps.coordinate).all()
    assert maps.coordinate[:, :20].mean() < maps.coordinate[:, -20:].mean() - 0.15


def test_sigma_is_honest(model):
    maps = ramp_run(model, np.linspace(0, 1, 10))
    within = np.abs(maps.coordinate - ramp()) < maps.coordinate_sigma
    assert 0.5 < within.mean() <= 1.0
    assert (maps.coordinate_sigma[np.isfinite(maps.coordinate)] > 0).all()


@pytest.mark.parametrize("fill", [False, True])
@pytest.mark.parametrize("direction", [1, -1])
def test_sigma_is_honest_while_a_sweep_goes_on(fill, direction):
    coordinates = np.linspace(0, 1, 10)[::direction]
    for seen in range(2, 10):
        maps = ramp_run(SharpnessModel(fill=fill), coordinates[:seen])
        has_depth = np.isfinite(maps.coordinate)
        if has_depth.any():
            errors = np.abs(maps.coordinate - ramp())[has_depth]
            assert np.mean(errors < 2 * maps.coordinate_sigma[has_depth]) > 0.6
        if seen < 7:
            assert fill == has_depth.all()  # what lies ahead has no depth yet


def test_where_slots_are_chosen_nothing_is_expected_beyond_them():
    model, coordinates = SharpnessModel(), (0.3, 0.5, 0.7)
    depth = np.full(SHAPE, 0.5, np.float32)
    found = {}
    for chosen in (False, True):
        state = model.initial_state(SHAPE, chosen=chosen)
        for coordinate in coordinates:
            state = model.advance(as_uint8(picture(coordinate, depth=depth)), coordinate, state)
        found[chosen] = model.decode(state)
    assert np.isnan(found[False].coordinate).mean() > 0.9  # beyond the slices it may be sharper still
    assert np.isfinite(found[True].coordinate).mean() > 0.9
    assert abs(np.nanmedian(found[True].coordinate) - 0.5) < 0.02


def test_slices_beyond_the_limits_leave_nothing_open(model):
    whole = ramp_run(model, np.linspace(0, 1, 11))
    wider = ramp_run(model, np.linspace(-0.2, 1.2, 15))
    assert np.isfinite(wider.coordinate).mean() > 0.95
    assert np.nanmedian(wider.coordinate_sigma) < 1.5 * np.nanmedian(whole.coordinate_sigma)


def test_what_lies_beyond_the_sweep_is_not_said_to_lie_at_its_end(model):
    coordinates = np.linspace(0.35, 1.0, 8)  # the ramp begins at 0.2
    beyond = ramp() < 0.25
    spread = (coordinates - 0.35) / 0.65
    maps = run(model, [grey(c) for c in coordinates], spread)
    filled = run(SharpnessModel(fill=True), [grey(c) for c in coordinates], spread)
    assert np.isnan(maps.coordinate[beyond]).mean() > 0.5
    assert np.median(filled.coordinate_sigma[beyond]) > 0.1
    assert np.isfinite(maps.coordinate[~beyond & (ramp() > 0.4)]).mean() > 0.95


def test_brightness_does_not_matter(model):
    coordinates = np.linspace(0, 1, 8)
    maps = [
        run(model, [as_uint16(picture(c, exposure=e, noise=0)) for c in coordinates], coordinates)
        for e in (0.9, 0.45)
    ]
    np.testing.assert_allclose(maps[0].coordinate, maps[1].coordinate, atol=0.01)


def test_exposure_may_drift_within_a_sweep(model):
    coordinates = np.linspace(0, 1, 8)
    images = [as_uint16(picture(c, exposure=0.9 - 0.4 * c)) for c in coordinates]
    assert error(run(model, images, coordinates)) < 0.02


def test_16_bits_tell_the_same_as_8(model):
    coordinates = np.linspace(0, 1, 8)
    maps = run(model, [as_uint16(picture(c)) for c in coordinates], coordinates)
    assert maps.all_in_focus.dtype == np.uint8
    assert error(maps) < 0.015


def test_colour_keeps_its_colour(model):
    coordinates = np.linspace(0, 1, 8)
    images = [np.stack([as_uint8(picture(c) * k) for k in (1.0, 0.7, 0.4)], axis=-1) for c in coordinates]
    maps = run(model, images, coordinates)
    assert maps.all_in_focus.shape == (*SHAPE, 3)
    assert maps.coordinate.shape == SHAPE
    assert maps.all_in_focus[..., 0].mean() > 2 * maps.all_in_focus[..., 2].mean()
    assert error(maps) < 0.02


@pytest.mark.parametrize("shape", [(33, 47), (47, 33), (16, 16), (5, 7), (2, 3), (1, 1), (1, 40)])
@pytest.mark.parametrize("fill", [False, True])
def test_any_size(shape, fill):
    images = [as_uint8(picture(c, shape=SHAPE))[: shape[0], : shape[1]] for c in (0.0, 0.5, 1.0)]
    maps = run(SharpnessModel(fill=fill), images, [0.0, 0.5, 1.0])
    assert maps.coordinate.shape == maps.coordinate_sigma.shape == maps.all_in_focus.shape == shape
    assert maps.coordinate.dtype == maps.coordinate_sigma.dtype == np.float32
    if fill:
        assert np.isfinite(maps.coordinate).all()


def test_odd_sizes_are_as_good(model):
    shape = (63, 79)
    assert error(ramp_run(model, np.linspace(0, 1, 8), shape=shape), shape=shape) < 0.015


def _half_blank(coordinate):
    image = picture(coordinate)
    rng = np.random.default_rng(int(coordinate * 1000))
    image[:, 40:] = 0.4 + 0.004 * rng.standard_normal((SHAPE[0], 40))
    return as_uint8(image)


def test_no_texture_no_depth(model):
    coordinates = np.linspace(0, 1, 8)
    maps = run(model, [_half_blank(c) for c in coordinates], coordinates)
    assert np.isnan(maps.coordinate[:, 60:]).mean() > 0.9
    np.testing.assert_array_equal(np.isnan(maps.coordinate), np.isnan(maps.coordinate_sigma))
    assert np.isfinite(maps.coordinate[:, :30]).mean() > 0.95


def test_fill_leaves_no_hole_and_says_it_is_unsure():
    coordinates = np.linspace(0, 1, 8)
    maps = run(SharpnessModel(fill=True), [_half_blank(c) for c in coordinates], coordinates)
    assert np.isfinite(maps.coordinate).all()
    assert np.isfinite(maps.coordinate_sigma).all()
    assert np.median(maps.coordinate_sigma[:, 60:]) > 3 * np.median(maps.coordinate_sigma[:, :30])


@pytest.mark.parametrize("value", [0, 255])
def test_black_and_white_images_have_no_depth(model, value):
    images = [np.full(SHAPE, value, np.uint8)] * 4
    assert np.isnan(run(model, images, np.linspace(0, 1, 4)).coordinate).all()


def test_all_in_focus_is_sharper_than_every_slice(model):
    coordinates = np.linspace(0, 1, 8)
    maps = ramp_run(model, coordinates)

    def sharpness(image):
        return np.square(np.diff(image.astype(float), axis=1)).mean()

    assert sharpness(maps.all_in_focus) > 1.1 * max(sharpness(grey(float(c))) for c in coordinates)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_coordinates_may_be_numbers_of_numpy(model, kind):
    plain = ramp_run(model, [0.25, 0.5, 0.75])
    state = model.initial_state(SHAPE)
    for coordinate in map(kind, (0.25, 0.5, 0.75)):
        state = model.update(model.encode(grey(float(coordinate)), coordinate), state)
    maps = model.decode(state)
    assert maps.coordinate.dtype == maps.coordinate_sigma.dtype == np.float32
    np.testing.assert_array_equal(maps.coordinate, plain.coordinate)
