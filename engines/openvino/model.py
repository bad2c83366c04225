"""Makes the model that OpenVINO compiles from the graph of a part."""

from collections.abc import Iterable

import openvino as ov

from engines.openvino.nodes import fold_constants
from engines.openvino.rewrites import REWRITES, OpenVinoPrecision, Rewrite
from engines.openvino.wiring import Wiring


def fast_model(
    wiring: Wiring, *, precision: OpenVinoPrecision, rewrites: Iterable[Rewrite] = REWRITES
) -> ov.Model:
    """Return a model that computes the same faster; the wiring is used up.

    Parameters
    ----------
    wiring
        What to make it of; its sizes are fixed.
    precision
        Whether layers may round to eight bits (bf16).
    rewrites
        Those to apply, in their order; a benchmark leaves some out.
    """
    model = wiring.model()
    fold_constants(model)
    for rewrite in rewrites:
        if precision in rewrite.precisions:
            rewrite.apply(model)
    model.validate_nodes_and_infer_types()
    return model
