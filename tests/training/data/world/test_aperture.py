import math

import numpy as np
import pytest

from training.data.world.aperture import Aperture

SHAPES = ["disc", "polygon", "ring", "square", "gaussian", "points", "cross"]
SIDE = 96


def squared_radii() -> np.ndarray:
    """Squared distance of each cell from the middle, in radii."""
    axis = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    return axis[:, None] ** 2 + axis[None, :] ** 2


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("cut", [(0.0, 0.0), (0.7, -0.3)])
def test_all_light_lies_within_the_circle(shape: str, cut: tuple[float, float]) -> None:
    weights = Aperture(shape=shape, blades=7, angle_rad=0.4, cut=cut).weights(SIDE)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1.0, abs=1e-5)
    assert weights[squared_radii() > (1 + 2 / SIDE) ** 2].sum() < 1e-6


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("blades", [5, 6])
@pytest.mark.parametrize("cut", [(0.0, 0.0), (0.5, 0.0)])
def test_what_says_to_be_symmetric_is(shape: str, blades: int, cut: tuple[float, float]) -> None:
    aperture = Aperture(shape=shape, blades=blades, angle_rad=0.4, cut=cut)
    weights = aperture.weights(SIDE)
    turned = np.abs(weights - weights[::-1, ::-1]).sum()
    assert (turned < 1e-3) == aperture.symmetric


@pytest.mark.parametrize("spherical", [-1.0, -0.5, 0.0, 0.5, 1.0])
def test_spherical_aberration_moves_light_between_middle_and_rim(spherical: float) -> None:
    # The mean of ρ² over a disc with light 1 + a(2ρ² − 1) is 1/2 + a/6.
    weights = Aperture(spherical=spherical).weights(SIDE)
    assert (weights * squared_radii()).sum() == pytest.approx(0.5 + spherical / 6, rel=5e-3)


@pytest.mark.parametrize("offset", [0.4, 0.8, 1.2])
def test_the_cats_eye_is_the_lens_between_two_circles(offset: float) -> None:
    # Area of the overlap of two unit circles at a distance d, over that of one.
    half = offset / 2
    overlap = 2 * (math.acos(half) - half * math.sqrt(1 - half**2)) / math.pi
    whole = np.count_nonzero(Aperture().weights(SIDE))
    cut = np.count_nonzero(Aperture(cut=(offset, 0.0)).weights(SIDE))
    assert cut / whole == pytest.approx(overlap, rel=0.04)
