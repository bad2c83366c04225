"""A quick look at how a network does on the validation sets."""

from pathlib import Path

import numpy as np
import torch

from inference.network.network import FocDepthFormer
from training.batches import Sampling, with_noise
from training.dataset_files import read_shards

NOISE = Sampling(noisy=1.0, noise=0.02)
"""Up to 2 % of full scale, differently for every stack."""


def validate(network: FocDepthFormer, folder: Path) -> dict[str, float]:
    """Mean absolute error and RMSE of the sweep coordinate on every set below `folder`, all slices seen.

    Noise is the same at every call. RMSE is per stack, then averaged.
    """
    network.eval()
    result: dict[str, float] = {}
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        mae, rmse = _errors(network, place).mean(axis=0)
        result |= {f"{place.name}_mae": float(mae), f"{place.name}_rmse": float(rmse)}
    network.train()
    return result


@torch.no_grad()
def _errors(network: FocDepthFormer, place: Path) -> np.ndarray:
    random = np.random.default_rng(0)
    rows = []
    for shard in read_shards(place):
        for first in range(0, len(shard), 8):
            images = with_noise(random, torch.from_numpy(np.array(shard.images[first : first + 8])), NOISE)
            coordinates = torch.from_numpy(np.array(shard.coordinates[first : first + 8]))
            truth = np.asarray(shard.truth[first : first + 8], np.float32)
            with torch.autocast("cpu", torch.bfloat16):
                (prediction,) = network(images, coordinates, (coordinates.shape[1],))
            error = prediction.coordinate[:, 0].float().numpy() - truth
            rows += [(np.nanmean(np.abs(e)), np.sqrt(np.nanmean(e * e))) for e in error]
    return np.array(rows)
