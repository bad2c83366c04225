"""What ONNX graphs make of what cameras give, and give to be published, is what the host would make of it."""

from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from engines.base import NetworkMaps
from engines.graphs.folder import Graphs, read_graphs, shipped_graphs
from engines.graphs.state_layout import COORDINATES, IMAGES, MAPS
from engines.pictures import PictureFormat, Pictures, to_input, to_maps
from engines.tensorrt.border_graph import border_graph
from engines.tensorrt.borders import AT, PICTURES, PUBLISHED, Border, Ports, at_border, ports, taking

SHAPES = [(32, 48, 3), (21, 35), (21, 48, 3), (32, 35)]
SIGMA_PER_SCALE = 1.5


@pytest.fixture(scope="module")
def graphs() -> Graphs:
    return read_graphs(shipped_graphs("small"))


def run(part: Border, like: PictureFormat, found: Ports, inputs: dict[str, Any]) -> dict[str, Any]:
    """Run a graph, which must say itself what its ports are."""
    graph = border_graph(part, like, found, sigma_per_scale=SIGMA_PER_SCALE)
    onnx.checker.check_model(graph, full_check=True)
    session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
    assert {each.name: tuple(each.shape) for each in session.get_inputs()} == found.inputs
    outputs = dict(zip(found.outputs, session.run(list(found.outputs), inputs), strict=True))
    assert {name: value.shape for name, value in outputs.items()} == found.outputs
    for name, value in outputs.items():
        assert value.dtype == (np.uint8 if name in found.uint8 else np.float32)
    return outputs


def some(shape: tuple[int, ...], kind: type, *, batch: int = 2) -> Pictures:
    random = np.random.default_rng(0)
    made: Pictures = random.integers(0, np.iinfo(kind).max, (batch, *shape), kind, endpoint=True)
    return made


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_what_is_taken_is_what_the_host_makes_to_the_bit(
    graphs: Graphs, shape: tuple[int, ...], kind: type
) -> None:
    pictures = some(shape, kind)
    wanted = taking(pictures)
    assert wanted.part == {np.uint8: Border.TAKE_8, np.uint16: Border.TAKE_16}[kind]
    assert wanted.pictures is not None
    found = ports(wanted, graphs)
    given = pictures.view(np.uint8).reshape(found.inputs[PICTURES])
    at = np.array([0.25, 0.75], np.float32)
    taken = run(Border(wanted.part), wanted.pictures, found, {PICTURES: given, AT: at})
    assert_array_equal(taken[IMAGES], np.stack([to_input(picture) for picture in pictures]))
    assert_array_equal(taken[COORDINATES], at)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_every_value_is_taken_to_the_bit(graphs: Graphs, kind: type) -> None:
    every = np.arange(np.iinfo(kind).max + 1, dtype=kind).reshape(1, 16, -1)
    wanted = taking(every)
    assert wanted.pictures is not None
    found = ports(wanted, graphs)
    given = {PICTURES: every.view(np.uint8).reshape(found.inputs[PICTURES]), AT: np.zeros(1, np.float32)}
    taken = run(Border(wanted.part), wanted.pictures, found, given)
    assert_array_equal(taken[IMAGES][0], to_input(every[0]))


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_given_is_what_the_host_makes(graphs: Graphs, shape: tuple[int, ...]) -> None:
    like = PictureFormat(shape=(1, *shape))
    found = ports(at_border(Border.GIVE, like), graphs)
    random = np.random.default_rng(0)
    maps = {name: random.uniform(0.0, 1.1, found.inputs[name]).astype(np.float32) for name in MAPS}
    maps["coordinate"][0, 3, 5] = np.nan  # no depth
    maps["all_in_focus"][0, 0, :4] = (np.arange(12).reshape(4, 3) + 0.5) / 255  # halves go to the even one
    expected = to_maps(NetworkMaps(**maps), shape=shape, sigma_per_scale=SIGMA_PER_SCALE)
    coordinate, sigma, picture = (run(Border.GIVE, like, found, maps)[name][0] for name in PUBLISHED)
    assert_array_equal(coordinate, expected.coordinate)
    assert_allclose(sigma, expected.coordinate_sigma, rtol=1e-6)
    assert_array_equal(picture, expected.all_in_focus)
