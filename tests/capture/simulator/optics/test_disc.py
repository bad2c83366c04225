import numpy as np
import pytest

from capture.simulator.optics.disc import SHARP_SIGMA_PX, disc_transfer, jinc

SHAPE = (96, 100)


def point_spread(diameter_px: float) -> np.ndarray:
    return np.fft.fftshift(np.fft.ifft2(disc_transfer(diameter_px, shape=SHAPE)).real)


def test_jinc_at_known_places() -> None:
    # J1(1) = 0.4400505857, J1(10) = 0.0434727462, first zero of J1 at 3.8317059702 (Abramowitz and Stegun)
    x = np.array([0.0, 1.0, 10.0, 3.8317059702])
    np.testing.assert_allclose(jinc(x), [1.0, 0.8801011715, 0.00869454924, 0.0], atol=1e-9)


@pytest.mark.parametrize("diameter_px", [0.0, 1.0, 7.5, 33.0])
def test_a_disc_keeps_all_light(diameter_px: float) -> None:
    assert point_spread(diameter_px).sum() == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("diameter_px", [4.0, 12.0, 30.0])
def test_second_moment_of_a_disc(diameter_px: float) -> None:
    # For any kernel the second moment along x is minus the curvature of the transfer function at 0.
    transfer = disc_transfer(diameter_px, shape=(1, 4096))[0].astype(np.float64)
    k = 16  # near 0, yet far enough that rounding to the table's radial bins does not matter
    moment = (1.0 - transfer[k]) * 2.0 / (2.0 * np.pi * k / 4096) ** 2
    assert moment == pytest.approx(diameter_px**2 / 16.0 + SHARP_SIGMA_PX**2, rel=0.02)


def test_a_disc_is_flat_inside_and_dark_outside() -> None:
    diameter_px = 20.0
    spread = point_spread(diameter_px) * np.pi * (diameter_px / 2) ** 2
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    radius = np.hypot(y - SHAPE[0] // 2, x - SHAPE[1] // 2)
    assert np.abs(spread[radius < diameter_px / 2 - 2.0] - 1.0).max() < 0.15
    assert np.abs(spread[radius > diameter_px / 2 + 2.0]).max() < 0.15
    assert spread[radius > diameter_px / 2 + 2.0].std() < 0.02
