import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from inference.network.config import NetworkConfig
from training.batches import Sampling, batches, random_batch, shake, with_noise
from training.dataset_files import read_shards, write_shard
from training.stack import Stack
from training.train import TrainSettings, learning_rate, train

TINY = NetworkConfig(fine=12, mid=12, tokens=20, layers=1, heads=2, groups=3)


def make_shard(folder: Path, *, count: int = 6) -> Path:
    """Stacks whose brightest slice tells the depth: quick to learn."""
    random = np.random.default_rng(0)
    coordinates = np.linspace(0, 1, 4, dtype=np.float32)
    stacks = []
    for _ in range(count):
        depth = float(random.choice(coordinates))
        images = np.full((4, 32, 32, 3), 40, np.uint8)
        images[coordinates == depth] = random.integers(0, 255, (32, 32, 3), np.uint8)
        truth = np.full((32, 32), depth, np.float32)
        stacks.append(Stack(images=images, coordinates=coordinates, truth=truth, blur_gain_px=8.0))
    write_shard(folder / "shard", stacks)
    return folder


def a_run(tmp_path: Path, **changes: object) -> TrainSettings:
    if not (tmp_path / "stacks").exists():
        make_shard(tmp_path / "stacks")
        make_shard(tmp_path / "validation" / "easy")
    settings = TrainSettings(
        stacks=tmp_path / "stacks",
        validation=tmp_path / "validation",
        run=tmp_path / "run",
        steps=4,
        warm_up=1,
        validate_every=2,
        precision="32-true",
        network=TINY,
        sampling=Sampling(batch=2, slices_low=2, slices_high=4),
    )
    return replace(settings, **changes)


def metrics(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_batches_are_what_the_network_wants(tmp_path: Path) -> None:
    shards = read_shards(make_shard(tmp_path))
    batch = random_batch(np.random.default_rng(0), shards, Sampling(batch=3), slices=3)
    assert batch.images.shape == (3, 3, 3, 32, 32)
    assert batch.images.dtype == torch.uint8
    assert batch.coordinates.shape == (3, 3)
    assert batch.truth.shape == (3, 1, 32, 32)
    again = random_batch(np.random.default_rng(0), shards, Sampling(batch=3), slices=3)
    assert torch.equal(batch.images, again.images)


def test_ranks_draw_different_stacks_of_equal_lengths(tmp_path: Path) -> None:
    make_shard(tmp_path)
    sampling = Sampling(batch=2, slices_low=2, slices_high=4)
    first, second = (batches(tmp_path, sampling, seed=3, rank=rank) for rank in (0, 1))
    pairs = [(next(first), next(second)) for _ in range(6)]
    assert all(a.coordinates.shape == b.coordinates.shape for a, b in pairs)
    assert len({a.coordinates.shape[1] for a, _ in pairs}) > 1
    assert not all(torch.equal(a.images, b.images) for a, b in pairs)


def test_noise_has_the_spread_asked_for() -> None:
    flat = np.full((4, 64, 64, 3), 128, np.uint8)
    noisy = with_noise(np.random.default_rng(0), flat, level=0.02, photon=0.5)
    assert noisy.std() == pytest.approx(0.02 * 255 * np.sqrt(0.5), rel=0.05)
    assert noisy.mean() == pytest.approx(128, abs=0.2)
    assert np.array_equal(with_noise(np.random.default_rng(0), flat, level=0.0, photon=1.0), flat)


def test_shaking_moves_pictures_only_a_little() -> None:
    ramp = np.broadcast_to(np.arange(64, dtype=np.uint8)[:, None] * 3, (2, 64, 64))
    images = np.stack([ramp] * 3, axis=-1)
    moved = shake(np.random.default_rng(0), images, np.array([0.0, 1.0], np.float32))
    assert moved.shape == images.shape
    assert np.abs(moved[:, 8:-8, 8:-8].astype(int) - images[:, 8:-8, 8:-8]).max() <= 12  # 4 px


def test_a_run_validates_saves_and_goes_on(tmp_path: Path) -> None:
    train(a_run(tmp_path, steps=2))
    assert (tmp_path / "run/checkpoint.pt").exists()
    assert [line["step"] for line in metrics(tmp_path / "run")] == [2]
    train(a_run(tmp_path, steps=4))
    lines = metrics(tmp_path / "run")
    assert [line["step"] for line in lines] == [2, 4]
    assert all(0 < line["easy_mae"] < 2 for line in lines)
    train(a_run(tmp_path, steps=4))  # nothing left to do
    assert len(metrics(tmp_path / "run")) == 2


@pytest.mark.slow
def test_it_learns(tmp_path: Path) -> None:
    train(a_run(tmp_path, steps=150, warm_up=10, validate_every=75, learning_rate=5e-3, ema=0.9))
    early, late = (line["easy_mae"] for line in metrics(tmp_path / "run") if "easy_mae" in line)
    assert late < 0.15
    assert late < early + 0.02


def test_the_rate_warms_up_stays_and_falls() -> None:
    settings = TrainSettings(
        stacks=Path(), validation=Path(), run=Path(), steps=1000, warm_up=100, learning_rate=1.0, decay=0.4
    )
    rates = [learning_rate(step, settings) for step in range(1000)]
    assert rates[0] == pytest.approx(0.01)
    assert rates[200] == rates[500] == 1.0
    assert rates[-1] < 0.02
    assert all(after <= before for before, after in pairwise(rates[600:]))
