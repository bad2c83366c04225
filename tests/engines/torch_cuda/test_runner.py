"""What is recorded on a GPU computes, without one, what the engine torch computes, to the bit."""

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from engines.base import EachEncoder, FloatArray, NetworkMaps
from engines.graphs.state_layout import MAPS
from engines.pictures import HostPictures, PictureFormat, PictureRunner
from engines.torch_cuda.programs import Compute, Direct, Programs
from engines.torch_cuda.runner import TorchDeviceRunner
from engines.torch_runner import TorchRunner
from engines.weights_file import load_network
from focstream.types import InputError
from inference.depth_model import DepthMaps
from inference.network.network import SliceFeatures
from tests.bf16 import NEEDS_TORCH_BF16
from tests.engines.graphs.exported import SIZE_PX, random_slice

PRECISIONS = [torch.float32, pytest.param(torch.bfloat16, marks=NEEDS_TORCH_BF16)]
SHAPE = (1, *SIZE_PX)


class Replayed(Programs):
    """Does for ever what was first done by a name, as a recording does: on the tensors of then."""

    def __init__(self, _: object) -> None:
        self.ways: dict[Hashable, Sequence[Compute]] = {}

    @property
    def records(self):
        return True

    def run(self, name: Hashable, ways: Sequence[Compute], which: int) -> None:
        """Do it once more than is asked for: recording begins with a run, too."""
        if name not in self.ways:
            ways[which]()
        self.ways.setdefault(name, ways)[which]()


def make(
    weights: Path, precision: torch.dtype = torch.float32, *, programs: type[Programs] = Replayed
) -> TorchDeviceRunner:
    return TorchDeviceRunner(
        load_network(weights),
        sigma_per_scale=1.5,
        device=torch.device("cpu"),
        precision=precision,
        recorded=programs is not Direct,
        programs=programs,
    )


def reference(weights: Path, precision: torch.dtype = torch.float32) -> TorchRunner:
    return TorchRunner(load_network(weights), precision=precision)


class Contiguous(TorchRunner):
    """Gets images whose batch of one has a stride: by it torch chooses in which order it adds up."""

    def encode(self, images: FloatArray, coordinates: FloatArray) -> SliceFeatures:
        return super().encode(images.copy(), coordinates)


def assert_same(maps: NetworkMaps, expected: NetworkMaps) -> None:
    for name in MAPS:
        assert_array_equal(getattr(maps, name), getattr(expected, name), err_msg=name)


def assert_published(maps: DepthMaps, expected: DepthMaps) -> None:
    assert_array_equal(maps.coordinate, expected.coordinate)
    assert_array_equal(maps.all_in_focus, expected.all_in_focus)
    np.testing.assert_allclose(maps.coordinate_sigma, expected.coordinate_sigma, rtol=1e-6)
    assert maps.all_in_focus.dtype == np.uint8


@pytest.mark.parametrize("precision", PRECISIONS)
def test_steps_with_and_without_maps_over_two_sweeps(tiny_weights: Path, precision: torch.dtype) -> None:
    runner, torch_runner = make(tiny_weights, precision), reference(tiny_weights, precision)
    for _ in range(2):
        state, expected = runner.initial_state(SHAPE), torch_runner.initial_state(SHAPE)
        for seed in range(5):
            slices = random_slice(seed)
            if seed in (1, 2):
                state, expected = runner.advance(*slices, state), torch_runner.advance(*slices, expected)
                continue
            state, maps = runner.step(*slices, state)
            expected, wanted = torch_runner.step(*slices, expected)
            assert_same(maps, wanted)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_two_states_by_turns(tiny_weights: Path, precision: torch.dtype) -> None:
    """As under `--update rolling`: both get the features of a slice, one is shown, each restarts in turn."""
    runner, torch_runner = make(tiny_weights, precision), reference(tiny_weights, precision)
    states: list[Any] = [runner.initial_state(SHAPE) for _ in range(2)]
    expected: list[Any] = [torch_runner.initial_state(SHAPE) for _ in range(2)]
    for seed in range(7):
        features, wanted = runner.encode(*random_slice(seed)), torch_runner.encode(*random_slice(seed))
        states = [runner.update(features, state) for state in states]
        expected = [torch_runner.update(wanted, state) for state in expected]
        if seed in (2, 4):
            states[seed % 3 % 2] = runner.initial_state(SHAPE)
            expected[seed % 3 % 2] = torch_runner.initial_state(SHAPE)
            continue
        for state, other in zip(states, expected, strict=True):
            assert_same(runner.decode(state), torch_runner.decode(other))


