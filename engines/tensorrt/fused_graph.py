"""The parts of the network as one ONNX graph, and in the precision asked for; needs onnx, not torch."""

from collections.abc import Iterable

from engines.errors import EngineError
from engines.graphs.folder import GraphPart, Graphs
from engines.graphs.state_layout import MAPS, state_tensors
from engines.pictures import PictureFormat
from engines.precisions import GraphPrecision
from focstream.program.extras import install_hint

try:
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from onnx import ModelProto, NodeProto, ValueInfoProto, compose, helper

    from engines.tensorrt.half_graph import to_half
    from engines.tensorrt.picture_graph import with_pictures
except ImportError as error:
    raise EngineError(f"onnx cannot be imported ({error}); {install_hint('gpu')}") from None

_FUSED = {
    GraphPart.STEP: (GraphPart.ENCODE, GraphPart.UPDATE, GraphPart.DECODE),
    GraphPart.ADVANCE: (GraphPart.ENCODE, GraphPart.UPDATE),
}


def part_model(
    graphs: Graphs, part: GraphPart, precision: GraphPrecision, *, pictures: PictureFormat | None = None
) -> bytes:
    """Return the ONNX graph of a part in a precision, serialized; `step` is made of the others if need be.

    With `pictures`, it takes uint8 images of this format, and gives maps as they are published
    (`engines.tensorrt.picture_graph`).

    Raises
    ------
    InputError
        When the folder has no such graph.
    """
    exists = part in graphs.parts or part not in _FUSED
    model = _load(graphs, part) if exists else _fused(graphs, part)
    if precision == "f16":
        model = to_half(model)
    if pictures is not None:
        model = with_pictures(model, pictures, sigma_per_scale=graphs.info.sigma_per_scale)
    return model.SerializeToString()


def _load(graphs: Graphs, part: GraphPart) -> ModelProto:
    try:
        return onnx.load_from_string(graphs.read(part))
    except DecodeError as error:
        raise EngineError(f"{graphs.folder}: {part.value}.onnx is no ONNX graph ({error})") from None


def _fused(graphs: Graphs, whole: GraphPart) -> ModelProto:
    """Join parts: each has what the next one reads under the same name, but the state's."""
    parts = [
        compose.add_prefix(_load(graphs, part), f"{part.value}/", rename_inputs=False, rename_outputs=False)
        for part in _FUSED[whole]
    ]
    encode, update, *decode = parts
    layout = state_tensors(graphs.info.config)
    for model in decode:
        _rename_inputs(model.graph.node, {spec.name: spec.next_name for spec in layout})
    maps = [value for model in decode for value in model.graph.output if value.name in MAPS]
    graph = helper.make_graph(
        [node for model in parts for node in model.graph.node],
        whole.value,
        _inputs(encode, update, spec_names={spec.name for spec in layout}),
        [*maps, *update.graph.output],
        [values for model in parts for values in model.graph.initializer],
    )
    model = helper.make_model(graph, opset_imports=encode.opset_import, producer_name=encode.producer_name)
    model.ir_version = encode.ir_version
    model.metadata_props.extend(encode.metadata_props)
    return model


def _inputs(encode: ModelProto, update: ModelProto, *, spec_names: set[str]) -> list[ValueInfoProto]:
    state = [value for value in update.graph.input if value.name in spec_names]
    return [*encode.graph.input, *state]


def _rename_inputs(nodes: Iterable[NodeProto], names: dict[str, str]) -> None:
    for node in nodes:
        for place, name in enumerate(node.input):
            node.input[place] = names.get(name, name)
