"""Graphs in float16: which values are rounded, and which never are."""

from collections.abc import Iterable

import numpy as np
import onnx
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from engines.graphs.folder import GraphPart, Graphs, read_graphs, shipped_graphs
from engines.tensorrt.borders import PARTS
from engines.tensorrt.fused_graph import part_model
from engines.tensorrt.half_graph import to_half

FLOAT, HALF = TensorProto.FLOAT, TensorProto.FLOAT16


def make(nodes: Iterable[onnx.NodeProto], constants: dict[str, np.ndarray], outputs: list[str]) -> ModelProto:
    values = [helper.make_tensor_value_info(name, FLOAT, [2, 2]) for name in ("x", "state", *outputs)]
    tensors = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()]
    graph = helper.make_graph(list(nodes), "graph", values[:2], values[2:], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model


def run(model: ModelProto, x: np.ndarray, state: np.ndarray) -> dict[str, np.ndarray]:
    onnx.checker.check_model(model, full_check=True)
    session = ReferenceEvaluator(model)  # ONNX Runtime computes float16 in float32 on CPUs
    found = session.run(None, {"x": x.astype(np.float32), "state": state.astype(np.float32)})
    return dict(zip(session.output_names, found, strict=True))


def types(model: ModelProto) -> dict[str, int]:
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    return {value.name: value.type.tensor_type.elem_type for value in inferred.graph.value_info}


X = np.array([[1.0, 2.0], [3.0, 4.0]]) + 1 / 4096  # float16 has no place for the fraction
WEIGHTS = np.array([[0.5, 1.0], [1.0, -0.5]])


def test_only_layers_and_what_lies_between_are_rounded() -> None:
    nodes = [
        helper.make_node("Mul", ["x", "two"], ["before"]),
        helper.make_node("MatMul", ["before", "w"], ["first"]),
        helper.make_node("Relu", ["first"], ["between"]),
        helper.make_node("MatMul", ["between", "w"], ["second"]),
        helper.make_node("Add", ["second", "two"], ["y"]),
    ]
    half = to_half(make(nodes, {"two": np.array(2.0), "w": WEIGHTS}, ["y"]))
    found = types(half)
    assert [found[name] for name in ("before", "first", "between", "second")] == [FLOAT, HALF, HALF, HALF]
    assert {tensor.name: tensor.data_type for tensor in half.graph.initializer} == {
        "two": FLOAT,
        "w/half_of": HALF,
    }
    expected = np.maximum(2 * X @ WEIGHTS, 0) @ WEIGHTS + 2
    difference = np.abs(run(half, X, X)["y"] - expected).max()
    assert 1e-5 < difference < 0.02


def test_a_state_passes_unrounded_even_beside_layers() -> None:
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["gate"]),
        helper.make_node("Sub", ["state", "gate"], ["left"]),
        helper.make_node("Add", ["left", "gate"], ["state_next"]),  # gates are rounded, but cancel
        helper.make_node("MatMul", ["state_next", "w"], ["y"]),
    ]
    half = to_half(make(nodes, {"w": WEIGHTS}, ["state_next", "y"]))
    state = np.array([[60_000.5, 1.00001], [1 / 3, 3.0]])  # float16 has no place for the fractions
    np.testing.assert_allclose(run(half, X, state)["state_next"], state, rtol=1e-6, atol=1e-6)


def test_outputs_and_inputs_keep_their_type_and_name() -> None:
    half = to_half(make([helper.make_node("MatMul", ["x", "w"], ["y"])], {"w": WEIGHTS}, ["y"]))
    np.testing.assert_allclose(run(half, X, X)["y"], X @ WEIGHTS, atol=5e-3)
    assert run(half, X, X)["y"].dtype == np.float32


def test_a_constant_that_float16_cannot_hold_keeps_its_node_in_float32() -> None:
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["first"]),
        helper.make_node("Mul", ["first", "large"], ["grown"]),
        helper.make_node("Div", ["grown", "large"], ["shrunk"]),
        helper.make_node("MatMul", ["shrunk", "w"], ["y"]),
    ]
    half = to_half(make(nodes, {"w": WEIGHTS, "large": np.array(1e30)}, ["y"]))
    np.testing.assert_allclose(run(half, X, X)["y"], X @ WEIGHTS @ WEIGHTS, atol=5e-3)


def test_the_scales_of_a_resize_stay_float32() -> None:
    image = [
        helper.make_node("MatMul", ["x", "w"], ["flat"]),
        helper.make_node("Reshape", ["flat", "four"], ["image"]),
        helper.make_node("Resize", ["image", "", "scales"], ["large"], mode="linear"),
        helper.make_node("Resize", ["large", "", "back"], ["small"], mode="linear"),
        helper.make_node("Reshape", ["small", "two"], ["again"]),
        helper.make_node("MatMul", ["again", "w"], ["y"]),
    ]
    constants = {"w": WEIGHTS, "scales": np.array([1, 1, 3, 3]), "back": np.array([1, 1, 1 / 3, 1 / 3])}
    model = make_reshaping(image, constants)
    half = to_half(model)
    assert types(half)["large"] == HALF
    np.testing.assert_allclose(run(half, X, X)["y"], run(model, X, X)["y"], rtol=5e-3, atol=5e-3)


def make_reshaping(nodes: list[onnx.NodeProto], constants: dict[str, np.ndarray]) -> ModelProto:
    shapes = {"four": np.array([1, 1, 2, 2]), "two": np.array([2, 2])}
    made = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value.astype(np.int64)))
        for name, value in shapes.items()
    ]
    return make([*made, *nodes], constants, ["y"])


def test_the_size_of_an_input_is_none_of_its_numbers() -> None:
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["first"]),
        helper.make_node("Shape", ["x"], ["size"]),
        helper.make_node("Reshape", ["first", "size"], ["shaped"]),
        helper.make_node("MatMul", ["shaped", "w"], ["y"]),
    ]
    assert types(to_half(make(nodes, {"w": WEIGHTS}, ["y"])))["shaped"] == HALF


def test_what_lies_between_the_layers_of_a_shipped_slice_is_float16() -> None:
    halves = casts = 0
    for part in (GraphPart.ADVANCE, GraphPart.DECODE):
        half = onnx.load_from_string(part_model(read_graphs(shipped_graphs("small")), part, "f16"))
        found = types(half) | {value.name: FLOAT for value in half.graph.output}
        computed = [node for node in half.graph.node if node.op_type != "Cast"]
        norms = [node for node in computed if node.op_type in ("LayerNormalization", "Softmax", "Gelu")]
        assert all(found[node.output[0]] == HALF for node in norms)
        halves += sum(found.get(node.output[0]) == HALF for node in computed)
        casts += sum(node.op_type == "Cast" for node in half.graph.node)
    assert halves >= 290  # it was 184 when sizes of inputs counted as their numbers
    assert casts < 60


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", PARTS)
def test_every_part_of_the_network(tiny_graphs: Graphs, part: GraphPart) -> None:
    half = onnx.load_from_string(part_model(tiny_graphs, part, "f16"))
    onnx.checker.check_model(half, full_check=True)
    layers = [node for node in half.graph.node if node.op_type in ("Conv", "MatMul", "Gemm")]
    found = types(half) | {value.name: FLOAT for value in half.graph.output}
    assert layers
    assert all(found[node.output[0]] == HALF for node in layers)
    values = (*half.graph.input, *half.graph.output)
    assert all(value.type.tensor_type.elem_type == FLOAT for value in values)
