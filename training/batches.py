"""Random batches of rendered stacks, made worse in the ways real sweeps are."""

import itertools
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.dataset_files import Shard, read_shards

READY_BATCHES = 3
"""Batches made ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Stacks to learn from.

    Attributes
    ----------
    images, coordinates
        (B, S, 3, H, W) float32 blue-green-red 0 … 1, and (B, S) float32, in order of arrival.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How stacks are drawn and made worse; shares are probabilities.

    Attributes
    ----------
    batch, slices_low, slices_high
        Stacks in a batch, and the range of slices that are kept of each.
    shuffled, grey, shaky, noisy
        Slices in random order; without colour; slightly moved and scaled; with noise.
    noise
        Upper limit of the noise's standard deviation, as a share of full scale; small ones are likelier.
    full_gain_px
        Stacks with less blur than this are drawn less often, in proportion: noise soon hides what little they
        tell, and the loss would be theirs.
    """

    batch: int = 8
    slices_low: int = 3
    slices_high: int = 8
    shuffled: float = 0.2
    grey: float = 0.3
    shaky: float = 0.25
    noisy: float = 0.8
    noise: float = 0.025
    full_gain_px: float = 12.0


def batches(folder: Path, sampling: Sampling, *, seed: int) -> Iterator[Batch]:
    """Yield batches for ever, made by a thread of their own while the last one is learned from."""
    random = np.random.default_rng(seed)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="batches") as maker:
        ready: deque[Future[Batch]] = deque()
        for count in itertools.count():
            if count % 200 == 0:  # shards may still be arriving from the renderer
                shards = read_shards(folder)
            while len(ready) < READY_BATCHES:
                ready.append(maker.submit(random_batch, random, shards, sampling))
            yield ready.popleft().result()


def random_batch(random: np.random.Generator, shards: list[Shard], sampling: Sampling) -> Batch:
    """Draw one batch; all its stacks have the same number of slices."""
    slices = int(random.integers(sampling.slices_low, sampling.slices_high + 1))
    drawn = [_draw(random, shards, sampling, slices=slices) for _ in range(sampling.batch)]
    images, coordinates, truth = (np.stack(parts) for parts in zip(*drawn, strict=True))
    return Batch(
        images=with_noise(random, torch.from_numpy(images), sampling),
        coordinates=torch.from_numpy(coordinates),
        truth=torch.from_numpy(truth)[:, None],
    )


def with_noise(random: np.random.Generator, images: Tensor, sampling: Sampling) -> Tensor:
    """(B, S, H, W, 3) uint8 → (B, S, 3, H, W) float32 with photon and read noise."""
    values = images.permute(0, 1, 4, 2, 3).float() / 255.0
    count = len(values)
    noisy = torch.from_numpy((random.random(count) < sampling.noisy).astype(np.float32))
    level = torch.from_numpy((sampling.noise * random.random(count) ** 2).astype(np.float32)) * noisy
    photon = torch.from_numpy(random.random(count).astype(np.float32))
    level, photon = level[:, None, None, None, None], photon[:, None, None, None, None]
    generator = torch.Generator().manual_seed(int(random.integers(2**62)))
    spread = level * torch.sqrt(photon * values + (1.0 - photon) * 0.5)
    noise = torch.randn(values.shape, generator=generator)
    return (values + spread * noise).clamp_(0.0, 1.0)


def _draw(
    random: np.random.Generator, shards: list[Shard], sampling: Sampling, *, slices: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    shard, index = _pick(random, shards, sampling)
    kept = np.sort(random.permutation(shard.images.shape[1])[:slices])
    kept = kept[::-1] if random.random() < 0.5 else kept
    kept = random.permutation(kept) if random.random() < sampling.shuffled else kept
    images = shard.images[index][kept]
    if random.random() < sampling.shaky:
        images = shake(random, images, shard.coordinates[index][kept])
    if random.random() < sampling.grey:
        images = np.repeat(images @ np.array([0.114, 0.587, 0.299], np.float32), 3).reshape(images.shape)
    drift = random.normal(1.0, 0.02, (slices, 1, 1, 1)) if random.random() < 0.3 else 1.0
    worse = np.clip(images * drift, 0, 255).astype(np.uint8)
    truth = shard.truth[index].astype(np.float32)
    if random.random() < 0.5:
        worse, truth = worse[:, :, ::-1], truth[:, ::-1]
    return np.ascontiguousarray(worse), shard.coordinates[index][kept], np.ascontiguousarray(truth)


def _pick(random: np.random.Generator, shards: list[Shard], sampling: Sampling) -> tuple[Shard, int]:
    while True:
        shard = shards[int(random.integers(len(shards)))]
        index = int(random.integers(len(shard)))
        if random.random() * sampling.full_gain_px <= shard.blur_gain_px[index]:
            return shard, index


def shake(
    random: np.random.Generator, images: NDArray[np.uint8], coordinates: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Shift every slice by a fraction of a pixel, and scale it a little with focus (breathing)."""
    height, width = images.shape[1:3]
    per_range, wobble = random.normal(0.0, 0.006), random.uniform(0.0, 0.7)
    moved = []
    for image, coordinate in zip(images, coordinates, strict=True):
        scale = 1.0 + per_range * (float(coordinate) - 0.5)
        shift = random.normal(0.0, wobble, 2)
        matrix = np.array(
            [
                [scale, 0.0, (1.0 - scale) * width / 2 + shift[0]],
                [0.0, scale, (1.0 - scale) * height / 2 + shift[1]],
            ]
        )
        moved.append(cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101))
    return np.stack(moved).astype(np.uint8)
