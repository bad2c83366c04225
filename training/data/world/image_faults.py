"""What happens to pictures after the lens: each fault as a function of numbers, nothing drawn at random.

Stacks are (S, H, W, 3) uint8 with the display gamma, and so is what each function returns.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]


def moved(images: Images, *, scales: Sequence[float], shifts_px: NDArray[np.float64]) -> Images:
    """Magnify each slice about its middle (focus breathing), and shift it by (x, y) (shake)."""
    height, width = images.shape[1:3]
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    result = []
    for image, scale, shift in zip(images, scales, shifts_px, strict=True):
        matrix = np.column_stack((scale * np.eye(2), (1.0 - scale) * middle + shift))
        result.append(
            cv2.warpAffine(
                image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
            )
        )
    return np.asarray(result, np.uint8)


def vignetted(images: Images, *, strength: float, middle: tuple[float, float]) -> Images:
    """Darken by 1 − strength · r², where r is the distance from `middle` in halves of the diagonal.

    `middle` is (x, y) as a share of the width and the height; it is not in the middle of the picture where
    that is a piece of a larger one.
    """
    height, width = images.shape[1:3]
    x = (np.arange(width) + 0.5) / width - middle[0]
    y = (np.arange(height) + 0.5) / height - middle[1]
    square = 2.0 * (np.square(x)[None, :] + np.square(y)[:, None])
    share = np.maximum(1.0 - strength * square, 0.0).astype(np.float32)[..., None]
    return _rounded(images * share)


def exposed(images: Images, *, gains: NDArray[np.float64]) -> Images:
    """Scale the brightness of each slice; what is too bright stays at white."""
    changed = [cv2.convertScaleAbs(image, alpha=gain) for image, gain in zip(images, gains, strict=True)]
    return np.asarray(changed, np.uint8)


def softened(images: Images, *, sigma_px: float) -> Images:
    """Blur all slices alike, as a weak lens or an enlarged picture is."""
    return _each(images, lambda image: cv2.GaussianBlur(image, (0, 0), sigma_px))


def sharpened(images: Images, *, amount: float, sigma_px: float) -> Images:
    """Add `amount` of what a Gaussian takes away (unsharp mask)."""
    return _each(
        images,
        lambda image: cv2.addWeighted(
            image, 1.0 + amount, cv2.GaussianBlur(image, (0, 0), sigma_px), -amount, 0.0
        ),
    )


def toned(images: Images, *, gamma: float, contrast: float, offset: float) -> Images:
    """Raise to a power, then stretch by `contrast` about the middle grey and add `offset` of full scale."""
    value = np.power(np.arange(256) / 255.0, gamma)
    curve = _rounded(255.0 * ((value - 0.5) * contrast + 0.5 + offset))
    return curve[images]


def with_noise(random: np.random.Generator, images: Images, *, level: float, photon: float) -> Images:
    """Add noise: `level` its standard deviation as a share of full scale, `photon` the shot noise's share."""
    spread = 255.0 * level * np.sqrt(photon * np.arange(256) / 255.0 + (1.0 - photon) * 0.5)
    noise = random.standard_normal(images.shape, np.float32)
    noise *= spread.astype(np.float32)[images]
    noise += images
    return np.clip(np.rint(noise, out=noise), 0.0, 255.0, out=noise).astype(np.uint8)


def compressed(images: Images, *, quality: int) -> Images:
    """Write each slice as JPEG, and read it again."""

    def through(image: Images) -> Images:
        _, data = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, quality))
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)

    return _each(images, through)


def one_lost(images: Images, *, index: int, level: int) -> Images:
    """Make one slice all black or all white, as of a missed exposure or a flash."""
    result = images.copy()
    result[index] = level
    return result


def without_colour(images: Images) -> Images:
    """Make all three channels the luminance."""
    tall = images.reshape(-1, *images.shape[2:])
    grey = cv2.cvtColor(cv2.cvtColor(tall, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return np.asarray(grey, np.uint8).reshape(images.shape)


def _each(images: Images, change: Callable[[Images], NDArray[np.generic]]) -> Images:
    return np.stack([np.asarray(change(image), np.uint8) for image in images])


def _rounded(values: NDArray[np.floating]) -> Images:
    return np.clip(np.rint(values), 0.0, 255.0).astype(np.uint8)
