import numpy as np
import pytest

from capture.simulator.optics.disc import disc_transfer
from capture.simulator.optics.layer import to_layers
from capture.simulator.optics.rendering import render
from capture.simulator.optics.surface import without_margin
from capture.simulator.optics.thin_lens import Blur, DiscBlur, defocus_stack, render_layers
from focstream.types import InputError
from tests.capture.simulator.scenes.planes import CANVAS, MARGIN_PX, OPTICS, SIZE_PX, noise, plane, scene_of

FOCUS_DPT = 1.0


def right_half(edge: int) -> np.ndarray:
    coverage = np.zeros(CANVAS, np.float32)
    coverage[:, edge:] = 1.0
    return coverage


def disc_share_beyond(distance: np.ndarray) -> np.ndarray:
    """Share of a unit disc's area to the right of a line at a signed distance from its centre."""
    d = np.clip(distance, -1.0, 1.0)
    return (np.arccos(d) - d * np.sqrt(1.0 - d * d)) / np.pi


@pytest.mark.parametrize("defocus_dpt", [0.0, 0.5, 2.0, 3.0])
def test_blur_keeps_the_mean(defocus_dpt: float) -> None:
    flat = plane(0.4, dpt=FOCUS_DPT + defocus_dpt)
    image = render(scene_of(flat), optics=OPTICS, focus_dpt=FOCUS_DPT)
    np.testing.assert_allclose(image, 0.4, atol=2e-5)


def test_blur_keeps_the_light_of_a_textured_patch() -> None:
    patch = np.zeros(CANVAS, np.float32)
    patch[60:100, 60:100] = noise(0)[60:100, 60:100]
    image = render(scene_of(plane(patch, dpt=2.5)), optics=OPTICS, focus_dpt=FOCUS_DPT)
    # Tails of the ringing below 0 are cut off, hence not exact.
    assert image.sum() == pytest.approx(patch.sum(), rel=2e-3)


def test_in_focus_is_the_radiance_seen_through_the_pixels() -> None:
    radiance = noise(1)
    image = render(scene_of(plane(radiance, dpt=FOCUS_DPT)), optics=OPTICS, focus_dpt=FOCUS_DPT)
    spectrum = np.fft.fft2(radiance) * disc_transfer(0.0, shape=CANVAS)
    expected = without_margin(np.fft.ifft2(spectrum).real, margin_px=MARGIN_PX)
    np.testing.assert_allclose(image, expected, atol=4e-3)


@pytest.mark.parametrize("defocus_dpt", [1.0, 2.0, 3.0])
def test_the_edge_of_a_blurred_foreground_is_the_share_of_the_disc(defocus_dpt: float) -> None:
    edge = CANVAS[1] // 2
    foreground = plane(0.2, dpt=FOCUS_DPT + defocus_dpt, coverage=right_half(edge))
    image = render(scene_of(plane(0.8, dpt=FOCUS_DPT), foreground), optics=OPTICS, focus_dpt=FOCUS_DPT)
    radius_px = OPTICS.blur_px_per_dpt * defocus_dpt / 2.0
    distance_px = edge - MARGIN_PX - (np.arange(SIZE_PX) + 0.5)
    share = disc_share_beyond(distance_px / radius_px)
    expected = share * 0.2 + (1.0 - share) * 0.8
    np.testing.assert_allclose(image, np.broadcast_to(expected, image.shape), atol=6e-3)


