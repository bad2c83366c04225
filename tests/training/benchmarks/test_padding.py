import numpy as np
import pytest

from training.benchmarks.padding import cropped, padded
from training.benchmarks.protocols.rules import Padding


def picture(rows: int = 33, columns: int = 40) -> np.ndarray:
    return np.random.default_rng(0).integers(1, 256, (rows, columns, 3)).astype(np.uint8)


def test_images_of_ddff_become_384_by_576_by_reflection() -> None:
    image = picture(383, 552)
    larger = padded(image, "reflected")
    assert larger.shape == (384, 576, 3)
    np.testing.assert_array_equal(larger[383, :552], image[381])
    np.testing.assert_array_equal(larger[:383, 552], image[:, 550])


def test_black_is_added_on_the_right_and_below_or_above() -> None:
    image = picture()
    below, above = padded(image, "black"), padded(image, "black above")
    assert below.shape == above.shape == (64, 64, 3)
    assert not below[33:].any()
    assert not above[:31].any()
    assert not below[:, 40:].any()
    assert not above[:, 40:].any()
    np.testing.assert_array_equal(above[31:, :40], image)


def test_sides_that_fit_are_left() -> None:
    image = picture(32, 64)
    for padding in ("reflected", "black", "black above"):
        np.testing.assert_array_equal(padded(image, padding), image)  # type: ignore[arg-type]


@pytest.mark.parametrize("padding", ["none", "reflected", "black", "black above"])
def test_cropping_undoes_padding(padding: Padding) -> None:
    image = picture()
    np.testing.assert_array_equal(cropped(padded(image, padding), padding, shape=image.shape), image)
