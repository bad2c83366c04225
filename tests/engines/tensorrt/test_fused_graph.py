"""The step as one graph, made of the three parts without torch."""

import dataclasses

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from engines.base import FloatArray
from engines.graphs.folder import GraphPart, Graphs
from engines.graphs.state_layout import COORDINATES, IMAGES, state_tensors
from engines.tensorrt.fused_graph import part_model
from tests.engines.graphs.exported import SIZE_PX, random_slice

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def fused(tiny_graphs: Graphs) -> bytes:
    parts = tiny_graphs.parts - {GraphPart.STEP}
    return part_model(dataclasses.replace(tiny_graphs, parts=parts), GraphPart.STEP, "f32")


def names(values: object) -> list[str]:
    return [value.name for value in values]  # type: ignore[attr-defined]


def test_it_has_the_inputs_and_outputs_of_the_exported_step(tiny_graphs: Graphs, fused: bytes) -> None:
    onnx.checker.check_model(fused, full_check=True)
    made, exported = onnx.load_from_string(fused), onnx.load_from_string(tiny_graphs.read(GraphPart.STEP))
    assert names(made.graph.input) == names(exported.graph.input)
    assert names(made.graph.output) == names(exported.graph.output)
    assert made.opset_import == exported.opset_import
    assert {p.key: p.value for p in made.metadata_props} == {p.key: p.value for p in exported.metadata_props}


def test_it_computes_what_the_exported_step_does(tiny_graphs: Graphs, fused: bytes) -> None:
    whole = part_model(tiny_graphs, GraphPart.STEP, "f32")
    sessions = [ort.InferenceSession(graph, providers=["CPUExecutionProvider"]) for graph in (whole, fused)]
    layout = state_tensors(tiny_graphs.info.config)
    states = [{spec.name: spec.initial(1, *SIZE_PX) for spec in layout} for _ in sessions]
    for seed in range(4):
        images, coordinates = random_slice(seed)
        found: list[dict[str, FloatArray]] = []
        for session, state in zip(sessions, states, strict=True):
            outputs = names(session.get_outputs())
            inputs = {IMAGES: images, COORDINATES: coordinates} | state
            found.append(dict(zip(outputs, session.run(outputs, inputs), strict=True)))
            state.update({spec.name: found[-1][spec.next_name] for spec in layout})
        for name, value in found[0].items():
            np.testing.assert_allclose(found[1][name], value, atol=2e-5, rtol=1e-4, err_msg=name)


def test_advance_is_the_step_without_its_maps(tiny_graphs: Graphs, fused: bytes) -> None:
    """To the bit: depth must not depend on how busy a computer was."""
    advance = part_model(tiny_graphs, GraphPart.ADVANCE, "f32")
    onnx.checker.check_model(advance, full_check=True)
    made = onnx.load_from_string(advance)
    layout = state_tensors(tiny_graphs.info.config)
    assert names(made.graph.output) == [spec.next_name for spec in layout]
    assert names(made.graph.input) == names(onnx.load_from_string(fused).graph.input)
    images, coordinates = random_slice(0)
    inputs = {IMAGES: images, COORDINATES: coordinates}
    inputs |= {spec.name: spec.initial(1, *SIZE_PX) for spec in layout}
    outputs = [spec.next_name for spec in layout]
    one, other = (
        ort.InferenceSession(graph, providers=["CPUExecutionProvider"]).run(outputs, inputs)
        for graph in (advance, fused)
    )
    for found, expected in zip(one, other, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_parts_are_given_as_they_are(tiny_graphs: Graphs) -> None:
    graph = part_model(tiny_graphs, GraphPart.DECODE, "f32")
    exported = onnx.load_from_string(tiny_graphs.read(GraphPart.DECODE))
    assert onnx.load_from_string(graph) == exported
