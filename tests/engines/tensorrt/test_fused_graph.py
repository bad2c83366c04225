"""Encode and update as one graph, made without torch."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from engines.base import FloatArray
from engines.graphs.folder import GraphPart, Graphs
from engines.graphs.state_layout import COORDINATES, IMAGES, NEXT, state_tensors
from engines.tensorrt.fused_graph import part_model
from tests.engines.graphs.exported import SIZE_PX, random_slice

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def advance(tiny_graphs: Graphs) -> bytes:
    return part_model(tiny_graphs, GraphPart.ADVANCE, "f32")


def names(values: object) -> list[str]:
    return [value.name for value in values]  # type: ignore[attr-defined]


def test_it_has_the_inputs_and_outputs_of_the_exported_step_but_no_maps(
    tiny_graphs: Graphs, advance: bytes
) -> None:
    onnx.checker.check_model(advance, full_check=True)
    made, exported = onnx.load_from_string(advance), onnx.load_from_string(tiny_graphs.read(GraphPart.STEP))
    assert names(made.graph.input) == names(exported.graph.input)
    assert names(made.graph.output) == [name for name in names(exported.graph.output) if name.endswith(NEXT)]
    assert made.opset_import == exported.opset_import
    assert {p.key: p.value for p in made.metadata_props} == {p.key: p.value for p in exported.metadata_props}


def test_it_leaves_the_state_of_the_exported_step(tiny_graphs: Graphs, advance: bytes) -> None:
    whole = part_model(tiny_graphs, GraphPart.STEP, "f32")
    sessions = [ort.InferenceSession(graph, providers=["CPUExecutionProvider"]) for graph in (whole, advance)]
    layout = state_tensors(tiny_graphs.info.config)
    outputs = [spec.next_name for spec in layout]
    states = [{spec.name: spec.initial(1, *SIZE_PX) for spec in layout} for _ in sessions]
    for seed in range(4):
        images, coordinates = random_slice(seed)
        found: list[dict[str, FloatArray]] = []
        for session, state in zip(sessions, states, strict=True):
            inputs = {IMAGES: images, COORDINATES: coordinates} | state
            found.append(dict(zip(outputs, session.run(outputs, inputs), strict=True)))
            state.update({spec.name: found[-1][spec.next_name] for spec in layout})
        for name, value in found[0].items():
            np.testing.assert_allclose(found[1][name], value, atol=2e-5, rtol=1e-4, err_msg=name)


def test_parts_are_given_as_they_are(tiny_graphs: Graphs) -> None:
    graph = part_model(tiny_graphs, GraphPart.DECODE, "f32")
    exported = onnx.load_from_string(tiny_graphs.read(GraphPart.DECODE))
    assert onnx.load_from_string(graph) == exported
