import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engines.weights_file import load_network
from focstream.types import InputError
from inference.network.config import NetworkConfig
from inference.network.network import FocDepthFormer
from training.data.batches import Sampling, batches, by_size, random_batch
from training.data.dataset_files import read_shards, write_shard
from training.data.stack import Stack
from training.learning.train import LOOK_AT_CLOCK_EVERY, TrainSettings, channels_last, train

TINY = NetworkConfig(fine=12, mid=12, tokens=20, layers=1, heads=2, groups=3)


def make_shard(folder: Path, *, count: int = 6, name: str = "shard", side: int = 32) -> Path:
    """Stacks whose brightest slice shows the depth: quick to learn."""
    random = np.random.default_rng(0)
    coordinates = np.linspace(0, 1, 4, dtype=np.float32)
    stacks = []
    for _ in range(count):
        depth = float(random.choice(coordinates))
        images = np.full((4, side, side, 3), 40, np.uint8)
        images[coordinates == depth] = random.integers(0, 255, (side, side, 3), np.uint8)
        truth = np.full((side, side), depth, np.float32)
        stacks.append(Stack(images=images, coordinates=coordinates, truth=truth, blur_gain_px=8.0))
    write_shard(folder / name, stacks)
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
        sampling=Sampling(batch=2, slices_low=2, usual=4, slices_high=4),
    )
    return replace(settings, **changes)


