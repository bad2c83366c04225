"""The network in torch: the reference that every other engine is compared with."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TypeVar

import torch

from engines.base import FloatArray, NetworkMaps, Runner
from engines.network_model import NetworkModel
from engines.processor import require_bf16, torch_has_bf16
from engines.weights_file import info_of, load_network
from inference.network.network import FocDepthFormer, SliceFeatures, SweepState, all_in_focus

Result = TypeVar("Result")


class TorchRunner(Runner[SliceFeatures, SweepState | None]):
    """Computes the network with torch on the processor.

    Parameters
    ----------
    network
        With its weights, in evaluation mode.
    precision
        ``torch.bfloat16`` computes convolutions and products so; state and maps stay float32.

    Raises
    ------
    EngineError
        For bfloat16 on a processor without it.
    """

    def __init__(self, network: FocDepthFormer, *, precision: torch.dtype = torch.float32) -> None:
        if precision == torch.bfloat16:
            require_bf16(torch_has_bf16())
        self._network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._precision = precision

    @property
    def engine(self) -> str:
        """Name and precision."""
        return "torch f32" if self._precision == torch.float32 else "torch bf16"

    def encode(self, images: FloatArray, coordinates: FloatArray) -> SliceFeatures:
        """See `Runner.encode`."""
        planes = torch.from_numpy(images).permute(0, 3, 1, 2)
        positions = torch.from_numpy(coordinates)
        return self._run(lambda: self._network.encode(planes, positions))

    def each(self, features: SliceFeatures) -> list[SliceFeatures]:
        """See `EachEncoder.each`."""
        parts = {field.name: getattr(features, field.name).split(1) for field in fields(features)}
        return [
            SliceFeatures(**dict(zip(parts, each, strict=True))) for each in zip(*parts.values(), strict=True)
        ]

    def initial_state(self, shape: tuple[int, int, int]) -> SweepState | None:
        """None: sizes become known with the first features."""
        del shape
        return None

    def update(self, features: SliceFeatures, state: SweepState | None) -> SweepState:
        """See `Runner.update`."""
        return self._run(
            lambda: self._network.update(features, state or self._network.initial_state(features))
        )

    def decode(self, state: SweepState | None) -> NetworkMaps:
        """See `Runner.decode`."""
        assert state is not None, "decode needs a slice"
        prediction = self._run(lambda: self._network.decode(state))
        sharp = all_in_focus(state).permute(0, 2, 3, 1)
        return NetworkMaps(
            coordinate=prediction.coordinate[:, 0].float().numpy(),
            log_scale=prediction.log_scale[:, 0].float().numpy(),
            all_in_focus=sharp.float().numpy(),
        )

    def _run(self, compute: Callable[[], Result]) -> Result:
        lower = self._precision != torch.float32
        with torch.inference_mode(), torch.autocast("cpu", self._precision, enabled=lower):
            return compute()


def open_torch_model(
    weights: Path | None = None, *, precision: torch.dtype = torch.float32
) -> NetworkModel[SliceFeatures, SweepState | None]:
    """Open the network of a weights file or checkpoint (None = the shipped one) on the CPU."""
    return NetworkModel(TorchRunner(load_network(weights), precision=precision), info_of(weights))
