from dataclasses import replace

import numpy as np
import pytest

from calibration.apply.confidence import Confidence
from calibration.apply.point_cloud import directions
from calibration.apply.regions.flatness import Samples, flatness_of
from calibration.apply.regions.meter import RegionMeter
from calibration.apply.regions.plane import fit_plane
from focstream.region import Region
from focstream.types import FocusScale, HeightScale, InputError, Intrinsics
from tests.updates import make_update

SCALE = FocusScale(far_dpt=0.5, near_dpt=4.5)
LENS = Intrinsics(fx_px=600.0, fy_px=640.0, cx_px=310.0, cy_px=250.0)
CURVED = replace(LENS, distortion_model="plumb_bob", distortion=(-0.2, 0.05, 0.001, -0.001, 0.0))
PART = Region(name="part", x_px=100, y_px=60, width_px=300, height_px=200)


def tilted(angle_deg: float, *, distance_m=0.5, turned_deg=30.0, lens=LENS, shape=(480, 640), bumps_m=None):
    """The map of a plane whose normal leans by an angle from the axis, and its distance from the camera."""
    lean, turn = np.radians([angle_deg, turned_deg])
    normal = np.array([np.sin(lean) * np.cos(turn), np.sin(lean) * np.sin(turn), np.cos(lean)])
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    x, y = directions(columns.ravel(), rows.ravel(), lens)
    across_m = distance_m * normal[2] + (0.0 if bumps_m is None else bumps_m)
    return across_m / (x.astype(float) * normal[0] + y.astype(float) * normal[1] + normal[2]).reshape(shape)


def the_map(z_m, **fields):
    coordinate = np.asarray(SCALE.to_coordinate(1.0 / z_m), np.float32)
    return make_update(coordinate, scale=SCALE, **{"intrinsics": LENS, **fields})


@pytest.mark.parametrize("lens", [LENS, CURVED], ids=["pinhole", "distorted"])
@pytest.mark.parametrize("angle_deg", [0.0, 7.5, 40.0])
def test_the_angle_and_the_flatness_of_a_plane(angle_deg, lens):
    z_m = tilted(angle_deg, lens=lens)
    figures = RegionMeter(PART, lens).measure(the_map(z_m, intrinsics=lens), Confidence())
    assert figures.angle_deg == pytest.approx(angle_deg, abs=0.05)
    assert figures.flatness < 2e-6
    part = z_m[60:260, 100:400]
    assert figures.median == pytest.approx(np.median(part), rel=2e-3)
    assert figures.sigma == pytest.approx(0.01 * SCALE.span_dpt * np.median(part) ** 2, rel=5e-3)
    assert figures.sure_share == 1.0


def test_a_bump_counts_in_the_flatness_and_does_not_tilt_the_plane():
    bumps_m = np.zeros((480, 640))
    bumps_m[60:120, 100:400] = -0.004  # three tenths of the region stick out by four millimetres
    figures = RegionMeter(PART, LENS).measure(the_map(tilted(12.0, bumps_m=bumps_m)), Confidence())
    assert figures.angle_deg == pytest.approx(12.0, abs=0.1)
    assert figures.flatness == pytest.approx(0.004, rel=0.02)


def test_points_whose_rays_miss_the_plane_count_in_the_flatness():
    """A floor 0.2 m below the camera; three tenths of the points are of a wall above the horizon."""
    rng = np.random.default_rng(0)
    x, y = (
        rng.uniform(-0.3, 0.3, 1000),
        np.concatenate([rng.uniform(0.1, 0.5, 700), rng.uniform(-0.3, -0.01, 300)]),
    )
    vergence_dpt = np.where(y > 0, y / 0.2, 1.5)
    coordinate = (vergence_dpt - SCALE.far_dpt) / SCALE.span_dpt
    flatness = flatness_of(Samples(x=x, y=y, coordinate=coordinate, on_rays=True), SCALE)
    assert flatness.angle_deg == pytest.approx(90.0, abs=0.1)
    # Points 1/1.5 m away on rays of that y lie so far above the floor.
    assert flatness.band == pytest.approx(0.2 + 0.3 / 1.5, abs=0.02)


def test_noise_gives_a_band_that_holds_95_percent():
    noise = np.random.default_rng(1).normal(0.0, 0.0005, (480, 640))
    figures = RegionMeter(PART, LENS).measure(the_map(tilted(5.0, bumps_m=noise)), Confidence())
    assert figures.angle_deg == pytest.approx(5.0, abs=0.3)
    assert figures.flatness == pytest.approx(2 * 1.96 * 0.0005, rel=0.15)


def test_without_intrinsics_there_is_no_angle_and_the_band_is_along_the_axis():
    bumps_m = np.zeros((480, 640))
    bumps_m[60:120, 100:400] = -0.004
    update = the_map(tilted(30.0, bumps_m=bumps_m), intrinsics=None)
    figures = RegionMeter(PART, None).measure(update, Confidence())
    assert np.isnan(figures.angle_deg)
    assert figures.flatness > 0.0043  # 4 mm across a plane that leans by 30 degrees


