"""One of two processes that share a batch: what it learns goes to FOLDER/RANK.pt. Run by torchrun."""

import sys
from pathlib import Path

import torch

from inference.network.network import FocDepthFormer
from tests.training.learning.test_train import TINY
from training.data.batches import Batch
from training.learning.distributed import Rollout, launched, rank_drift
from training.learning.settings import RunSettings
from training.learning.train import channels_last, judge

PREFIXES = (2, 3)


def four_stacks() -> Batch:
    random = torch.Generator().manual_seed(5)
    return Batch(
        images=(torch.rand(4, 3, 3, 32, 32, generator=random) * 255).to(torch.uint8),
        coordinates=torch.rand(4, 3, generator=random),
        truth=torch.rand(4, 1, 32, 32, generator=random),
    )


def a_network() -> FocDepthFormer:
    torch.manual_seed(0)
    network = channels_last(FocDepthFormer(TINY))
    torch.nn.init.normal_(network.decoder.head.weight, std=0.05)
    return network


def gradients(network: FocDepthFormer) -> dict[str, torch.Tensor]:
    return {name: p.grad for name, p in network.named_parameters() if p.grad is not None}


def main(folder: Path) -> None:
    settings = RunSettings(run=folder, devices=2, precision="32-true")
    fabric = launched(settings)
    network, whole = a_network(), four_stacks()
    model = fabric.setup(Rollout(network))
    mine = slice(2 * fabric.global_rank, 2 * fabric.global_rank + 2)
    half = Batch(images=whole.images[mine], coordinates=whole.coordinates[mine], truth=whole.truth[mine])
    loss, _ = judge(model, half, PREFIXES, settings)
    fabric.backward(loss)
    equal = rank_drift(fabric, network)
    with torch.no_grad():
        network.decoder.head.bias[3] += 0.25 * fabric.global_rank
    torch.save(
        {"gradients": gradients(network), "drift": [equal, rank_drift(fabric, network)]},
        folder / f"{fabric.global_rank}.pt",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
