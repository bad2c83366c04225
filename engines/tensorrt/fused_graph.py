"""The parts of the network as ONNX graphs, in the precision asked for; needs onnx, not torch."""

from engines.errors import EngineError
from engines.graphs.folder import GraphPart, Graphs
from engines.graphs.state_layout import state_tensors
from engines.precisions import GraphPrecision
from focstream.program.extras import install_hint

try:
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from onnx import ModelProto, compose, helper

    from engines.tensorrt.half_graph import to_half
except ImportError as error:
    raise EngineError(f"onnx cannot be imported ({error}); {install_hint('gpu')}") from None

_ADVANCE = (GraphPart.ENCODE, GraphPart.UPDATE)


def part_model(graphs: Graphs, part: GraphPart, precision: GraphPrecision) -> bytes:
    """Return the ONNX graph of a part in a precision, serialized; `advance` is made of two others.

    Raises
    ------
    InputError
        When the folder has no such graph.
    """
    model = _advance(graphs) if part is GraphPart.ADVANCE else _load(graphs, part)
    if precision == "f16":
        model = to_half(model)
    return model.SerializeToString()


def _load(graphs: Graphs, part: GraphPart) -> ModelProto:
    try:
        return onnx.load_from_string(graphs.read(part))
    except DecodeError as error:
        raise EngineError(f"{graphs.folder}: {part.value}.onnx is no ONNX graph ({error})") from None


def _advance(graphs: Graphs) -> ModelProto:
    """Join encode and update: each has what the other reads or gives under the same name."""
    encode, update = (
        compose.add_prefix(_load(graphs, part), f"{part.value}/", rename_inputs=False, rename_outputs=False)
        for part in _ADVANCE
    )
    state = {spec.name for spec in state_tensors(graphs.info.config)}
    graph = helper.make_graph(
        [*encode.graph.node, *update.graph.node],
        GraphPart.ADVANCE.value,
        [*encode.graph.input, *(value for value in update.graph.input if value.name in state)],
        update.graph.output,
        [*encode.graph.initializer, *update.graph.initializer],
    )
    model = helper.make_model(graph, opset_imports=encode.opset_import, producer_name=encode.producer_name)
    model.ir_version = encode.ir_version
    model.metadata_props.extend(encode.metadata_props)
    return model
