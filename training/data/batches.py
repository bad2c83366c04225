"""Random batches of rendered stacks, made worse in the ways real sweeps are."""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from focstream.program.signals import begin_worker, held
from training.data.dataset_files import Shard, read_shards
from training.data.sampling import Sampling
from training.data.world.faults import with_faults

READY_BATCHES = 4
"""Batches made ahead."""
READ_SHARDS_EVERY = 200
"""Batches between two looks into the folder: shards may still be arriving from the renderer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Stacks to learn from.

    Attributes
    ----------
    images, coordinates
        (B, S, 3, H, W) uint8 blue-green-red, and (B, S) float32, in order of arrival.
    truth
        (B, 1, H, W) float32 sweep coordinate, NaN = unknown.
    """

    images: Tensor
    coordinates: Tensor
    truth: Tensor

    def to(self, device: torch.device) -> "Batch":
        """Return the same batch on another device."""
        return Batch(
            images=self.images.to(device),
            coordinates=self.coordinates.to(device),
            truth=self.truth.to(device),
        )


def batches(folder: Path, sampling: Sampling, *, seed: int, rank: int = 0) -> Iterator[Batch]:
    """Yield batches for ever, made in a process of their own while the last one is learned from.

    Ranks of a distributed run draw different stacks but the same numbers of slices, so that none waits.

    A thread would not do: what it computes shares the cores' worker threads with the training, and each then
    waits for the other.
    """
    source = _Batches(folder, sampling, seed=seed, rank=rank)
    loader = DataLoader(
        source,
        batch_size=None,
        num_workers=1,
        prefetch_factor=READY_BATCHES,
        multiprocessing_context="spawn",
        worker_init_fn=_yield_to_training,
    )
    with held():
        return iter(loader)


class _Batches(IterableDataset[Batch]):
    def __init__(self, folder: Path, sampling: Sampling, *, seed: int, rank: int) -> None:
        self.folder = folder
        self.sampling = sampling
        self.seed = seed
        self.rank = rank

    def __iter__(self) -> Iterator[Batch]:
        lengths = np.random.default_rng(self.seed)
        random = np.random.default_rng((self.seed, self.rank))
        for count in itertools.count():
            if count % READ_SHARDS_EVERY == 0:
                sizes = by_size(read_shards(self.folder))
            # Every stack is to be drawn equally often, and a batch of larger images holds fewer.
            cost = np.array([sum(map(len, size.shards)) * size.cost for size in sizes])
            size = sizes[int(lengths.choice(len(sizes), p=cost / cost.sum()))]
            most = max(shard.images.shape[1] for shard in size.shards)
            slices = _slices(lengths, self.sampling, most)
            yield random_batch(random, list(size.shards), self.sampling, slices=slices, cost=size.cost)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneSize:
    """Shards whose images are of one size, and what a slice costs relative to one of the smallest size."""

    shards: tuple[Shard, ...]
    cost: float


def by_size(shards: list[Shard]) -> list[OneSize]:
    """Sort shards by the size of their images, small ones first."""
    found: dict[int, list[Shard]] = {}
    for shard in shards:
        found.setdefault(shard.truth[0].size, []).append(shard)
    smallest = min(found)
    return [OneSize(shards=tuple(found[px]), cost=px / smallest) for px in sorted(found)]


def _yield_to_training(_: int) -> None:
    begin_worker()  # Ctrl-C is for the process that learns, which may still need a batch to finish its step
    cv2.setNumThreads(1)
    os.nice(5)


def _slices(random: np.random.Generator, sampling: Sampling, most: int) -> int:
    """Draw how many slices the stacks of a batch have, when there are `most` at most."""
    high = min(sampling.slices_high, most)
    usual = min(sampling.usual, high)
    if random.random() < sampling.many and high > usual:
        return int(random.integers(usual + 1, high + 1))
    return int(random.integers(min(sampling.slices_low, usual), usual + 1))


def random_batch(
    random: np.random.Generator, shards: list[Shard], sampling: Sampling, *, slices: int, cost: float = 1.0
) -> Batch:
    """Draw one batch of stacks of one size, of `slices` slices each, which cost `cost` as much as usual."""
    enough = [shard for shard in shards if shard.images.shape[1] >= slices]
    stacks = max(round(sampling.batch * sampling.usual / slices / cost), 1)
    drawn = [_draw(random, enough, sampling, slices=slices) for _ in range(stacks)]
    images, coordinates, truth = (np.stack(parts) for parts in zip(*drawn, strict=True))
    return Batch(
        images=torch.from_numpy(images.transpose(0, 1, 4, 2, 3)),
        coordinates=torch.from_numpy(coordinates),
        truth=torch.from_numpy(truth)[:, None],
    )


def _draw(
    random: np.random.Generator, shards: list[Shard], sampling: Sampling, *, slices: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    shard, index = _pick(random, shards, sampling)
    kept = _kept(random, shard.images.shape[1], sampling, slices=slices)
    kept = _in_order(random, kept, sampling)
    coordinates = shard.coordinates[index][kept]
    images = with_faults(random, shard.images[index][kept], coordinates, sampling)
    truth = shard.truth[index].astype(np.float32)
    if random.random() < 0.5:
        images, truth = images[:, :, ::-1], truth[:, ::-1]
    return np.ascontiguousarray(images), coordinates, np.ascontiguousarray(truth)


def _kept(
    random: np.random.Generator, available: int, sampling: Sampling, *, slices: int
) -> NDArray[np.intp]:
    """Choose slices to keep, in ascending order: half of the time spread evenly, else any."""
    numbers = np.arange(available)
    if random.random() < sampling.gapped:
        width = min(int(random.uniform(0.3, 0.65) * available), available - slices)
        first = int(random.integers(available - width + 1))
        numbers = np.delete(numbers, slice(first, first + width))
    if random.random() < 0.5:
        kept = numbers[np.linspace(0, len(numbers) - 1, slices).round().astype(np.intp)]
    else:
        kept = np.sort(random.permutation(numbers)[:slices])
    if random.random() < sampling.doubled:
        some = random.integers(slices, size=max(slices // 3, 1))
        kept[random.integers(slices, size=len(some))] = kept[some]
    return np.sort(kept)


def _in_order(random: np.random.Generator, kept: NDArray[np.intp], sampling: Sampling) -> NDArray[np.intp]:
    """Let slices that ascend arrive as in a sweep, in either direction; or as in two; or anyhow."""
    kept = kept[::-1] if random.random() < 0.5 else kept
    if random.random() < sampling.shuffled:
        return random.permutation(kept)
    if random.random() < sampling.interlaced:
        between = kept[1::2]
        return np.concatenate([kept[::2], between[::-1] if random.random() < 0.5 else between])
    return kept


def _pick(random: np.random.Generator, shards: list[Shard], sampling: Sampling) -> tuple[Shard, int]:
    while True:
        shard = shards[int(random.integers(len(shards)))]
        index = int(random.integers(len(shard)))
        if random.random() <= (shard.blur_gain_px[index] / sampling.full_gain_px) ** 2:
            return shard, index
