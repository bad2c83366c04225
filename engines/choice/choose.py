"""Makes a model from the user's choices."""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from engines.choice.auto_model import AutoModel
from engines.choice.fastest import Candidates, openers
from engines.errors import EngineError
from engines.graphs.folder import Graphs, read_graphs, require_shipped, shipped_graphs
from engines.int8.table import int8_is_as_good
from engines.network_model import NetworkModel
from engines.processor import bf16_is_quicker, int8_is_quicker
from engines.runners import RunnerInputs
from engines.torch_cuda.opening import TORCH
from engines.weights_info import read_info, shipped_weights
from focstream.program.extras import need_extra
from focstream.program.flags import flags_set
from focstream.types import InputError
from inference.config import Engine, InferenceConfig, Precision
from inference.depth_model import DepthModel
from inference.halved import HalvedModel
from inference.sharpness import SharpnessModel
from inference.slowed import SlowedModel

_USUAL_SLICES_S = 10.0  # one usual sweep a second
FASTEST_FIRST = (
    "tensorrt f16",
    "torch cuda f16",
    "tensorrt f32",
    "torch cuda f32",
    "onnxruntime cuda f32",
    "torch cuda bf16",
    "openvino bf16",
    "openvino int8",
    "openvino f32",
    "onnxruntime f32",
    "torch f32",
    "torch bf16",
)


def make_model(config: InferenceConfig) -> DepthModel[Any, Any]:
    """Open the model asked for, ready for its first slice.

    Raises
    ------
    InputError
        When the choices do not go together, or the weights cannot be read.
    EngineError
        When the engine asked for cannot run here.
    """
    if config.model == "auto":
        if config.scale != 1.0:
            raise InputError(f"--model auto chooses the scale, too: leave --scale {config.scale:g} out")
        return AutoModel(config, rate_at_least=config.rate_at_least or _USUAL_SLICES_S, make=make_model)
    if config.rate_at_least is not None:
        raise InputError(f"--rate-at-least is for --model auto; leave it out of --model {config.model}")
    model = _full_size_model(config)
    for _ in range(round(-math.log2(config.scale))):
        model = HalvedModel(model)
    if config.slices_s_at_most is not None:
        model = SlowedModel(model, slices_s=config.slices_s_at_most)
    return model


def _full_size_model(config: InferenceConfig) -> DepthModel[Any, Any]:
    if config.model == "sharpness":
        if config.engine not in ("auto", "opencv"):
            raise InputError(f"--model sharpness is computed by opencv; leave out --engine {config.engine}")
        if config.device is not None:
            raise InputError("--model sharpness is computed by the processor; leave out --device")
        of_network = flags_set(config, ("weights", "precision"))
        if of_network:
            raise InputError(f"{' and '.join(of_network)}: for the network; leave out of --model sharpness")
        return SharpnessModel(fill=config.fill)
    if config.engine == "opencv":
        raise InputError("--engine opencv is for --model sharpness; leave it out, or name another engine")
    if config.fill:
        raise InputError("--fill is for --model sharpness; the network fills what has no texture by itself")
    if config.weights is None:
        require_shipped(config.model)
        graphs = read_graphs(shipped_graphs(config.model))
        inputs = RunnerInputs(
            graphs=graphs,
            weights=shipped_weights(config.model),
            threads=config.threads,
            device=config.device or 0,
        )
        names = candidates(config.engine, config.precision, config.device, graphs=lambda: graphs)
        some = Candidates(openers(names, inputs))
        return NetworkModel(some.open(), graphs.info, instead=some.go_on)
    return _own_weights(config, config.weights)


def candidates(
    engine: Engine,
    precision: Precision,
    device: int | None = None,
    *,
    graphs: Callable[[], Graphs] | None = None,
) -> tuple[str, ...]:
    """Names of `RUNNERS` that fit the choices, the fastest first.

    Parameters
    ----------
    engine, precision
        As users choose them.
    device
        Number of the NVIDIA GPU that must compute; None = any GPU or processor may.
    graphs
        Returns those to be computed, where they matter: int8 is chosen by itself only where it is as good.

    Raises
    ------
    EngineError
        When there is none.
    """
    of_engine = [name for name in FASTEST_FIRST if engine == "auto" or name.split()[0] == engine]
    if device is not None:
        of_engine = [name for name in of_engine if on_gpu(name)]
        if not of_engine:
            raise EngineError(f"{engine} does not compute on NVIDIA GPUs; leave out --device {device}")
    fitting = tuple(name for name in of_engine if _fits(name, precision, graphs))
    if not fitting:
        raise EngineError(f"{engine} does not compute in {precision}; leave out --precision")
    return fitting


def on_gpu(name: str) -> bool:
    """Return whether a runner of this name computes on an NVIDIA GPU."""
    return name.split()[0] == "tensorrt" or "cuda" in name.split()


def _fits(name: str, precision: Precision, graphs: Callable[[], Graphs] | None) -> bool:
    """Whether a precision is the one asked for, or may be chosen without having been asked for."""
    has = name.split()[-1]
    if has == "bf16" and precision == "auto":
        return not on_gpu(name) and bf16_is_quicker()
    if has == "int8" and precision == "auto":
        return graphs is not None and int8_is_quicker() and int8_is_as_good(graphs())
    return precision in (has, "auto")


def _own_weights(config: InferenceConfig, weights: Path) -> DepthModel[Any, Any]:
    """Weights without graphs are computed by torch: nothing else reads them."""
    if config.engine not in ("auto", "torch"):
        raise InputError(f"--weights are computed by torch; leave out --engine {config.engine}")
    names = candidates("torch", config.precision, config.device)
    need_extra("torch", extra="train", what="--weights", error=EngineError)
    info = read_info(weights)
    some = Candidates(
        {name: partial(TORCH[name], weights, config.threads, config.device or 0) for name in names}
    )
    return NetworkModel(some.open(), info, instead=some.go_on)