def test_images_of_another_type_are_made_float32_or_refused(tiny_weights: Path) -> None:
    runner = make(tiny_weights)
    images, at = random_slice(0)
    _, expected = runner.step(images, at, runner.initial_state(SHAPE))
    _, maps = runner.step(images.astype(np.float64), at, runner.initial_state(SHAPE))
    assert_same(maps, expected)
    with pytest.raises(InputError, match=r"^images of int32: .* uint8 or uint16"):
        runner.step_pictures(np.zeros(SHAPE, np.int32), at, runner.initial_state(SHAPE))


def test_sizes_do_not_meet(tiny_weights: Path) -> None:
    runner, torch_runner = make(tiny_weights), reference(tiny_weights)
    state, small = runner.initial_state(SHAPE), runner.initial_state((1, 16, 32))
    expected = torch_runner.initial_state(SHAPE)
    for seed in range(3):
        state, maps = runner.step(*random_slice(seed), state)
        small, _ = runner.step(*random_slice(seed, (16, 32)), small)
        expected, wanted = torch_runner.step(*random_slice(seed), expected)
        assert_same(maps, wanted)


@pytest.mark.parametrize("shape", [(32, 48), (21, 35, 3)])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_pictures(tiny_weights: Path, shape: tuple[int, ...], kind: type) -> None:
    runner = make(tiny_weights)
    torch_runner = Contiguous(load_network(tiny_weights))
    host: HostPictures[Any, Any] = HostPictures(torch_runner, sigma_per_scale=1.5)
    state: Any = runner.initial_state(SHAPE)
    expected: Any = None
    random = np.random.default_rng(0)
    for count in range(5):
        image = random.integers(0, np.iinfo(kind).max, (1, *shape), kind, endpoint=True)
        at = np.array([count / 4], np.float32)
        assert PictureFormat(shape=image.shape).padded_shape == SHAPE
        if count == 1:
            state = runner.advance_pictures(image, at, state)
            expected = host.advance_pictures(image, at, expected)
        elif count == 2:
            state = runner.update(runner.encode_pictures(image, at), state)
            expected = torch_runner.update(host.encode_pictures(image, at), expected)
            assert_published(runner.decode_pictures(state, shape), host.decode_pictures(expected, shape))
        else:
            state, maps = runner.step_pictures(image, at, state)
            expected, wanted = host.step_pictures(image, at, expected)
            assert_published(maps, wanted)


def test_batches(tiny_weights: Path) -> None:
    runner, torch_runner = make(tiny_weights), reference(tiny_weights)
    images, coordinates = (np.concatenate(parts) for parts in zip(*map(random_slice, range(3)), strict=True))
    found = runner.each(runner.encode(images, coordinates))
    wanted = torch_runner.each(torch_runner.encode(images, coordinates))
    state, expected = runner.initial_state(SHAPE), torch_runner.initial_state(SHAPE)
    for index in (2, 0, 1):
        state = runner.update(found[index], state)
        expected = torch_runner.update(wanted[index], expected)
        assert_same(runner.decode(state), torch_runner.decode(expected))


def test_maps_are_memory_of_their_own(tiny_weights: Path) -> None:
    runner = make(tiny_weights)
    state, maps = runner.step(*random_slice(0), runner.initial_state(SHAPE))
    kept = maps.coordinate.copy()
    runner.step(*random_slice(1), state)
    assert_array_equal(maps.coordinate, kept)


def test_what_it_offers(tiny_weights: Path) -> None:
    runner = make(tiny_weights, programs=Direct)
    assert runner.engine == "torch cpu eager f32"
    assert make(tiny_weights).engine == "torch cpu f32"
    assert isinstance(runner, PictureRunner)
    assert isinstance(runner, EachEncoder)
    runner.step(*random_slice(0), runner.initial_state(SHAPE))
    runner.close()


def test_the_network_that_is_given_stays_as_it_is(tiny_weights: Path) -> None:
    network = load_network(tiny_weights)
    TorchDeviceRunner(
        network,
        sigma_per_scale=1.0,
        device=torch.device("cpu"),
        precision=torch.bfloat16,
        recorded=False,
    )
    assert {values.dtype for values in network.parameters()} == {torch.float32}
