"""A run in several processes, on one machine or on many."""

from dataclasses import fields

import torch
from lightning_fabric import Fabric
from lightning_fabric.accelerators.cuda import CUDAAccelerator
from lightning_fabric.accelerators.mps import MPSAccelerator
from torch import Tensor, nn

from inference.network.network import FocDepthFormer
from training.learning.precision import chosen_precision
from training.learning.settings import RunSettings


def launched(settings: RunSettings) -> Fabric:
    """Start the processes of a run, or join those that torchrun or a cluster started."""
    several = settings.devices * settings.nodes > 1
    # Without the running attention at 1/4 and 1/8, its weights have no gradient; DDP has to know.
    unused = several and settings.network.fusion == "latent"
    fabric = Fabric(
        devices=settings.devices,
        num_nodes=settings.nodes,
        strategy="ddp_find_unused_parameters_true" if unused else "auto",
        precision=chosen_precision(settings.precision, _device()),  # type: ignore[arg-type]
    )
    fabric.launch()
    fabric.seed_everything(settings.seed, verbose=False)
    settings.run.mkdir(parents=True, exist_ok=True)
    return fabric


def _device() -> torch.device:
    """Return the kind of device that Fabric chooses."""
    if MPSAccelerator.is_available():
        return torch.device("mps")
    return torch.device("cuda" if CUDAAccelerator.is_available() else "cpu")


class Rollout(nn.Module):
    """The network as Fabric wants it: what it returns is made of plain dicts."""

    def __init__(self, network: FocDepthFormer) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, images: Tensor, coordinates: Tensor, prefixes: tuple[int, ...]
    ) -> list[dict[str, Tensor]]:
        """Compute what `FocDepthFormer.forward` does."""
        predictions = self.network(images, coordinates, prefixes)
        return [{one.name: getattr(p, one.name) for one in fields(p)} for p in predictions]


@torch.no_grad()
def rank_drift(fabric: Fabric, network: nn.Module) -> float:
    """Return the largest difference between a weight here and in another process: 0, if all is well."""
    own = torch.cat([parameter.flatten() for parameter in network.parameters()])
    difference = (own - fabric.broadcast(own)).abs().max()
    return float(fabric.all_reduce(difference, reduce_op="max"))  # type: ignore[arg-type]
