"""Each image fault, measured in pictures made for it."""

import cv2
import numpy as np
import pytest

from training.data.world.image_faults import (
    compressed,
    exposed,
    moved,
    one_lost,
    sharpened,
    softened,
    toned,
    vignetted,
    with_noise,
    without_colour,
)


def grey(value: int, *, slices: int = 4, side: int = 64) -> np.ndarray:
    return np.full((slices, side, side, 3), value, np.uint8)


def cloud(*, slices: int = 3, side: int = 96, sigma_px: float = 2.0) -> np.ndarray:
    noise = np.random.default_rng(0).standard_normal((side, side, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), sigma_px)
    image = np.clip(128 + 40 * smooth / smooth.std(), 0, 255).astype(np.uint8)
    return np.stack([image] * slices)


@pytest.mark.parametrize("level", [0.01, 0.05, 0.1])
def test_noise_has_the_spread_asked_for(level: float) -> None:
    noisy = with_noise(np.random.default_rng(0), grey(128), level=level, photon=0.5)
    assert noisy.std() == pytest.approx(level * 255 * np.sqrt(0.5), rel=0.05)
    assert noisy.mean() == pytest.approx(128, abs=0.5)
    assert np.array_equal(with_noise(np.random.default_rng(0), grey(128), level=0.0, photon=1.0), grey(128))


@pytest.mark.parametrize("sigma_px", [0.5, 1.5, 3.0])
def test_softness_widens_an_edge_by_its_sigma(sigma_px: float) -> None:
    images = grey(0)
    images[:, :, 32:] = 240
    profile = softened(images, sigma_px=sigma_px)[1, 32, :, 0].astype(float)
    step = np.diff(profile) / 240.0
    places = np.arange(len(step))
    middle = step @ places
    assert np.sqrt(step @ (places - middle) ** 2) == pytest.approx(sigma_px, rel=0.1)


@pytest.mark.parametrize("amount", [0.5, 2.0])
def test_sharpening_overshoots_at_an_edge_and_leaves_flat_areas(amount: float) -> None:
    images = grey(100)
    images[:, :, 32:] = 140
    sharp = sharpened(images, amount=amount, sigma_px=1.0)[0, 32, :, 0].astype(float)
    # The Gaussian's value beside a step is 40 · Φ(0.5) of the step away from the edge's far side.
    assert sharp.max() - 140 == pytest.approx(amount * 40 * 0.3085, abs=2.5)
    assert 100 - sharp.min() == pytest.approx(amount * 40 * 0.3085, abs=2.5)
    assert sharp[0] == 100
    assert sharp[-1] == 140


@pytest.mark.parametrize("quality", [40, 70])
def test_jpeg_leaves_steps_at_the_borders_of_its_blocks(quality: float) -> None:
    def blockiness(images: np.ndarray) -> float:
        steps = np.abs(np.diff(images[..., 1].astype(float), axis=2)).mean(axis=(0, 1))
        at_border = np.arange(len(steps)) % 8 == 7
        return float(steps[at_border].mean() / steps[~at_border].mean())

    images = cloud(sigma_px=1.2)
    assert blockiness(images) == pytest.approx(1.0, abs=0.1)
    assert blockiness(compressed(images, quality=quality)) > blockiness(images) + 0.03
    errors = [np.abs(compressed(images, quality=q).astype(float) - images).mean() for q in (40, 70, 100)]
    assert errors[0] > errors[1] > errors[2]


def test_exposure_scales_each_slice_by_its_gain() -> None:
    gains = np.array([0.8, 1.0, 1.1, 1.3])
    assert exposed(grey(100), gains=gains).mean(axis=(1, 2, 3)) == pytest.approx(100 * gains)
    assert exposed(grey(250), gains=gains)[3].max() == 255


@pytest.mark.parametrize("gamma", [0.7, 1.0, 1.5])
@pytest.mark.parametrize("contrast", [0.6, 1.2])
def test_tone_is_a_power_stretched_about_the_middle(gamma: float, contrast: float) -> None:
    value = toned(grey(64), gamma=gamma, contrast=contrast, offset=0.05)[0, 0, 0, 0]
    assert value == pytest.approx(255 * (((64 / 255) ** gamma - 0.5) * contrast + 0.55), abs=0.51)


def test_vignetting_darkens_the_corners_by_its_strength() -> None:
    images = vignetted(grey(200, side=201), strength=0.6, middle=(0.5, 0.5)).astype(float)
    assert images[0, 100, 100, 0] == 200
    assert images[0, 0, 0, 0] == pytest.approx(80, abs=2)
    assert images[0, 100, 0, 0] == pytest.approx(140, abs=2)


@pytest.mark.parametrize("scale", [0.97, 1.0, 1.03])
def test_breathing_magnifies_by_its_scale(scale: float) -> None:
    images = grey(0, slices=1, side=129)
    for row, column in ((24, 24), (24, 104), (104, 24), (104, 104)):
        cv2.circle(images[0], (column, row), 4, (255, 255, 255), -1)
    changed = moved(images, scales=[scale], shifts_px=np.zeros((1, 2)))[0, ..., 0].astype(float)
    left, right = (
        _middle_of(changed[rows, columns])
        for rows, columns in ((slice(0, 64), slice(0, 64)), (slice(64, None), slice(64, None)))
    )
    assert right + 64 - left == pytest.approx([80 * scale] * 2, abs=0.1)


def test_shake_moves_each_slice_by_its_shift() -> None:
    images, shifts_px = cloud(), np.array([[0.0, 0.0], [1.5, -0.75], [-0.4, 1.2]])
    changed = moved(images, scales=[1.0] * 3, shifts_px=shifts_px).astype(np.float32)
    window = cv2.createHanningWindow((80, 80), cv2.CV_32F)
    inner = [np.ascontiguousarray(image[8:-8, 8:-8, 1]) for image in changed]
    for image, shift in zip(inner, shifts_px, strict=True):
        found, _ = cv2.phaseCorrelate(inner[0], image, window)
        assert found == pytest.approx(tuple(shift), abs=0.15)


@pytest.mark.parametrize("level", [0, 255])
def test_one_slice_is_lost_and_the_others_stay(level: int) -> None:
    images = cloud()
    changed = one_lost(images, index=1, level=level)
    assert (changed[1] == level).all()
    assert np.array_equal(changed[[0, 2]], images[[0, 2]])


def test_without_colour_all_channels_are_equal() -> None:
    found = without_colour(cloud())
    assert np.array_equal(found[..., 0], found[..., 1])
    assert np.array_equal(found[..., 0], found[..., 2])


def _middle_of(picture: np.ndarray) -> np.ndarray:
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    return np.array([(picture * rows).sum(), (picture * columns).sum()]) / picture.sum()
