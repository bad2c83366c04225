"""Every engine and precision that there is, by name, for the tools that put them side by side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.base import Runner
from engines.errors import EngineError
from engines.graphs.folder import Graphs, read_graphs, shipped_graphs
from engines.precisions import CpuPrecision, GraphPrecision
from engines.torch_cuda.device import require_nvidia_device
from engines.torch_cuda.opening import TORCH
from engines.weights_info import digest, shipped_weights
from focstream.types import InputError

REFERENCE = "torch f32"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerInputs:
    """What runners are made from.

    Attributes
    ----------
    graphs, weights
        Exported graphs, and the file of weights that they were made from.
    threads
        That compute; 0 = the engine's choice.
    device
        Number of the GPU, for engines on NVIDIA's.
    """

    graphs: Graphs
    weights: Path
    threads: int = 0
    device: int = 0


Opener = Callable[[RunnerInputs], Runner[Any, Any]]


def open_runner(name: str, inputs: RunnerInputs) -> Runner[Any, Any]:
    """Open the runner of this name.

    Raises
    ------
    InputError
        When there is none of that name, or its files cannot be read.
    EngineError
        When it cannot run here.
    """
    if name not in RUNNERS:
        raise InputError(f"no engine is called {name!r}; there are {', '.join(RUNNERS)}")
    return RUNNERS[name](inputs)


def open_usable(
    names: tuple[str, ...], inputs: RunnerInputs
) -> tuple[dict[str, Runner[Any, Any]], dict[str, str]]:
    """Open those named, which must run, or else all that can; return them, and why the others cannot."""
    runners: dict[str, Runner[Any, Any]] = {}
    reasons: dict[str, str] = {}
    for name in names or RUNNERS:
        try:
            runners[name] = open_runner(name, inputs)
        except EngineError as error:
            if names:
                raise
            reasons[name] = str(error)
    return runners, reasons


def matching(graphs: Path | None, weights: Path | None, *, threads: int = 0, device: int = 0) -> RunnerInputs:
    """Return graphs and the weights they were made from; without paths, those that come with the package.

    Raises
    ------
    InputError
        When the graphs are not of these weights, or either cannot be read.
    """
    path = weights or shipped_weights("small")
    found = read_graphs(graphs or shipped_graphs("small"))
    try:
        weights_digest = digest(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    if weights_digest != found.weights_digest:
        raise InputError(
            f"{found.folder}: the graphs are not of the weights {path}; make them again with "
            "python -m engines export"
        )
    return RunnerInputs(graphs=found, weights=path, threads=threads, device=device)


def _torch(name: str) -> Opener:
    return lambda inputs: TORCH[name](inputs.weights, inputs.threads, inputs.device)


def _onnx(device: str) -> Opener:
    def open_it(inputs: RunnerInputs) -> Runner[Any, Any]:
        if device == "cuda":
            require_nvidia_device()
        from engines.onnxruntime_runner import OnnxRunner

        return OnnxRunner(
            inputs.graphs,
            device="cuda" if device == "cuda" else "cpu",
            number=inputs.device,
            threads=inputs.threads,
        )

    return open_it


def _openvino(precision: CpuPrecision) -> Opener:
    def open_it(inputs: RunnerInputs) -> Runner[Any, Any]:
        from engines.openvino.runner import OpenVinoRunner

        return OpenVinoRunner(inputs.graphs, precision=precision, threads=inputs.threads)

    return open_it


def _tensorrt(precision: GraphPrecision, *, recorded: bool = True) -> Opener:
    def open_it(inputs: RunnerInputs) -> Runner[Any, Any]:
        from engines.tensorrt.runner import open_tensorrt

        return open_tensorrt(inputs.graphs, precision=precision, recorded=recorded, device=inputs.device)

    return open_it


RUNNERS: Mapping[str, Opener] = {
    **{name: _torch(name) for name in TORCH},
    "onnxruntime f32": _onnx("cpu"),
    "onnxruntime cuda f32": _onnx("cuda"),
    "openvino f32": _openvino("f32"),
    "openvino bf16": _openvino("bf16"),
    "openvino int8": _openvino("int8"),
    "tensorrt f32": _tensorrt("f32"),
    "tensorrt f16": _tensorrt("f16"),
    "tensorrt queued f16": _tensorrt("f16", recorded=False),
}
