"""The network as ONNX graphs, proved equal to torch before they are written."""

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from onnx import ModelProto
from torch import nn

from engines.graphs.check import check_graphs
from engines.graphs.folder import EXPORTED, OPSET, GraphPart, Graphs, write_graphs
from engines.graphs.modules import DecodeGraph, EncodeGraph, StepGraph, UpdateGraph
from engines.graphs.state_layout import (
    COORDINATES,
    IMAGES,
    MAPS,
    TensorSpec,
    feature_tensors,
    state_tensors,
)
from engines.weights_info import WeightsInfo
from focstream.types import InputError
from inference.network.config import PATCH_PX
from inference.network.network import FocDepthFormer

_log = logging.getLogger(__name__)

_EXAMPLE_BATCH = 2  # the exporter takes a 1 for a constant
_EXAMPLE_PX = (48, 64)
_MOST_PATCHES = 512
_MOST_TOGETHER = 1024

Axes = dict[int, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Sizes that the graphs are made for: of the example, and which of them stay free.

    Attributes
    ----------
    size_px
        (height, width) of all images, batches of one; None = any multiple of 16, batches of any size.
    """

    size_px: tuple[int, int] | None

    def __post_init__(self) -> None:
        if self.size_px and (min(self.size_px) < PATCH_PX or any(side % PATCH_PX for side in self.size_px)):
            height, width = self.size_px
            raise InputError(f"--size {width}x{height}: width and height must be multiples of {PATCH_PX}")

    @property
    def batch(self) -> int:
        """Images at once in the example."""
        return 1 if self.size_px else _EXAMPLE_BATCH

    @property
    def example_px(self) -> tuple[int, int]:
        """Height and width of the example."""
        return self.size_px or _EXAMPLE_PX


def export_graphs(
    network: FocDepthFormer,
    info: WeightsInfo,
    folder: Path,
    *,
    weights_digest: str,
    size_px: tuple[int, int] | None = None,
    step: bool = True,
    packed: bytes | None = None,
) -> Graphs:
    """Write the graphs `encode`, `update`, `decode` and `step` into a folder.

    Parameters
    ----------
    network, info, weights_digest
        The network, what is known of its weights, and the SHA-256 of the file they are from.
    folder
        Is made; graphs that lie there are replaced.
    size_px
        (height, width) that the graphs are fixed to; None leaves sizes and batches free.
    step
        Write the graph of all parts in one, too; it is checked in any case.
    packed
        The whole .safetensors file of the weights: write it once, and the graphs without its numbers.

    Raises
    ------
    InputError
        For a size that is not whole patches.
    EngineError
        When a graph, run by ONNX Runtime, does not give what torch gives; nothing is written then.
    """
    sizes = Sizes(size_px=size_px)
    models = {part: _export(part, network.eval(), sizes) for part in EXPORTED}
    for model in models.values():
        _describe(model, info, weights_digest)
    serialized = {part: model.SerializeToString() for part, model in models.items()}
    check_graphs(network, serialized, batch=sizes.batch, size_px=sizes.example_px)
    if not step:
        del serialized[GraphPart.STEP]
    return write_graphs(
        folder,
        serialized,
        info=info,
        weights_digest=weights_digest,
        size_px=size_px,
        weights=packed,
    )


def _export(part: GraphPart, network: FocDepthFormer, sizes: Sizes) -> ModelProto:
    _log.info("exporting %s", part.value)
    module, arguments, inputs, outputs = _graph(part, network)
    dynamic = None if sizes.size_px else tuple(_free_axes(argument) for argument in arguments)
    with _quiet():
        program = torch.onnx.export(
            module.eval(),
            tuple(_values(argument, sizes) for argument in arguments),
            input_names=inputs,
            output_names=outputs,
            dynamic_shapes=dynamic,
            dynamo=True,
            opset_version=OPSET,
            external_data=False,
            verbose=False,
        )
    assert program is not None
    return program.model_proto


Argument = TensorSpec | tuple[TensorSpec, ...]

_IMAGES = TensorSpec(path=IMAGES, channels=3, stride_px=1, start=(0.5,))  # its axes are moved: (B, H, W, 3)
_COORDINATES = TensorSpec(path=COORDINATES, channels=0, stride_px=0, start=(0.5,))


def _graph(
    part: GraphPart, network: FocDepthFormer
) -> tuple[nn.Module, tuple[Argument, ...], list[str], list[str]]:
    """Return the module of a part, its arguments, and the names of its inputs and outputs."""
    features, state = feature_tensors(network.config), state_tensors(network.config)
    following = [spec.next_name for spec in state]
    arguments: tuple[Argument, ...]
    match part:
        case GraphPart.ENCODE:
            module: nn.Module = EncodeGraph(network)
            arguments, outputs = (_IMAGES, _COORDINATES), [spec.name for spec in features]
        case GraphPart.UPDATE:
            module = UpdateGraph(network)
            arguments, outputs = (_COORDINATES, features, state), following
        case GraphPart.DECODE:
            module = DecodeGraph(network)
            arguments, outputs = (state,), list(MAPS)
        case _:
            module = StepGraph(network)
            arguments, outputs = (_IMAGES, _COORDINATES, state), [*MAPS, *following]
    return module, arguments, [spec.name for spec in _flat(arguments)], outputs


def _flat(arguments: Sequence[Argument]) -> Iterator[TensorSpec]:
    for argument in arguments:
        yield from (argument,) if isinstance(argument, TensorSpec) else argument


def _values(argument: Argument, sizes: Sizes) -> Any:  # noqa: ANN401 - as nested as the argument
    if isinstance(argument, tuple):
        return tuple(_values(spec, sizes) for spec in argument)
    value = torch.from_numpy(argument.initial(sizes.batch, *sizes.example_px))
    return value.permute(0, 2, 3, 1).contiguous() if argument is _IMAGES else value


def _free_axes(argument: Argument) -> Any:  # noqa: ANN401 - as nested as the argument
    """Batch, height and width: free, and declared as multiples of whole patches."""
    if isinstance(argument, tuple):
        return tuple(_free_axes(spec) for spec in argument)
    axes: Axes = {0: torch.export.Dim("batch", min=1, max=_MOST_TOGETHER)}
    if argument.stride_px:
        first = 1 if argument is _IMAGES else 2
        for axis, side in enumerate(("rows", "columns"), first):
            patches = torch.export.Dim(side, min=1, max=_MOST_PATCHES)
            factor = PATCH_PX // argument.stride_px
            axes[axis] = factor * patches if factor > 1 else patches
    return axes


def _describe(model: ModelProto, info: WeightsInfo, weights_digest: str) -> None:
    """Say whose weights these are; and leave out the exporter's notes, which name files of this machine."""
    model.producer_name = "focstream"
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        part.doc_string = ""
        del part.metadata_props[:]
    for key, value in (info.to_metadata() | {"weights_sha256": weights_digest}).items():
        entry = model.metadata_props.add()
        entry.key, entry.value = f"focstream.{key}", value


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter from warning of packages we do not use; its errors are exceptions."""
    chatty = [logging.getLogger(name) for name in ("torch.onnx", "onnx_ir", "onnxscript")]
    levels = [logger.level for logger in chatty]
    for logger in chatty:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(chatty, levels, strict=True):
            logger.setLevel(level)
