from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from focstream.types import InputError
from tests.training.data.pictures import make_nyu
from tests.training.learning.test_train import TINY, a_run, metrics
from training.data.batches import batches
from training.data.dataset_files import read_shards
from training.data.picture import Picture
from training.learning.pretrain import PretrainSettings, make_pictures, normalised, pretrain, single
from training.learning.train import train


def settings(tmp_path: Path, **changes: object) -> PretrainSettings:
    base = PretrainSettings(
        data=tmp_path / "data",
        run=tmp_path / "pretraining",
        sources=("nyu",),
        count=70,
        size_px=32,
        steps=2,
        warm_up=1,
        precision="32-true",
        network=TINY,
    )
    return replace(base, sampling=replace(base.sampling, batch=2), **changes)


def test_the_farthest_is_0_and_the_nearest_1() -> None:
    nearness = np.linspace(0.2, 2.2, 10_000, dtype=np.float32).reshape(100, 100)
    found = normalised(nearness)
    assert found.min() == 0
    assert found.max() == 1
    np.testing.assert_allclose(found, (nearness - 0.2) / 2.0, atol=0.003)
    np.testing.assert_allclose(normalised(nearness * 3.0), found, atol=1e-5)


def test_a_wall_is_not_stretched() -> None:
    wall = np.full((20, 20), 0.5, np.float32)
    wall[:10] += 0.001
    found = normalised(wall)
    assert np.ptp(found) == pytest.approx(0.001 / (0.15 * 0.501), rel=1e-3)
    assert found.mean() == pytest.approx(0.5, abs=0.01)


def test_a_picture_is_a_stack_of_one_slice() -> None:
    radiance = np.random.default_rng(0).random((8, 8, 3)).astype(np.float32)
    stack = single(Picture(radiance=radiance, nearness=radiance[..., 0]))
    assert stack.images.shape == (1, 8, 8, 3)
    assert stack.coordinates.tolist() == [0.5]


def test_pictures_are_made_once_and_drawn(tmp_path: Path) -> None:
    make_nyu(tmp_path / "data")
    one = settings(tmp_path)
    make_pictures(one, tmp_path / "pictures")
    assert [len(shard) for shard in read_shards(tmp_path / "pictures/train")] == [64, 6]
    (held_out,) = read_shards(tmp_path / "pictures/validation/nyu")
    assert len(held_out) == 64
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "pictures").rglob("*.npy")}
    make_pictures(one, tmp_path / "pictures")
    assert stamps == {path: path.stat().st_mtime_ns for path in (tmp_path / "pictures").rglob("*.npy")}
    batch = next(batches(tmp_path / "pictures/train", one.sampling, seed=0))
    assert batch.images.shape == (2, 1, 3, 32, 32)
    assert batch.truth.min() == 0
    assert batch.truth.max() == 1


def test_training_goes_on_from_pre_training(tmp_path: Path) -> None:
    make_nyu(tmp_path / "data")
    pretrain(settings(tmp_path))
    (line,) = metrics(tmp_path / "pretraining")
    assert line["step"] == 2
    assert 0 < line["nyu_mae"] < 1
    first = tmp_path / "pretraining/checkpoint.pt"
    train(a_run(tmp_path, start=(first,), steps=1, learning_rate=0.0))
    learned = torch.load(first, weights_only=True)["average"]
    taken = torch.load(tmp_path / "run/checkpoint.pt", weights_only=True)["network"]
    torch.testing.assert_close(taken["stem.spatial.weight"], learned["stem.spatial.weight"])


def test_missing_pictures_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--data must name the folder"):
        pretrain(settings(tmp_path))
