"""Simulated stacks are sharp where the truth says, and rendered ones are read as they were written."""

from pathlib import Path

import numpy as np
import pytest

from engines.trials.stacks import rendered_stacks, simulated_stack
from focstream.types import InputError


def test_a_slice_is_sharpest_where_it_is_in_focus() -> None:
    stack = simulated_stack(0, height_px=64, width_px=96)
    steps = np.abs(np.diff(stack.images.mean(axis=-1), axis=2))
    near = [s[np.abs(stack.truth - c)[:, 1:] < 0.1] for s, c in zip(steps, stack.coordinates, strict=True)]
    far = [s[np.abs(stack.truth - c)[:, 1:] > 0.4] for s, c in zip(steps, stack.coordinates, strict=True)]
    assert np.concatenate(near).mean() > 2.0 * np.concatenate(far).mean()
    assert stack.images.min() >= 0.0
    assert stack.images.max() <= 1.0
    assert np.ptp(stack.truth) > 0.1


def test_the_same_seed_gives_the_same_stack() -> None:
    one, again, other = (simulated_stack(seed, height_px=32, width_px=32) for seed in (1, 1, 2))
    assert (one.images == again.images).all()
    assert (one.images != other.images).any()


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
