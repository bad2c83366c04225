import numpy as np
import pytest

from capture.simulator.optics.numbers import Optics, blur_diameter_px
from focstream.types import InputError


def test_blur_of_a_known_lens() -> None:
    # f 50 mm, f/2: the aperture is 25 mm. In focus at 2 m, a point at 1 m is 0.5 dpt off:
    # 25 mm * 50 mm * 0.5 / m = 0.625 mm, which is 125 pixels of 5 um.
    optics = Optics(focal_length_m=50e-3, f_number=2.0, pixel_pitch_m=5e-6)
    assert optics.aperture_m == pytest.approx(25e-3)
    assert blur_diameter_px(1.0, optics=optics, focus_dpt=0.5) == pytest.approx(125.0)


def test_blur_of_the_default_lens() -> None:
    # 12 mm^2 / 2.8 = 51.43 mm^2; a dioptre blurs by 51.43 um, which is 7.453 pixels of 6.9 um.
    assert Optics().blur_px_per_dpt == pytest.approx(7.4534, abs=1e-4)


def test_blur_is_linear_and_even_in_the_defocus() -> None:
    defocus_dpt = np.array([-2.0, -1.0, 0.0, 1.0, 2.0], np.float32)
    blur_px = blur_diameter_px(2.5 + defocus_dpt, optics=Optics(), focus_dpt=2.5)
    np.testing.assert_allclose(blur_px, np.abs(defocus_dpt) * Optics().blur_px_per_dpt, rtol=1e-6)


def test_an_impossible_lens_is_refused() -> None:
    with pytest.raises(InputError, match="above 0"):
        Optics(f_number=0.0)
