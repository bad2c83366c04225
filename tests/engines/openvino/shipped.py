"""The graph that users run."""

import openvino as ov

from engines.graphs.folder import GraphPart, read_graphs, shipped_graphs
from engines.openvino.wiring import PARTS, Wiring, stored_wiring

SHAPE = (1, 64, 80)


def step_wiring() -> Wiring:
    """The step of the shipped network, for small images."""
    graphs = read_graphs(shipped_graphs("small"))
    models = {part: ov.Core().read_model(graphs.file(part)) for part in PARTS}
    return stored_wiring(models, graphs, GraphPart.STEP, SHAPE)
