"""What lenses do, measured in rendered pictures of a point."""

import math

import numpy as np
import pytest

from capture.simulator.optics.disc import SHARP_SIGMA_PX
from tests.training.data.world.point_pictures import (
    lens,
    moments,
    peaks,
    point_picture,
    radii,
    spread,
    within,
)
from training.data.world.aperture import GAUSSIAN_SIGMA, Aperture
from training.data.world.bokeh import PINHOLE_SIGMA_PX

GAUSSIAN_TAIL = math.exp(-0.5 / GAUSSIAN_SIGMA**2)
SPREADS = {
    "disc": (Aperture(), 1 / 2),
    "pentagon": (Aperture(shape="polygon", blades=5, angle_rad=0.3), (2 + math.cos(2 * math.pi / 5)) / 6),
    "nonagon": (Aperture(shape="polygon", blades=9, angle_rad=1.1), (2 + math.cos(2 * math.pi / 9)) / 6),
    "ring": (Aperture(shape="ring", inner=0.6), (1 + 0.6**2) / 2),
    "square": (Aperture(shape="square", angle_rad=0.5), 1 / 3),
    "gaussian": (Aperture(shape="gaussian"), 2 * GAUSSIAN_SIGMA**2 - GAUSSIAN_TAIL / (1 - GAUSSIAN_TAIL)),
    "rim": (Aperture(spherical=1.0), 1 / 2 + 1 / 6),
    "soft": (Aperture(spherical=-1.0), 1 / 2 - 1 / 6),
    "points": (Aperture(shape="points", points=4), 5 / 9),
    "cross": (Aperture(shape="cross", points=3), 4 / 5),
}
"""Mean of ρ² over each shape, in radii: its polar moment over its area."""


@pytest.mark.parametrize("name", list(SPREADS))
@pytest.mark.parametrize("defocus", [-1.2, -0.5, 0.0, 0.1, 0.8, 1.4])
def test_a_point_keeps_its_light(name: str, defocus: float) -> None:
    picture = point_picture(lens(SPREADS[name][0]), defocus=defocus)
    assert picture.sum() == pytest.approx(1.0, abs=4e-3)


@pytest.mark.parametrize("name", list(SPREADS))
@pytest.mark.parametrize("defocus", [-1.0, 0.6, 1.4])
def test_the_blur_has_the_diameter_asked_for(name: str, defocus: float) -> None:
    aperture, mean_square = SPREADS[name]
    sigma_px = PINHOLE_SIGMA_PX if aperture.pinholes else SHARP_SIGMA_PX
    expected = mean_square * (32.0 * defocus / 2) ** 2 + 2 * sigma_px**2
    picture = within(point_picture(lens(aperture), defocus=defocus), 16.0 * abs(defocus) + 4.0)
    assert spread(picture) == pytest.approx(expected, rel=0.025)


OCTAGON = (2 + math.cos(2 * math.pi / 8)) / 6


@pytest.mark.parametrize("gain_px", [5.0, 48.0, 96.0])
def test_blur_reaches_up_to_ninety_six_pixels(gain_px: float) -> None:
    field = lens(Aperture(shape="polygon", blades=8), gain_px=gain_px)
    picture = within(point_picture(field, defocus=1.0, gain_px=gain_px, side=128), gain_px / 2 + 4.0)
    expected = OCTAGON * (gain_px / 2) ** 2 + 2 * SHARP_SIGMA_PX**2
    assert spread(picture) == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("gain_px", [1.0, 2.0, 24.0])
def test_blur_of_a_pixel_is_not_lost_in_the_sharpness_of_pixels(gain_px: float) -> None:
    # The ringing of a sharp point hides so little blur in a picture. For any kernel the second moment along x
    # is minus the curvature of the transfer function at 0.
    (part,) = lens(Aperture(shape="polygon", blades=8), gain_px=gain_px)
    width = 12 * int(gain_px)
    transfer = part.blur.transfer(1.0, focus_dpt=0.0, shape=(8, width))[0, 0].astype(float)
    moment = (1.0 - transfer[1]) * 2.0 / (2.0 * math.pi / width) ** 2
    assert moment == pytest.approx(OCTAGON * (gain_px / 2) ** 2 / 2 + SHARP_SIGMA_PX**2, rel=0.02)


