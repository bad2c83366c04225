"""Opens the network in torch: on the processor, or on an NVIDIA GPU."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engines.base import Runner
from engines.errors import EngineError
from engines.torch_cuda.device import torch_device
from focstream.program.extras import need_extra

WeightsOpener = Callable[[Path, int, int], Runner[Any, Any]]
"""Takes a file of weights, the threads that compute (0 = torch's choice), and the number of the GPU."""


def _on_processor(precision: str) -> WeightsOpener:
    def open_it(weights: Path, threads: int, _: int) -> Runner[Any, Any]:
        need_extra("torch", extra="train", what="the engine torch", error=EngineError)
        import torch

        from engines.torch_runner import TorchRunner
        from engines.weights_file import load_network

        if threads:
            torch.set_num_threads(threads)
        types = {"f32": torch.float32, "bf16": torch.bfloat16}
        return TorchRunner(load_network(weights), precision=types[precision])

    return open_it


def _on_gpu(precision: str, *, recorded: bool = True) -> WeightsOpener:
    def open_it(weights: Path, _: int, number: int) -> Runner[Any, Any]:
        name = torch_device(number, precision=precision)
        import torch

        from engines.torch_cuda.runner import SHORT, TorchDeviceRunner
        from engines.weights_file import info_of, load_network

        (kind,) = (kind for kind, short in SHORT.items() if short == precision)
        return TorchDeviceRunner(
            load_network(weights),
            sigma_per_scale=info_of(weights).sigma_per_scale,
            device=torch.device(name),
            precision=kind,
            recorded=recorded,
        )

    return open_it


TORCH: Mapping[str, WeightsOpener] = {
    "torch f32": _on_processor("f32"),
    "torch bf16": _on_processor("bf16"),
    "torch cuda f32": _on_gpu("f32"),
    "torch cuda f16": _on_gpu("f16"),
    "torch cuda bf16": _on_gpu("bf16"),
    "torch cuda eager f16": _on_gpu("f16", recorded=False),
}
"""By the names of `engines.runners.RUNNERS`."""
