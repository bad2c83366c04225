"""What ONNX graphs take from cameras and give to be published is what the host would make of it."""

from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from engines.base import NetworkMaps
from engines.graphs.folder import GraphPart, Graphs, read_graphs, shipped_graphs
from engines.graphs.state_layout import COORDINATES, IMAGES, MAPS, state_tensors
from engines.pictures import PictureFormat, to_input, to_maps
from engines.tensorrt.fused_graph import part_model
from engines.tensorrt.picture_graph import PUBLISHED

SHAPES = [(32, 48, 3), (21, 35)]


@pytest.fixture(scope="module")
def graphs() -> Graphs:
    return read_graphs(shipped_graphs("small"))


def session(graph: bytes) -> ort.InferenceSession:
    onnx.checker.check_model(graph, full_check=True)
    return ort.InferenceSession(graph, providers=["CPUExecutionProvider"])


def run(graph: ort.InferenceSession, inputs: dict[str, Any]) -> dict[str, Any]:
    wanted = {each.name for each in graph.get_inputs()}
    outputs = [each.name for each in graph.get_outputs()]
    given = {name: value for name, value in inputs.items() if name in wanted}
    return dict(zip(outputs, graph.run(outputs, given), strict=True))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_step(graphs: Graphs, shape: tuple[int, ...]) -> None:
    like = PictureFormat(shape=(1, *shape))
    plain = session(part_model(graphs, GraphPart.STEP, "f32"))
    made = session(part_model(graphs, GraphPart.STEP, "f32", pictures=like))
    layout = state_tensors(graphs.info.config)
    states = [{spec.name: spec.initial(*like.padded_shape) for spec in layout} for _ in range(2)]
    random = np.random.default_rng(0)
    for coordinate in (0.0, 0.4, 0.8):
        picture = random.integers(0, 255, (1, *shape), np.uint8, endpoint=True)
        at = np.array([coordinate], np.float32)
        found = run(made, {IMAGES: picture, COORDINATES: at} | states[0])
        given = to_input(picture[0])[None]
        wanted = run(plain, {IMAGES: given, COORDINATES: at} | states[1])
        expected = to_maps(
            NetworkMaps(**{name: wanted[name] for name in MAPS}),
            shape=shape,
            sigma_per_scale=graphs.info.sigma_per_scale,
        )
        assert found["all_in_focus"].dtype == np.uint8
        assert found["all_in_focus"].shape == (1, *shape)
        apart = found["all_in_focus"][0].astype(int) - expected.all_in_focus
        assert np.abs(apart).max() <= 1
        assert_allclose(found["coordinate"][0], expected.coordinate, atol=1e-4)
        assert_allclose(found["coordinate_sigma"][0], expected.coordinate_sigma, rtol=1e-3)
        for state, after in zip(states, (found, wanted), strict=True):
            state.update({spec.name: after[spec.next_name] for spec in layout})


def test_what_has_no_images_or_no_maps(graphs: Graphs) -> None:
    like = PictureFormat(shape=(1, 21, 35))
    advance = session(part_model(graphs, GraphPart.ADVANCE, "f32", pictures=like))
    assert advance.get_inputs()[0].type == "tensor(uint8)"
    assert not {each.name for each in advance.get_outputs()}.intersection(PUBLISHED)
    decode = session(part_model(graphs, GraphPart.DECODE, "f32", pictures=like))
    assert [each.name for each in decode.get_outputs()] == list(PUBLISHED)
    plain = part_model(graphs, GraphPart.UPDATE, "f32")
    assert part_model(graphs, GraphPart.UPDATE, "f32", pictures=like) == plain


def test_pictures_keep_float32_around_a_half_graph(graphs: Graphs) -> None:
    like = PictureFormat(shape=(1, 32, 48, 3))
    plain, made = (
        onnx.load_from_string(part_model(graphs, GraphPart.STEP, "f16", pictures=pictures))
        for pictures in (None, like)
    )
    halves = [
        sum(
            node.op_type == "Cast" and node.attribute[0].i == onnx.TensorProto.FLOAT16
            for node in each.graph.node
        )
        for each in (plain, made)
    ]
    assert halves[0] == halves[1] > 0


def test_a_picture_of_equal_slices_is_the_slice(graphs: Graphs) -> None:
    like = PictureFormat(shape=(1, 21, 35))
    made = session(part_model(graphs, GraphPart.STEP, "f32", pictures=like))
    layout = state_tensors(graphs.info.config)
    picture = np.random.default_rng(1).integers(0, 255, (1, 21, 35), np.uint8, endpoint=True)
    inputs = {spec.name: spec.initial(*like.padded_shape) for spec in layout}
    found = run(made, {IMAGES: picture, COORDINATES: np.array([0.5], np.float32)} | inputs)
    assert_array_equal(found["all_in_focus"], picture)
