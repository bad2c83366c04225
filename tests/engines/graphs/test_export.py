"""What is exported: valid, described, the same each time, and refused when it is wrong."""

from pathlib import Path

import onnx
import pytest
import torch

from engines.errors import EngineError
from engines.graphs.check import check_graphs
from engines.graphs.folder import EXPORTED, OPSET, GraphPart, Graphs
from engines.graphs.state_layout import COORDINATES, IMAGES, MAPS, feature_tensors, state_tensors
from engines.weights_info import digest
from tests.engines.graphs.exported import SIZE_PX, TINY, export_tiny, save_tiny, tiny_network

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def names(values: list[onnx.ValueInfoProto]) -> list[str]:
    return [value.name for value in values]


@pytest.mark.parametrize("part", EXPORTED)
def test_a_graph_says_what_it_is(tiny_graphs: Graphs, tiny_weights: Path, part: GraphPart) -> None:
    model = onnx.load_from_string(tiny_graphs.read(part))
    assert [entry.version for entry in model.opset_import if not entry.domain] == [OPSET]
    said = {entry.key: entry.value for entry in model.metadata_props}
    assert said["focstream.weights_sha256"] == digest(tiny_weights)
    assert said["focstream.config"] == TINY.model_dump_json()


def test_borders_have_the_names_of_the_layout(tiny_graphs: Graphs) -> None:
    state = [spec.name for spec in state_tensors(TINY)]
    following = [spec.next_name for spec in state_tensors(TINY)]
    features = [spec.name for spec in feature_tensors(TINY)]
    step = onnx.load_from_string(tiny_graphs.read(GraphPart.STEP)).graph
    assert names(step.input) == [IMAGES, COORDINATES, *state]
    assert names(step.output) == [*MAPS, *following]
    update = onnx.load_from_string(tiny_graphs.read(GraphPart.UPDATE)).graph
    assert names(update.input) == [COORDINATES, *features, *state]
    assert names(update.output) == following


@pytest.mark.parametrize("part", EXPORTED)
def test_a_graph_names_no_file_of_the_machine_that_made_it(tiny_graphs: Graphs, part: GraphPart) -> None:
    content = tiny_graphs.read(part)
    assert str(Path(__file__).parents[3]).encode() not in content
    assert b".py" not in content


def test_operations_that_tensorrt_cannot_build_are_absent(tiny_graphs: Graphs) -> None:
    graph = onnx.load_from_string(tiny_graphs.read(GraphPart.STEP)).graph
    assert not {node.op_type for node in graph.node} & {
        "Attention",
        "NonZero",
        "ScatterElements",
        "Col2Im",
        "DFT",
    }
    resizes = [node for node in graph.node if node.op_type == "Resize"]
    assert resizes
    assert not any(a.name == "antialias" and a.i for node in resizes for a in node.attribute)


def test_graphs_that_compute_something_else_are_refused(tiny_graphs: Graphs) -> None:
    graphs = {part: tiny_graphs.read(part) for part in EXPORTED}
    network = tiny_network()
    check_graphs(network, graphs, batch=2, size_px=SIZE_PX)
    network.decoder.head.bias.add_(0.01)
    with pytest.raises(EngineError, match=r"differ from torch by 0\.01") as error:
        check_graphs(network, graphs, batch=2, size_px=SIZE_PX)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "ablation", [{"layers": 0}, {"recurrence": False}, {"coordinate": False}, {"fusion": "latent"}]
)
def test_ablations_can_be_exported(tmp_path: Path, ablation: dict[str, object]) -> None:
    weights = save_tiny(tmp_path, TINY.model_copy(update=ablation))
    graphs = export_tiny(tmp_path / "graphs", weights, size_px=SIZE_PX)  # is checked against torch
    assert graphs.size_px == SIZE_PX
    assert torch.is_grad_enabled()
