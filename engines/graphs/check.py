"""Whether exported graphs compute what torch computes, by ONNX Runtime."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import onnxruntime
import torch

from engines.base import FloatArray
from engines.errors import EngineError
from engines.graphs.folder import GraphPart
from engines.graphs.modules import DecodeGraph, EncodeGraph, UpdateGraph, example_state
from engines.graphs.state_layout import (
    COORDINATES,
    F32_TOLERANCES,
    IMAGES,
    MAPS,
    TensorSpec,
    feature_tensors,
    state_tensors,
)
from inference.network.network import FocDepthFormer

_SLICES = 3


def check_graphs(
    network: FocDepthFormer, graphs: Mapping[GraphPart, bytes], *, batch: int, size_px: tuple[int, int]
) -> None:
    """Run a few random slices through torch and through the graphs, part by part and as one.

    Raises
    ------
    EngineError
        When the maps differ by more than `F32_TOLERANCES`, or a graph is not valid ONNX.
    """
    for graph in graphs.values():
        onnx.checker.check_model(graph, full_check=True)
    sessions = {
        part: onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        for part, graph in graphs.items()
    }
    random = np.random.default_rng(0)
    slices = [
        (random.random((batch, *size_px, 3), np.float32), random.random(batch, np.float32))
        for _ in range(_SLICES)
    ]
    expected = _torch_maps(network, slices)
    found = {"in parts": _part_maps(network, sessions, slices), "step": _step_maps(network, sessions, slices)}
    for way, maps in found.items():
        for name, one, other in zip(MAPS, expected, maps, strict=True):
            difference = float(np.abs(one - other).max())
            if not difference <= F32_TOLERANCES[name]:
                raise EngineError(
                    f"the exported graphs ({way}) differ from torch by {difference:.2g} in {name}, more than "
                    f"{F32_TOLERANCES[name]:g}; nothing was written: try the torch and onnx versions of "
                    "pyproject.toml"
                )


Slices = Sequence[tuple[FloatArray, FloatArray]]
Sessions = Mapping[GraphPart, onnxruntime.InferenceSession]


@torch.inference_mode()
def _torch_maps(network: FocDepthFormer, slices: Slices) -> list[FloatArray]:
    encode, update, decode = EncodeGraph(network), UpdateGraph(network), DecodeGraph(network)
    batch, height_px, width_px, _ = slices[0][0].shape
    state = example_state(network, batch=batch, height_px=height_px, width_px=width_px)
    for image, at in slices:
        coordinates = torch.from_numpy(at)
        state = update(coordinates, encode(torch.from_numpy(image), coordinates), state)
    return [value.numpy() for value in decode(state)]


def _part_maps(network: FocDepthFormer, sessions: Sessions, slices: Slices) -> list[FloatArray]:
    features = [spec.name for spec in feature_tensors(network.config)]
    layout = state_tensors(network.config)
    state = _initial(layout, slices)
    for image, at in slices:
        said = sessions[GraphPart.ENCODE].run(features, {IMAGES: image, COORDINATES: at})
        inputs = dict(zip(features, said, strict=True)) | {COORDINATES: at} | state
        state = _run_update(sessions[GraphPart.UPDATE], inputs, layout)
    return _run(sessions[GraphPart.DECODE], list(MAPS), state)


def _step_maps(network: FocDepthFormer, sessions: Sessions, slices: Slices) -> list[FloatArray]:
    layout = state_tensors(network.config)
    state = _initial(layout, slices)
    maps: list[FloatArray] = []
    for image, at in slices:
        inputs = {IMAGES: image, COORDINATES: at} | state
        maps = _run(sessions[GraphPart.STEP], list(MAPS), inputs)
        state = _run_update(sessions[GraphPart.STEP], inputs, layout)
    return maps


def _initial(layout: Sequence[TensorSpec], slices: Slices) -> dict[str, FloatArray]:
    batch, height_px, width_px, _ = slices[0][0].shape
    return {spec.name: spec.initial(batch, height_px, width_px) for spec in layout}


def _run_update(
    session: onnxruntime.InferenceSession, inputs: Mapping[str, FloatArray], layout: Sequence[TensorSpec]
) -> dict[str, FloatArray]:
    values = _run(session, [spec.next_name for spec in layout], inputs)
    return {spec.name: value for spec, value in zip(layout, values, strict=True)}


def _run(
    session: onnxruntime.InferenceSession, outputs: list[str], inputs: Mapping[str, FloatArray]
) -> list[FloatArray]:
    wanted = {node.name for node in session.get_inputs()}  # a part need not use the whole state
    return session.run(outputs, {name: value for name, value in inputs.items() if name in wanted})