@pytest.mark.parametrize("points", [2, 3, 5, 9])
def test_pinholes_make_as_many_points_of_one_point(points: int) -> None:
    aperture = Aperture(shape="points", points=points)
    picture = point_picture(lens(aperture, gain_px=64.0), defocus=1.3, gain_px=64.0)
    assert peaks(picture) == points**2
    cross = point_picture(lens(Aperture(shape="cross", points=5)), defocus=1.0)
    assert peaks(cross) == 9


@pytest.mark.parametrize("blades", [5, 6, 7, 9])
def test_a_polygon_has_as_many_corners_as_blades_at_its_angle(blades: int) -> None:
    angle = 0.35
    field = lens(Aperture(shape="polygon", blades=blades, angle_rad=angle), gain_px=64.0)
    picture = point_picture(field, defocus=1.2, gain_px=64.0)
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]] - 48
    # Around the circle half of a blade's height inside the corners, light comes and goes once a corner.
    inside = (1 + math.cos(math.pi / blades)) / 2 * 1.2 * 32
    around = np.abs(radii(picture) - inside) < 1.0
    directions = np.arctan2(rows, columns)[around]
    wave = (picture[around] * np.exp(1j * blades * directions)).sum()
    others = [abs((picture[around] * np.exp(1j * k * directions)).sum()) for k in range(3, 12) if k % blades]
    assert abs(wave) > 3 * max(others)
    turned = (np.angle(wave) / blades - angle) % (2 * math.pi / blades)
    assert min(turned, 2 * math.pi / blades - turned) < 0.05


def test_a_ring_is_dark_inside() -> None:
    picture = point_picture(lens(Aperture(shape="ring", inner=0.6)), defocus=1.0)
    assert abs(picture[radii(picture) < 6].sum()) < 0.01
    assert picture[(radii(picture) > 9) & (radii(picture) < 17.5)].sum() > 0.97


def test_a_blur_with_odd_corners_is_turned_behind_the_focus() -> None:
    field = lens(Aperture(shape="polygon", blades=5))
    before, behind = (point_picture(field, defocus=d) for d in (1.0, -1.0))
    turned = behind[:0:-1, :0:-1]  # about the pixel of the point
    assert np.abs(before[1:, 1:] - turned).sum() < 0.02
    assert np.abs(before[1:, 1:] - behind[1:, 1:]).sum() > 0.1


def test_spherical_aberration_has_its_rim_on_one_side_of_focus_only() -> None:
    field = lens(Aperture(spherical=1.0), Aperture(spherical=-1.0))
    before, behind = (point_picture(field, defocus=d) for d in (1.0, -1.0))
    middle, rim = radii(before) < 5, (radii(before) > 12) & (radii(before) < 16)
    assert before[rim].mean() > 4 * before[middle].mean()
    assert behind[middle].mean() > 4 * behind[rim].mean()


@pytest.mark.parametrize("axis_rad", [0.0, 0.5, 2.0])
def test_astigmatism_stretches_across_before_and_along_behind_the_focus(axis_rad: float) -> None:
    field = lens(Aperture(), astigmatism=0.4, axis_rad=axis_rad)
    for defocus, along_px, across_px in ((0.5, 0.3, 0.7), (-0.5, 0.7, 0.3), (0.2, 0.0, 0.4)):
        _, covariance = moments(within(point_picture(field, defocus=defocus), 16.0))
        direction = np.array([math.cos(axis_rad), math.sin(axis_rad)])
        across = np.array([-direction[1], direction[0]])
        for axis, ranges in ((direction, along_px), (across, across_px)):
            expected = (32.0 * ranges / 2) ** 2 / 4 + SHARP_SIGMA_PX**2
            assert axis @ covariance @ axis == pytest.approx(expected, rel=0.05, abs=0.1)
    # Halfway between both foci the blur is round.
    _, covariance = moments(within(point_picture(field, defocus=0.0), 8.0))
    low, high = np.linalg.eigvalsh(covariance)
    assert high == pytest.approx(low, rel=0.05)
