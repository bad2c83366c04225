"""The graph that users run."""

import functools

import numpy as np
import openvino as ov

from engines.graphs.folder import GraphPart, Graphs, read_graphs, shipped_graphs
from engines.graphs.state_layout import state_tensors
from engines.openvino.wiring import PARTS, Wiring, read_onnx, stored, stored_wiring

SHAPE = (1, 64, 80)


def step_wiring() -> Wiring:
    """The step of the shipped network, for small images."""
    graphs, models = _read()
    return stored_wiring(models, graphs, GraphPart.STEP, SHAPE)


def initial_state() -> dict[str, np.ndarray]:
    """What the step is given before the first slice, by the names of its inputs."""
    specs = state_tensors(_read()[0].info.config)
    return {
        piece: values for spec in specs for piece, values in stored(spec.name, spec.initial(*SHAPE)).items()
    }


@functools.cache
def _read() -> tuple[Graphs, dict[GraphPart, ov.Model]]:
    graphs = read_graphs(shipped_graphs("small"))
    return graphs, {part: read_onnx(ov.Core(), graphs.read(part)) for part in PARTS}