def test_a_sharp_background_stays_sharp_right_behind_a_blurred_edge() -> None:
    background = noise(2)
    foreground = plane(0.0, dpt=3.0, coverage=right_half(CANVAS[1] // 2))
    alone = render(scene_of(plane(background, dpt=1.0)), optics=OPTICS, focus_dpt=1.0)
    both = render(scene_of(plane(background, dpt=1.0), foreground), optics=OPTICS, focus_dpt=1.0)
    share = both / alone
    assert np.ptp(share[:, SIZE_PX // 2], axis=0) < 5e-3  # the same share of every background pixel
    assert 0.4 < share[:, SIZE_PX // 2].mean() < 0.6


def test_no_sharp_background_leaks_into_a_blurred_foreground() -> None:
    background = plane(noise(3), dpt=FOCUS_DPT)
    foreground = plane(0.5, dpt=4.0, coverage=right_half(40))
    image = render(scene_of(background, foreground), optics=OPTICS, focus_dpt=FOCUS_DPT)
    np.testing.assert_allclose(image[:, 40 - MARGIN_PX + 16 :], 0.5, atol=5e-3)


def test_a_blurred_background_does_not_reach_over_a_sharp_foreground() -> None:
    foreground = plane(0.1, dpt=4.0, coverage=right_half(CANVAS[1] // 2))
    image = render(scene_of(plane(0.9, dpt=1.0), foreground), optics=OPTICS, focus_dpt=4.0)
    np.testing.assert_allclose(image[:, SIZE_PX // 2 + 4 :], 0.1, atol=5e-3)


def test_a_blurred_point_is_as_wide_as_the_formula_says() -> None:
    point = np.zeros(CANVAS, np.float32)
    point[CANVAS[0] // 2, CANVAS[1] // 2] = 1.0
    image = render(scene_of(plane(point, dpt=3.0)), optics=OPTICS, focus_dpt=1.0)
    area_px = np.count_nonzero(image > 0.5 / (np.pi * 8.0**2))
    assert 2.0 * np.sqrt(area_px / np.pi) == pytest.approx(16.0, abs=0.5)


def test_a_slanted_surface_has_no_seams() -> None:
    columns = np.arange(CANVAS[1]) / CANVAS[1]
    coverage = np.ones(CANVAS, np.float32)
    coverage[:2] = 0.0  # not all of the canvas, so that nothing is normalised away
    slanted = plane(0.5, dpt=(0.5 + 3.0 * columns)[None, :].astype(np.float32), coverage=coverage)
    black = plane(0.0, dpt=0.5)
    image = render(scene_of(black, slanted), optics=OPTICS, focus_dpt=2.0)
    np.testing.assert_allclose(image[20:], 0.5, atol=4e-3)


def test_colour_is_three_greys() -> None:
    colour = np.stack([noise(seed) for seed in (4, 5, 6)], axis=2)
    coverage = right_half(60)
    surface = plane(0.0, dpt=2.3, coverage=coverage)
    painted = type(surface)(radiance=colour, coverage=coverage, vergence_dpt=surface.vergence_dpt)
    (image,) = defocus_stack([painted], optics=OPTICS, focus_dpt=[1.0], margin_px=MARGIN_PX)
    for channel in range(3):
        grey = plane(colour[..., channel], dpt=2.3, coverage=coverage)
        (expected,) = defocus_stack([grey], optics=OPTICS, focus_dpt=[1.0], margin_px=MARGIN_PX)
        np.testing.assert_allclose(image[..., channel], expected, atol=1e-5)


@pytest.mark.parametrize("corner", [(0, 0), (30, 90), (100, 120)])
def test_a_small_surface_is_blurred_as_on_the_whole_canvas(corner: tuple[int, int]) -> None:
    coverage = np.zeros(CANVAS, np.float32)
    coverage[corner[0] : corner[0] + 40, corner[1] : corner[1] + 30] = 1.0
    light = noise(7)
    image = render(scene_of(plane(light, dpt=3.0, coverage=coverage)), optics=OPTICS, focus_dpt=1.0)
    spectrum = np.fft.fft2(light * coverage) * disc_transfer(16.0, shape=CANVAS)
    whole = without_margin(np.fft.ifft2(spectrum).real, margin_px=MARGIN_PX)
    np.testing.assert_allclose(image, np.maximum(whole, 0.0), atol=0.02)


def test_blur_beyond_the_margin_is_refused() -> None:
    with pytest.raises(InputError, match="margin_px="):
        render(scene_of(plane(0.5, dpt=20.0)), optics=OPTICS, focus_dpt=1.0)


def test_a_surface_out_of_reach_leaves_no_trace() -> None:
    coverage = np.zeros(CANVAS, np.float32)
    coverage[0, 0] = 1.0
    scene = scene_of(plane(0.3, dpt=1.0), plane(1.0, dpt=1.0, coverage=coverage))
    np.testing.assert_allclose(render(scene, optics=OPTICS, focus_dpt=1.0), 0.3, atol=1e-5)


def test_a_surface_that_only_lies_in_opposite_corners_of_the_margin_is_left_out() -> None:
    corners = np.zeros(CANVAS, np.float32)
    corners[:4, MARGIN_PX : MARGIN_PX + 8] = 1.0  # its rows are out of reach, its columns are not
    corners[MARGIN_PX : MARGIN_PX + 8, :4] = 1.0  # the other way round
    behind = plane(0.3, dpt=FOCUS_DPT)
    before = plane(0.9, dpt=FOCUS_DPT, coverage=corners)
    image = defocus_stack([behind, before], optics=OPTICS, focus_dpt=[FOCUS_DPT], margin_px=MARGIN_PX)
    np.testing.assert_allclose(image, 0.3, atol=2e-5)


def test_a_blur_may_be_given_in_place_of_the_disc() -> None:
    layers = to_layers([plane(noise(2), dpt=2.0)], optics=OPTICS, focus_dpt=[FOCUS_DPT], margin_px=MARGIN_PX)
    shape = (SIZE_PX, SIZE_PX)

    def rendered(blur: Blur | None) -> np.ndarray:
        return render_layers(layers, optics=OPTICS, focus_dpt=FOCUS_DPT, image_shape=shape, blur=blur)

    np.testing.assert_array_equal(rendered(DiscBlur(optics=OPTICS)), rendered(None))

    class Shifted:
        """Moves everything by (3, -2) px, a blur with an imaginary part."""

        def transfer(self, vergence_dpt: float, *, focus_dpt: float, shape: tuple[int, int]) -> np.ndarray:
            assert (vergence_dpt, focus_dpt) == (2.0, FOCUS_DPT)
            rows, columns = np.fft.fftfreq(shape[0])[:, None], np.fft.fftfreq(shape[1])[None, :]
            wave = np.exp(-2j * np.pi * (3 * columns - 2 * rows)) * disc_transfer(0.0, shape=shape)
            return np.stack((wave.real, wave.imag)).astype(np.float32)

    still = render(scene_of(plane(noise(2), dpt=FOCUS_DPT)), optics=OPTICS, focus_dpt=FOCUS_DPT)
    np.testing.assert_allclose(rendered(Shifted())[:-2, 3:], still[2:, :-3], atol=4e-3)
