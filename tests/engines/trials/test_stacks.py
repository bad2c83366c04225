"""Simulated stacks are sharp where the truth says."""

import numpy as np

from engines.trials.stacks import simulated_stack


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
