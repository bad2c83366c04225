from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.data.batches import Sampling, random_batch
from training.data.dataset_files import Shard, read_shards, write_shard
from training.data.stack import Stack
from training.data.world.faults import SOUND, Faults

UNCHANGED = {name: getattr(SOUND, name) for name in Faults.__dataclass_fields__}
PLAINLY = Sampling(batch=12, usual=8, shuffled=0.0, interlaced=0.0, gapped=0.0, doubled=0.0, **UNCHANGED)


@pytest.fixture
def shards(tmp_path: Path) -> list[Shard]:
    """One stack of 24 even slices; every slice is as bright as its number."""
    images = np.broadcast_to(np.arange(24, dtype=np.uint8)[:, None, None, None], (24, 4, 4, 3))
    stack = Stack(
        images=images,
        coordinates=np.linspace(0, 1, 24, dtype=np.float32),
        truth=np.full((4, 4), 1.25, np.float32),
        blur_gain_px=20.0,
    )
    write_shard(tmp_path / "shard", [stack])
    return read_shards(tmp_path)


def drawn(shards: list[Shard], sampling: Sampling, *, slices: int = 8) -> np.ndarray:
    """(B, S) ascending coordinates of what is kept, checked against the slices themselves."""
    batch = random_batch(np.random.default_rng(0), shards, sampling, slices=slices)
    coordinates = batch.coordinates.numpy()
    np.testing.assert_array_equal(batch.images[:, :, 0, 0, 0].numpy(), np.rint(coordinates * 23))
    assert (batch.truth == 1.25).all()  # beyond the sweep, and kept as it is
    return np.sort(coordinates, axis=1)


def test_sweeps_run_in_both_directions(shards: list[Shard]) -> None:
    batch = random_batch(np.random.default_rng(0), shards, PLAINLY, slices=8)
    assert set(np.sign(np.diff(batch.coordinates.numpy(), axis=1)).min(axis=1)) == {-1.0, 1.0}


@pytest.mark.parametrize("slices", [7, 8])
def test_interlaced_slices_arrive_in_two_passes(shards: list[Shard], slices: int) -> None:
    sampling = replace(PLAINLY, interlaced=1.0, batch=24)
    batch = random_batch(np.random.default_rng(0), shards, sampling, slices=slices)
    ways = set()
    for arrived in batch.coordinates.numpy():
        first, second = np.split(arrived, [(slices + 1) // 2])
        ways.add((first[0] < first[-1], second[0] < second[-1]))
        whole = np.sort(arrived) if first[0] < first[-1] else np.sort(arrived)[::-1]
        np.testing.assert_array_equal(first, whole[::2])
        np.testing.assert_array_equal(np.sort(second), np.sort(whole[1::2]))
    assert len(ways) == 4  # up and down, the second time the same way or back


def test_without_shares_no_slice_is_kept_twice(shards: list[Shard]) -> None:
    assert (np.diff(drawn(shards, PLAINLY), axis=1) > 0).all()


def test_gaps_are_left_where_none_was_rendered(shards: list[Shard]) -> None:
    found = drawn(shards, replace(PLAINLY, gapped=1.0, batch=24))
    ends = np.pad(found, ((0, 0), (1, 1)), constant_values=((0, 0), (0, 1)))
    assert (np.diff(ends, axis=1).max(axis=1) > 0.3).all()
    all_of_them = drawn(shards, replace(PLAINLY, gapped=1.0), slices=24)
    assert (np.diff(all_of_them, axis=1) > 0).all()  # nothing is left out where nothing can be


def test_doubled_slices_are_kept_twice(shards: list[Shard]) -> None:
    found = drawn(shards, replace(PLAINLY, doubled=1.0, batch=24))
    assert np.mean((np.diff(found, axis=1) == 0).any(axis=1)) > 0.8


@pytest.mark.parametrize("slices", [2, 24])
def test_short_and_long_sweeps_are_drawn_with_all_faults(shards: list[Shard], slices: int) -> None:
    batch = random_batch(np.random.default_rng(0), shards, Sampling(), slices=slices)
    assert batch.images.shape[1] == slices