@pytest.mark.parametrize(("scale", "span"), [(None, 1.0), (HeightScale(far_um=10.0, near_um=60.0), 50.0)])
def test_other_units(scale, span):
    coordinate = np.tile(np.linspace(0.2, 0.8, 640, dtype=np.float32), (480, 1))
    coordinate[::2] += np.float32(0.01)
    figures = RegionMeter(PART, None).measure(make_update(coordinate, scale=scale), Confidence())
    far = 10.0 if scale else 0.0
    assert figures.median == pytest.approx(far + span * np.median(coordinate[60:260, 100:400]), rel=1e-2)
    assert figures.sigma == pytest.approx(0.01 * span, rel=1e-3)
    assert figures.flatness == pytest.approx(0.01 * span, rel=0.05)
    assert np.isnan(figures.angle_deg)


def test_only_what_is_sure_counts():
    update = the_map(tilted(0.0))
    coordinate, sigma = update.coordinate.copy(), update.coordinate_sigma.copy()
    coordinate[60:110, 100:400] = np.nan
    coordinate[110:160, 100:400], sigma[110:160, 100:400] = 0.9, 0.2
    update = replace(update, coordinate=coordinate, coordinate_sigma=sigma)
    figures = RegionMeter(PART, LENS).measure(update, Confidence())
    assert figures.sure_share == pytest.approx(0.5, abs=0.03)
    assert figures.median == pytest.approx(0.5, abs=1e-5)
    assert figures.flatness < 2e-6
    none = RegionMeter(PART, LENS).measure(update, Confidence(sigma=0.001))
    assert none.sure_share == 0.0
    assert np.isnan([none.median, none.sigma, none.angle_deg, none.flatness]).all()


@pytest.mark.parametrize(
    ("slots", "seen", "says"), [(10, 2, False), (10, 4, False), (10, 5, True), (3, 2, False), (None, 3, True)]
)
def test_a_region_says_nothing_before_half_of_the_sweep_is_seen(slots, seen, says):
    region = Region(name="all", x_px=0, y_px=0, width_px=6, height_px=4)
    update = make_update(slices_seen=seen, final=False)
    early = replace(update, tag=replace(update.tag, slots=slots))
    found = RegionMeter(region, None).measure(early, Confidence())
    assert np.isfinite(found.sure_share) == says
    assert np.isfinite(found.median) == says
    last = replace(early, final=True)
    assert RegionMeter(region, None).measure(last, Confidence()).sure_share == 1.0


def test_a_length_is_no_confidence_of_a_map_without_lengths():
    metres = Confidence(sigma=0.011, in_metres=True)
    z_m = tilted(60.0)  # σ is 0.04 dpt: 1 cm at half a metre
    share = RegionMeter(PART, LENS).measure(the_map(z_m), metres).sure_share
    assert share == pytest.approx(np.mean(0.04 * z_m[60:260, 100:400] ** 2 <= 0.011), abs=0.02)
    assert 0.1 < share < 0.9
    meter, half = RegionMeter(PART, None), np.full((480, 640), 0.5, np.float32)
    of_a_stage = make_update(half, scale=HeightScale(far_um=0.0, near_um=1e4))  # σ is 100 µm
    assert meter.measure(of_a_stage, Confidence(sigma=9e-5, in_metres=True)).sure_share == 0
    assert meter.measure(of_a_stage, Confidence(sigma=11e-5, in_metres=True)).sure_share == 1
    with pytest.raises(InputError, match=r"--confidence is a length.*share of the sweep"):
        meter.measure(make_update(half), metres)


@pytest.mark.parametrize(("width_px", "height_px"), [(1, 1), (1, 200), (300, 1), (2, 2), (7, 3)])
def test_small_and_thin_regions(width_px, height_px):
    x_px, y_px = 640 - width_px, 480 - height_px
    region = Region(name="a", x_px=x_px, y_px=y_px, width_px=width_px, height_px=height_px)
    figures = RegionMeter(region, LENS).measure(the_map(tilted(20.0)), Confidence())
    assert figures.sure_share == 1.0
    assert 0.3 < figures.median < 0.8
    assert np.isnan(figures.angle_deg) == (height_px != 3)


def test_beyond_infinity():
    scale = FocusScale(far_dpt=0.0, near_dpt=4.0)
    far = make_update(np.full((480, 640), -0.01, np.float32), scale=scale, intrinsics=LENS)
    figures = RegionMeter(PART, LENS).measure(far, Confidence())
    assert figures.median == np.inf
    assert np.isnan([figures.angle_deg, figures.flatness]).all()


def test_a_plane_through_points_a_third_of_which_belong_to_something_else():
    random = np.random.default_rng(3)
    x, y = random.random((2, 900))
    values = 0.3 * x - 0.2 * y + 0.5 + random.normal(0.0, 0.002, 900)
    values[:300] = random.random(300)
    plane = fit_plane(x, y, values)
    assert plane is not None
    assert [plane.slope_x, plane.slope_y, plane.offset] == pytest.approx([0.3, -0.2, 0.5], abs=2e-3)
    assert plane == fit_plane(x, y, values)