def metrics(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_batches_are_what_the_network_wants(tmp_path: Path) -> None:
    shards = read_shards(make_shard(tmp_path))
    batch = random_batch(np.random.default_rng(0), shards, Sampling(batch=3, usual=3), slices=3)
    assert batch.images.shape == (3, 3, 3, 32, 32)
    assert batch.images.dtype == torch.uint8
    assert batch.coordinates.shape == (3, 3)
    assert batch.truth.shape == (3, 1, 32, 32)
    again = random_batch(np.random.default_rng(0), shards, Sampling(batch=3, usual=3), slices=3)
    assert torch.equal(batch.images, again.images)


def test_ranks_draw_different_stacks_of_equal_lengths(tmp_path: Path) -> None:
    make_shard(tmp_path)
    sampling = Sampling(batch=2, slices_low=2, usual=4, slices_high=4)
    first, second = (batches(tmp_path, sampling, seed=3, rank=rank) for rank in (0, 1))
    pairs = [(next(first), next(second)) for _ in range(12)]
    assert all(a.coordinates.shape == b.coordinates.shape for a, b in pairs)
    assert len({a.coordinates.shape[1] for a, _ in pairs}) > 1
    assert not all(torch.equal(a.images, b.images) for a, b in pairs)


def test_batches_of_large_images_hold_fewer_stacks(tmp_path: Path) -> None:
    make_shard(tmp_path, name="small")
    make_shard(tmp_path, name="large", side=64)
    shards = read_shards(tmp_path)
    assert [(size.cost, len(size.shards)) for size in by_size(shards)] == [(1.0, 1), (4.0, 1)]
    sampling = Sampling(batch=8, slices_low=4, usual=4, slices_high=4)
    drawn = batches(tmp_path, sampling, seed=0)
    shapes = [tuple(next(drawn).images.shape) for _ in range(12)]
    assert set(shapes) == {(8, 4, 3, 32, 32), (2, 4, 3, 64, 64)}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run of three steps, validated after the second and at its end."""
    folder = tmp_path_factory.mktemp("finished")
    train(a_run(folder, steps=3, ema=0.5))
    return folder / "run"


def copied(finished: Path, tmp_path: Path) -> TrainSettings:
    shutil.copytree(finished, tmp_path / "run")
    return a_run(tmp_path, steps=4, ema=0.5)


def test_a_run_validates_and_saves(finished: Path) -> None:
    lines = metrics(finished)
    assert [line["step"] for line in lines] == [2, 3]
    assert all(0 < line["easy_mae"] < 2 for line in lines)
    assert [path.name for path in sorted((finished / "previews").iterdir())] == ["0000002.jpg", "0000003.jpg"]
    saved = torch.load(finished / "checkpoint.pt", weights_only=True)
    assert {"step", "stacks", "network", "average", "optimizer"} <= set(saved)
    assert saved["step"] == 3
    assert 3 * 2 <= saved["stacks"] <= 3 * 4  # two stacks of four slices, or four of two
    assert load_network(finished / "checkpoint.pt").config == TINY


def test_a_run_goes_on_to_its_end(finished: Path, tmp_path: Path) -> None:
    settings = copied(finished, tmp_path)
    train(settings)
    assert [line["step"] for line in metrics(settings.run)] == [2, 3, 4]
    train(settings)  # nothing left to do
    assert len(metrics(settings.run)) == 3


def test_a_run_stops_when_its_time_is_up_and_says_where(tmp_path: Path) -> None:
    train(a_run(tmp_path, steps=10_000, minutes=1e-9, validate_every=10_000))
    saved = torch.load(tmp_path / "run/checkpoint.pt", weights_only=True)
    assert saved["step"] == LOOK_AT_CLOCK_EVERY
    assert [line["step"] for line in metrics(tmp_path / "run")] == [LOOK_AT_CLOCK_EVERY]


def test_a_run_does_not_go_on_with_another_network(finished: Path, tmp_path: Path) -> None:
    other = TINY.model_copy(update={"mid": 18})
    with pytest.raises(InputError, match="of another network"):
        train(replace(copied(finished, tmp_path), network=other))


def test_checkpoints_of_before_go_on(finished: Path, tmp_path: Path) -> None:
    """They name no configuration, and every parameter of four dimensions lies in channels-last order."""
    settings = copied(finished, tmp_path)
    path = settings.run / "checkpoint.pt"
    saved = torch.load(path, weights_only=True)
    del saved["config"]
    for values in (saved["network"], saved["average"], *saved["optimizer"]["state"].values()):
        for name, value in values.items():
            if isinstance(value, torch.Tensor) and value.ndim == 4:
                values[name] = value.to(memory_format=torch.channels_last)
    torch.save(saved, path)
    train(settings)
    assert torch.load(path, weights_only=True)["step"] == 4


def test_a_run_starts_from_the_averaged_weights_of_another(finished: Path, tmp_path: Path) -> None:
    first = finished / "checkpoint.pt"
    train(a_run(tmp_path, start=(first,), steps=1, learning_rate=0.0))
    before = torch.load(first, weights_only=True)
    after = torch.load(tmp_path / "run/checkpoint.pt", weights_only=True)
    assert after["step"] == 1
    for name, value in before["average"].items():
        torch.testing.assert_close(after["network"][name], value)
    assert not all(torch.equal(before["network"][name], value) for name, value in before["average"].items())


def test_a_run_does_not_start_from_another_network(finished: Path, tmp_path: Path) -> None:
    other = TINY.model_copy(update={"fine": 24})
    with pytest.raises(InputError, match=r"checkpoint\.pt: holds a network of .*fine=12.*fine=24"):
        train(a_run(tmp_path, start=(finished / "checkpoint.pt",), network=other))


@pytest.mark.parametrize("bf16", [False, True])
def test_gradients_come_as_the_weights_lie(bf16: bool) -> None:
    """Else DDP copies every such gradient, and warns."""
    network = channels_last(FocDepthFormer(TINY))
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        predictions = network(torch.rand(2, 3, 3, 64, 64), torch.rand(2, 3), (2, 3))
    sum(p.coordinate.sum() + p.log_scale.sum() + p.coarse.sum() for p in predictions).backward()
    assert all(p.grad.stride() == p.stride() for p in network.parameters())


@pytest.mark.by_processor
@pytest.mark.slow
@pytest.mark.timeout(600)  # in float32, on two busy cores
def test_it_learns(tmp_path: Path) -> None:
    train(a_run(tmp_path, steps=150, warm_up=10, validate_every=75, learning_rate=5e-3, ema=0.9))
    early, late = (line["easy_mae"] for line in metrics(tmp_path / "run") if "easy_mae" in line)
    assert late < 0.15
    assert late < early + 0.02
