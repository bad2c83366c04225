from dataclasses import fields, replace

import numpy as np
import pytest

from tests.training.data.world.test_image_faults import cloud, grey
from training.data.world.faults import SOUND, Faults, with_faults

KINDS = [one.name for one in fields(Faults) if one.name not in ("noise", "strong")]
COORDINATES = np.linspace(0.0, 1.0, 8, dtype=np.float32)


def faulty(faults: Faults, images: np.ndarray, seed: int = 0) -> np.ndarray:
    return with_faults(np.random.default_rng(seed), images, COORDINATES, faults)


def test_without_shares_nothing_changes() -> None:
    images = cloud(slices=8, side=32)
    for seed in range(10):
        assert np.array_equal(faulty(SOUND, images, seed), images)


@pytest.mark.parametrize("kind", KINDS)
def test_a_share_of_one_brings_the_fault_and_repeats_it(kind: str) -> None:
    images = cloud(slices=8, side=48)
    faults = replace(SOUND, noise=0.025, **{kind: 1.0})
    changed = 0
    for seed in range(5):
        found = faulty(faults, images, seed)
        assert found.shape == images.shape
        assert found.dtype == np.uint8
        assert np.array_equal(found, faulty(faults, images, seed))
        changed += not np.array_equal(found, images)
    assert changed >= 3  # a fault drawn close to 0 may not show


@pytest.mark.parametrize("strong", [0.0, 1.0])
def test_noise_and_flicker_keep_to_their_limits(strong: float) -> None:
    times = 4 if strong else 1
    noises, flickers = [], []
    for seed in range(60):
        noisy = faulty(replace(SOUND, noisy=1.0, noise=0.025, strong=strong), grey(128, slices=8), seed)
        noises.append(noisy.std() / 255)
        levels = faulty(replace(SOUND, drifting=1.0, strong=strong), grey(120, slices=8, side=8), seed)
        flickers.append(np.abs(levels.mean(axis=(1, 2, 3)) / 120 - 1).max())
    # The standard deviation at the middle grey is 0.71 of the level, whatever the share of shot noise.
    assert 0.6 * times * 0.025 * 0.71 < max(noises) < times * 0.025 * 0.72
    assert 0.7 * times * 0.05 < max(flickers) < times * 0.05 + 0.006


def test_ramps_grow_or_fall_steadily() -> None:
    for seed in range(10):
        levels = faulty(replace(SOUND, ramped=1.0), grey(120, slices=8, side=4), seed).mean(axis=(1, 2, 3))
        steps = np.diff(levels)
        assert (steps >= 0).all() or (steps <= 0).all()
        assert abs(levels[-1] - levels[0]) / 120 <= 0.34


def test_exactly_one_slice_is_lost_and_none_of_a_short_sweep() -> None:
    for seed in range(10):
        found = faulty(replace(SOUND, lost=1.0), grey(120, slices=8, side=4), seed)
        assert (found.reshape(8, -1) != 120).all(axis=1).sum() == 1
    short = grey(120, slices=3, side=4)
    kept = with_faults(np.random.default_rng(0), short, COORDINATES[:3], replace(SOUND, lost=1.0))
    assert np.array_equal(kept, short)


def test_softness_comes_before_noise() -> None:
    # Noise that was blurred afterwards would be correlated between neighbours.
    faults = replace(SOUND, soft=1.0, noisy=1.0, noise=0.1)
    for seed in range(8):
        noise = faulty(faults, grey(128, slices=8), seed).astype(float)[..., 1] - 128
        if noise.std() > 2:
            assert abs(np.corrcoef(noise[:, :, 1:].ravel(), noise[:, :, :-1].ravel())[0, 1]) < 0.05


def test_jpeg_comes_last() -> None:
    """Pictures that were a JPEG last hardly change when they are made one again with the same tables."""
    import cv2

    faults = replace(SOUND, noisy=1.0, noise=0.1, toned=1.0, sharpened=1.0, compressed=1.0)
    found = faulty(faults, cloud(slices=8, side=48), 3)

    def again(quality: int) -> float:
        _, data = cv2.imencode(".jpg", found[0], (cv2.IMWRITE_JPEG_QUALITY, quality))
        return float(np.abs(cv2.imdecode(data, cv2.IMREAD_COLOR).astype(float) - found[0]).mean())

    errors = [again(quality) for quality in range(40, 101)]
    assert min(errors) < 0.5 * np.median(errors)
