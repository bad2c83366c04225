"""From the graph of a part to the model that OpenVINO compiles."""

import hashlib
from pathlib import Path

import openvino as ov

from engines.openvino.cells import cells_by_pixel
from engines.openvino.channels_last import channels_last
from engines.openvino.mixing import mix_by_layers
from engines.openvino.nodes import fold_constants
from engines.openvino.precision import to_bfloat16
from engines.openvino.rewrites import rewrite, split_single_channels, spread_by_layers
from engines.openvino.sinking import sink_concatenations
from engines.openvino.token_blocks import pool_tokens
from engines.openvino.wiring import Wiring


def fast_model(wiring: Wiring, *, bfloat16: bool) -> ov.Model:
    """Return a model that computes the same faster; the wiring is used up.

    Parameters
    ----------
    wiring
        Of fixed sizes.
    bfloat16
        Whether layers may round to eight bits.
    """
    model = wiring.model()
    fold_constants(model)
    sink_concatenations(model)
    rewrite(model)
    cells_by_pixel(model)
    mix_by_layers(model)
    pool_tokens(model)
    if bfloat16:
        to_bfloat16(model)
    channels_last(model)  # behind the choice of precisions, whose conversions are arithmetic, too
    spread_by_layers(model)  # behind the choice of precisions: its sums are exact, and no layers
    if bfloat16:  # in float32 another order of the sums takes some of the room to torch for nothing
        split_single_channels(model)
    model.validate_nodes_and_infer_types()
    return model


def rewrites_digest() -> str:
    """Return a short digest of the code that makes models: what it made before must not be used again."""
    folder = Path(__file__).parent
    code = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    return hashlib.sha256(code).hexdigest()[:12]
