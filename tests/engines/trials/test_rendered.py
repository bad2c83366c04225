"""Rendered stacks are read as they were written, some of every set first."""

from pathlib import Path

import numpy as np
import pytest

from engines.trials.rendered import rendered_stacks
from focstream.types import InputError


def test_rendered_stacks_are_padded_to_whole_patches(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    images = random.integers(0, 255, (2, 3, 20, 30, 3), np.uint8)
    (tmp_path / "shard").mkdir()
    np.save(tmp_path / "shard" / "images.npy", images)
    np.save(tmp_path / "shard" / "coordinates.npy", random.random((2, 3), np.float32))
    np.save(tmp_path / "shard" / "truth.npy", random.random((2, 20, 30)).astype(np.float16))
    stacks = list(rendered_stacks(tmp_path))
    assert len(stacks) == 2
    assert stacks[1].images.shape == (3, 32, 32, 3)
    np.testing.assert_allclose(stacks[1].images[:, :20, :30], images[1] / 255.0, atol=1e-6)
    np.testing.assert_array_equal(stacks[1].images[:, 20:], stacks[1].images[:, 19:20].repeat(12, axis=1))
    assert np.isnan(stacks[1].truth[20:]).all()
    assert np.isfinite(stacks[1].truth[:20, :30]).all()


def test_a_folder_without_stacks(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no rendered stacks"):
        list(rendered_stacks(tmp_path))


def written(shard: Path, *values: int) -> None:
    """Write stacks of one slice, of one value each."""
    shard.mkdir(parents=True)
    np.save(
        shard / "images.npy",
        np.ones((len(values), 1, 16, 16, 3), np.uint8)
        * np.array(values, np.uint8)[:, None, None, None, None],
    )
    np.save(shard / "coordinates.npy", np.zeros((len(values), 1), np.float32))
    np.save(shard / "truth.npy", np.zeros((len(values), 16, 16), np.float16))


def test_sets_take_turns_and_so_do_their_shards(tmp_path: Path) -> None:
    written(tmp_path / "first" / "a", 1, 2, 3)
    written(tmp_path / "first" / "b", 4)
    written(tmp_path / "second" / "a", 5, 6)
    stacks = list(rendered_stacks(tmp_path))
    assert [round(255 * float(stack.images.max())) for stack in stacks] == [1, 5, 4, 6, 2, 3]
    assert [stack.set_name for stack in stacks[:2]] == ["first", "second"]
    assert {stack.set_name for stack in rendered_stacks(tmp_path / "second")} == {"second"}
    assert len(list(rendered_stacks(tmp_path / "second" / "a"))) == 2
