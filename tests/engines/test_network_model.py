"""The network behind the seam of all depth models."""

import numpy as np
import pytest
import torch

from engines.network_model import NetworkModel
from engines.pictures import to_input
from engines.torch_runner import TorchRunner
from engines.weights_info import WeightsInfo
from inference.network.config import NetworkConfig
from inference.network.network import FocDepthFormer
from tests.bf16 import NEEDS_TORCH_BF16

TINY = NetworkConfig(fine=6, mid=6, tokens=8, layers=1, heads=2, groups=2)


def make_model(sigma_per_scale: float = 1.25) -> NetworkModel:
    torch.manual_seed(0)
    network = FocDepthFormer(TINY).requires_grad_(False).eval()
    torch.nn.init.normal_(network.decoder.head.weight, std=0.1)
    return NetworkModel(
        TorchRunner(network), WeightsInfo(name="tiny", config=TINY, sigma_per_scale=sigma_per_scale)
    )


def run(model: NetworkModel, images: list[np.ndarray]):
    state = model.initial_state(images[0].shape)
    for image, coordinate in zip(images, np.linspace(0, 1, len(images)), strict=True):
        state = model.update(model.encode(image, float(coordinate)), state)
    return model.decode(state)


def pictures(shape: tuple[int, ...], dtype: type = np.uint8) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True) for _ in range(3)]


@pytest.mark.parametrize("shape", [(32, 48, 3), (33, 47, 3), (17, 16), (1, 1), (5, 40)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_maps_have_the_size_of_the_images(shape: tuple[int, ...], dtype: type) -> None:
    images = pictures(shape, dtype)
    maps = run(make_model(), images)
    assert maps.coordinate.shape == maps.coordinate_sigma.shape == shape[:2]
    assert maps.coordinate.dtype == maps.coordinate_sigma.dtype == np.float32
    assert maps.coordinate.flags.c_contiguous
    assert np.isfinite(maps.coordinate).all()
    assert (maps.coordinate_sigma > 0).all()
    assert maps.all_in_focus.shape == shape
    assert maps.all_in_focus.dtype == np.uint8


def test_bit_depth_and_grey_as_colour_make_no_difference() -> None:
    images = pictures((32, 32))
    maps = run(make_model(), images)
    deep = run(make_model(), [image.astype(np.uint16) * 257 for image in images])
    colour = run(make_model(), [np.repeat(image[..., None], 3, axis=2) for image in images])
    np.testing.assert_allclose(deep.coordinate, maps.coordinate, atol=1e-5)
    np.testing.assert_allclose(colour.coordinate, maps.coordinate, atol=1e-5)


def test_of_equal_slices_the_all_in_focus_image_is_the_slice() -> None:
    (image, *_) = pictures((32, 48, 3))
    maps = run(make_model(), [image] * 3)
    assert np.abs(maps.all_in_focus.astype(int) - image).max() <= 1


def test_sigma_is_the_calibrated_multiple_of_the_scale() -> None:
    images = pictures((32, 32))
    one, two = run(make_model(1.0), images), run(make_model(2.0), images)
    np.testing.assert_allclose(two.coordinate_sigma, 2 * one.coordinate_sigma, rtol=1e-6)


def test_padding_repeats_the_edge() -> None:
    padded = to_input(np.arange(12, dtype=np.uint8).reshape(3, 4) * 20)
    assert padded.shape == (16, 16, 3)
    assert padded.dtype == np.float32
    np.testing.assert_allclose(padded[2:, 3:], 220 / 255, rtol=1e-6)


def test_a_state_goes_on_from_where_it_was_decoded() -> None:
    model, images = make_model(), pictures((32, 32, 3))
    state = model.initial_state((32, 32, 3))
    for image, coordinate in zip(images, np.linspace(0, 1, 3), strict=True):
        state = model.update(model.encode(image, float(coordinate)), state)
        model.decode(state)
    np.testing.assert_array_equal(model.decode(state).coordinate, run(model, images).coordinate)


@NEEDS_TORCH_BF16
def test_reduced_precision_stays_near() -> None:
    model, images = make_model(), pictures((32, 32, 3))
    reduced = NetworkModel(TorchRunner(model._runner._network, precision=torch.bfloat16), model._info)
    assert reduced.engine == "torch bf16"
    assert np.abs(run(reduced, images).coordinate - run(model, images).coordinate).mean() < 0.02
