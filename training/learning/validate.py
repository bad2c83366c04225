"""A quick look at how a network does on the validation sets."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from inference.network.network import FocDepthFormer
from training.data.batches import Batch
from training.data.dataset_files import read_shards
from training.data.world.image_faults import with_noise
from training.learning.precision import bf16_where_quick

NOISE = 0.02
"""Greatest standard deviation of the noise of validation stacks, as a share of full scale."""
TOGETHER = 8
"""Stacks judged at once."""


def validation_batches(place: Path) -> Iterator[Batch]:
    """Yield all stacks of a set, with noise and direction of their own, the same at every call.

    Stacks that are finished have noise already, and get no more.

    Sets of the same scenes with other numbers of slices have the same noise levels and directions.
    """
    count = 0
    for shard in read_shards(place):
        for first in range(0, len(shard), TOGETHER):
            some = slice(first, first + TOGETHER)
            randoms = [np.random.default_rng([0, count + k]) for k in range(len(shard.images[some]))]
            count += len(randoms)
            near_to_far = randoms[0].random() < 0.5  # all of them, because they are one batch
            noisy = np.stack(
                [
                    images
                    if shard.finished
                    else with_noise(random, images, level=NOISE * random.random(), photon=random.random())
                    for random, images in zip(randoms, shard.images[some], strict=True)
                ]
            )
            coordinates = np.array(shard.coordinates[some])
            if near_to_far:
                noisy, coordinates = noisy[:, ::-1].copy(), coordinates[:, ::-1].copy()
            yield Batch(
                images=torch.from_numpy(noisy.transpose(0, 1, 4, 2, 3)),
                coordinates=torch.from_numpy(coordinates),
                truth=torch.from_numpy(np.array(shard.truth[some], np.float32))[:, None],
            )


@torch.no_grad()
def validate(network: FocDepthFormer, folder: Path) -> dict[str, float]:
    """Mean absolute error and RMSE of the sweep coordinate on every set below `folder`, all slices seen.

    RMSE is per stack, then averaged.
    """
    network.eval()
    device = next(network.parameters()).device
    result: dict[str, float] = {}
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        rows = []
        for batch in (batch.to(device) for batch in validation_batches(place)):
            with bf16_where_quick(device):
                (prediction,) = network(
                    batch.images.float() / 255.0, batch.coordinates, (batch.coordinates.shape[1],)
                )
            errors = (prediction.coordinate.float() - batch.truth).cpu().numpy()
            rows += [(np.nanmean(np.abs(e)), np.sqrt(np.nanmean(e * e))) for e in errors]
        mae, rmse = np.mean(rows, axis=0)
        result |= {f"{place.name}_mae": float(mae), f"{place.name}_rmse": float(rmse)}
    network.train()
    return result
