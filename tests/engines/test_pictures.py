"""Engines that take images as cameras give them compute, to the bit, what the host does around the others."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from engines.graphs.folder import Graphs
from engines.network_model import NetworkModel
from engines.onnxruntime_runner import OnnxRunner
from engines.openvino.runner import OpenVinoRunner
from engines.pictures import (
    HostPictures,
    PictureFormat,
    PictureRunner,
    Pictures,
    on_pictures,
    to_input,
)
from inference.depth_model import DepthMaps

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

FORMATS = [((32, 48), np.uint8), ((21, 35, 3), np.uint8), ((21, 35), np.uint16)]


@pytest.fixture(scope="module")
def runner(tiny_graphs: Graphs, tmp_path_factory: pytest.TempPathFactory) -> OpenVinoRunner:
    return OpenVinoRunner(tiny_graphs, threads=1, cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def host(runner: OpenVinoRunner) -> HostPictures[Any, Any]:
    return HostPictures(runner, sigma_per_scale=1.5)


def pictures(seed: int, shape: tuple[int, ...], kind: type = np.uint8, *, batch: int = 1) -> Pictures:
    """Read-only, as slices are."""
    random = np.random.default_rng(seed)
    some = random.integers(0, np.iinfo(kind).max, (batch, *shape), kind, endpoint=True)
    some.flags.writeable = False
    return some


def at(*coordinates: float) -> np.ndarray:
    return np.array(coordinates, np.float32)


def assert_same(maps: DepthMaps, expected: DepthMaps) -> None:
    for name in ("coordinate", "coordinate_sigma", "all_in_focus"):
        found, wanted = getattr(maps, name), getattr(expected, name)
        assert found.dtype == wanted.dtype
        assert found.flags.c_contiguous
        assert_array_equal(found, wanted, err_msg=name)


@pytest.mark.parametrize(("shape", "kind"), FORMATS)
def test_a_stream_in_every_way(
    runner: OpenVinoRunner, host: HostPictures[Any, Any], shape: tuple[int, ...], kind: type
) -> None:
    padded = PictureFormat(shape=pictures(0, shape, kind).shape).padded_shape
    state, expected = runner.initial_state(padded), runner.initial_state(padded)
    for seed in range(6):
        image, coordinate = pictures(seed, shape, kind), at(seed / 5)
        if seed % 3 == 0:
            state, maps = runner.step_pictures(image, coordinate, state)
            expected, wanted = host.step_pictures(image, coordinate, expected)
        elif seed % 3 == 1:
            state = runner.advance_pictures(image, coordinate, state)
            expected = host.advance_pictures(image, coordinate, expected)
            continue
        else:
            state = runner.update(runner.encode_pictures(image, coordinate), state)
            expected = runner.update(host.encode_pictures(image, coordinate), expected)
            maps, wanted = runner.decode_pictures(state, shape), host.decode_pictures(expected, shape)
        assert maps.coordinate.shape == shape[:2]
        assert maps.all_in_focus.shape == shape
        assert_same(maps, wanted)


def test_batches_and_views(runner: OpenVinoRunner, host: HostPictures[Any, Any]) -> None:
    """A camera's image may be part of a larger one, or have its rows turned around."""
    shape = (21, 35, 3)
    some = pictures(0, (2 * shape[0], *shape[1:]), batch=3)[:, ::-2]
    together, expected = (each.encode_pictures(some, at(0, 0.5, 1)) for each in (runner, host))
    for name, tensor in expected.items():
        assert_array_equal(together[name].data, tensor.data, err_msg=name)
    assert len(runner.each(together)) == 3


def test_maps_share_no_memory_with_what_comes_later(runner: OpenVinoRunner) -> None:
    state, maps = runner.step_pictures(pictures(0, (21, 35)), at(0.3), runner.initial_state((1, 32, 48)))
    kept = maps.coordinate.copy(), maps.coordinate_sigma.copy(), maps.all_in_focus.copy()
    runner.step_pictures(pictures(1, (21, 35)), at(0.6), state)
    for found, before in zip((maps.coordinate, maps.coordinate_sigma, maps.all_in_focus), kept, strict=True):
        assert_array_equal(found, before)


def test_what_is_compiled_for_one_format_serves_no_other(
    tiny_graphs: Graphs, tmp_path: Any, host: HostPictures[Any, Any]
) -> None:
    """One after the other through one cache on disk; the sizes are equal but for the format."""
    for shape, kind in (*FORMATS, ((32, 48, 3), np.uint8)):
        runner = OpenVinoRunner(tiny_graphs, threads=1, cache=tmp_path)
        image, coordinate = pictures(3, shape, kind), at(0.5)
        _, maps = runner.step_pictures(image, coordinate, runner.initial_state((1, 32, 48)))
        _, expected = host.step_pictures(image, coordinate, runner.initial_state((1, 32, 48)))
        assert_same(maps, expected)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_nothing_is_compiled_once_the_first_state_is_there(
    tiny_graphs: Graphs, tmp_path: Any, kind: type
) -> None:
    """A camera runs by then, whatever the bits and channels of its images."""
    runner = OpenVinoRunner(tiny_graphs, threads=1, cache=tmp_path)
    model = NetworkModel(runner, tiny_graphs.info)
    state = model.initial_state((21, 35, 3))
    compiled = set(tmp_path.rglob("*.plan"))
    image = pictures(0, (21, 35, 3), kind)[0]
    state = model.advance(image, 0.1, model.update(model.encode(image, 0.0), state))
    model.decode(model.step(image, 0.3, state)[0])
    assert compiled
    assert set(tmp_path.rglob("*.plan")) == compiled


def test_who_does_it(runner: OpenVinoRunner, tiny_graphs: Graphs) -> None:
    assert isinstance(runner, PictureRunner)
    assert on_pictures(runner, sigma_per_scale=1.0) is runner
    other = OnnxRunner(tiny_graphs, threads=1)
    assert isinstance(on_pictures(other, sigma_per_scale=1.0), HostPictures)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("colour", [False, True])
def test_every_value_becomes_its_share(kind: type, colour: bool) -> None:
    most = np.iinfo(kind).max
    values = np.linspace(0, most, 256).astype(kind).reshape(16, 16)
    image = np.stack([values, values.T, values[::-1]], axis=-1) if colour else values
    expected = image.astype(np.float64) / most
    found = to_input(image)
    assert found.dtype == np.float32
    assert_array_equal(found if colour else found[..., 1], (image * np.float32(1 / most)).astype(np.float32))
    np.testing.assert_allclose(found if colour else found[..., 0], expected, rtol=2e-7)
