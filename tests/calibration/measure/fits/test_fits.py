"""Fits to data whose truth the test made, and refusals of data that cannot be fitted."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from calibration.apply.alignment.similarity import Similarity
from calibration.apply.parts import BreathingPart
from calibration.measure.fits.board import Board
from calibration.measure.fits.breathing import BreathingSample, fit_breathing
from calibration.measure.fits.errors import BadCalibrationDataError
from calibration.measure.fits.field import FieldSample, fit_field
from calibration.measure.fits.flatfield import fit_flatfield
from calibration.measure.fits.focus_map import FocusSample, fit_focus, re_reference
from calibration.measure.fits.intrinsics import BoardView, fit_intrinsics
from calibration.measure.fits.peak import find_peak
from calibration.measure.fits.settling import Flank, StepResponse, fit_step, settle_time_s, shares_of_step
from calibration.measure.fits.sharpness import check_exposure
from calibration.measure.fits.timing import SpeedSample, fit_timing

pytest.importorskip("scipy", reason='needs scipy: pip install "focstream[calibration]"')
DATE = "2026-01-01"
STEP = StepResponse(settle_s=0.02, delay_s=0.004, frequency_hz=80.0, damping=0.6, residual=0.01)


def samples(*, noise=0.0, curve=0.0, drift=0.0, count=8, seed=0):
    rng = np.random.default_rng(seed)
    commands = np.linspace(0.3, 4.7, count)
    temperatures = 25.0 + 8.0 * rng.random(count)
    return [
        FocusSample(
            vergence_dpt=float(
                0.2 + 0.95 * c + curve * c**2 + drift * (t - 25.0) + noise * rng.standard_normal()
            ),
            command=float(c),
            sigma=0.002,
            temperature_c=float(t),
        )
        for c, t in zip(commands, temperatures, strict=True)
    ]


def test_a_peak_is_found_between_slices_and_through_noise():
    x = np.linspace(0.0, 4.0, 41)
    rng = np.random.default_rng(1)
    y = 0.1 + 1.0 / (1.0 + ((x - 1.937) / 0.3) ** 2) + 0.01 * rng.standard_normal(41)
    found = find_peak(x, y, what="t")
    assert found.position == pytest.approx(1.937, abs=0.01)
    assert abs(found.position - 1.937) < 4.0 * found.sigma
    assert found.width == pytest.approx(0.6, abs=0.1)


@pytest.mark.parametrize(
    ("y", "why"),
    [
        (np.ones(30), "never gets clearly sharper"),
        (np.linspace(0.1, 1.0, 30), "end of the range"),
        (np.ones(4), "only 4 slices"),
        (
            0.05 + np.abs(np.sin(np.linspace(0.1, 3.0, 30) * 9)) ** 8,
            "end of the range|no clean peak|about the peak",
        ),
    ],
    ids=["no texture", "at the end", "too few", "many peaks"],
)
def test_a_curve_without_a_peak_is_refused(y, why):
    with pytest.raises(BadCalibrationDataError, match=why):
        find_peak(np.linspace(0.0, 3.0, len(y)), y, what="t")


def test_the_focus_map_is_found_with_curve_and_drift():
    part = fit_focus(samples(curve=0.01, drift=0.03), date=DATE)
    assert (part.gain, part.curve, part.drift_dpt_per_k) == pytest.approx((0.95, 0.01, 0.03), abs=1e-4)
    assert part.to_dpt(2.0, temperature_c=28.0) == pytest.approx(0.2 + 1.9 + 0.04 + 0.09, abs=1e-4)


def test_a_wrong_distance_is_left_out():
    data = samples(count=10)
    data[4] = FocusSample(vergence_dpt=data[4].vergence_dpt + 0.5, command=data[4].command, sigma=0.002)
    data = [FocusSample(vergence_dpt=s.vergence_dpt, command=s.command, sigma=s.sigma) for s in data]
    assert fit_focus(data, date=DATE).to_dpt(2.0) == pytest.approx(2.1, abs=0.01)


def test_distances_that_agree_very_well_but_for_two_are_no_outliers():
    data = [
        FocusSample(vergence_dpt=0.2 + 0.95 * c, command=c, sigma=0.001) for c in np.linspace(0.3, 4.7, 8)
    ]
    for k in (2, 5):
        data[k] = replace(data[k], vergence_dpt=data[k].vergence_dpt + 0.003)
    assert fit_focus(data, date=DATE).to_dpt(2.0) == pytest.approx(2.1, abs=0.004)


def test_the_uncertainty_of_the_map_covers_its_error():
    inside = []
    for seed in range(60):
        part = fit_focus(samples(noise=0.01, seed=seed), date=DATE)
        error = part.to_dpt(2.5, temperature_c=part.reference_c) - (0.2 + 0.95 * 2.5)
        inside.append(abs(error) < part.sigma_dpt(2.5))
    assert 0.5 < np.mean(inside) < 0.85


def test_re_referencing_moves_the_offset_alone():
    part = fit_focus(samples(), date=DATE)
    again = re_reference(part, FocusSample(vergence_dpt=2.2, command=2.0, sigma=0.001), date=DATE)
    assert again.to_dpt(2.0) == pytest.approx(2.2)
    assert again.gain == part.gain
    assert again.sigma_dpt(2.0) < 0.01


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (samples(count=3), "only 3 distances"),
        (
            [FocusSample(vergence_dpt=1 + k / 50, command=1 + k / 50, sigma=0.01) for k in range(6)],
            "span only",
        ),
        (samples(noise=0.4), "no smooth curve"),
    ],
    ids=["few", "narrow", "scattered"],
)
def test_distances_that_make_no_map_are_refused(data, why):
    with pytest.raises(BadCalibrationDataError, match=why):
        fit_focus(data, date=DATE)


def test_latency_and_hysteresis_come_from_the_speeds():
    data = [
        SpeedSample(speed=v, up=2.0 + 0.0073 * v + 0.02, down=2.0 - 0.0073 * v - 0.02, sigma=0.001)
        for v in (1.0, 2.0, 4.0)
    ]
    part = fit_timing(data, STEP, date=DATE)
    assert (part.latency_s, part.hysteresis) == pytest.approx((0.0073, 0.04), abs=1e-6)
    with pytest.raises(BadCalibrationDataError, match="3 speeds"):
        fit_timing(data[:2], STEP, date=DATE)
    moved = [
        SpeedSample(speed=s.speed, up=s.up + k, down=s.down, sigma=0.001) for k, s in enumerate(data[::-1])
    ]
    with pytest.raises(BadCalibrationDataError, match="no line"):
        fit_timing(moved, STEP, date=DATE)


def test_a_step_is_fitted_and_its_settle_time_told():
    time_s = np.concatenate((np.linspace(-0.02, 0.0, 12), np.linspace(0.0, 0.12, 120)))
    omega, damping, delay_s = 2 * np.pi * 79.0, 0.4, 0.0061
    late = np.maximum(time_s - delay_s, 0.0)
    fast = omega * np.sqrt(1 - damping**2)
    swing = np.exp(-damping * omega * late) * (
        np.cos(fast * late) + damping * omega / fast * np.sin(fast * late)
    )
    noise = 0.005 * np.random.default_rng(0).standard_normal(len(time_s))
    found = fit_step(time_s, shares_of_step(time_s, 1.0 + 0.3 * (1 - swing) + noise))
    assert found.delay_s == pytest.approx(delay_s, abs=3e-4)
    assert found.settle_s == pytest.approx(settle_time_s(delay_s, 79.0, 0.4, band=0.05), abs=2e-3)
    with pytest.raises(BadCalibrationDataError, match="noise"):
        shares_of_step(time_s, 1.0 + noise)


def test_a_flank_that_turns_is_refused():
    with pytest.raises(BadCalibrationDataError, match="not monotonic"):
        Flank(command=np.arange(6.0), sharpness=np.array([1.0, 2, 3, 2, 1, 0])).check()


def breathing_samples(*, k=0.005, noise_px=0.0):
    rng = np.random.default_rng(3)
    result = []
    for dpt in np.linspace(0.5, 4.5, 13):
        s = 1 + k * (dpt - 2.5)
        jitter = noise_px * rng.standard_normal(2)
        shift = ((1 - s) * 160 + jitter[0], (1 - s) * 110 + jitter[1])
        transform = Similarity(a=s, x_px=shift[0], y_px=shift[1])
        result.append(BreathingSample(focus_dpt=float(dpt), transform=transform, correlation=0.99))
    return result


def test_breathing_is_found_with_its_centre():
    part = fit_breathing(breathing_samples(), size_px=(320, 240), reference_dpt=2.5, date=DATE)
    assert part.per_dpt == pytest.approx(0.005, abs=1e-5)
    truth = breathing_samples()[-1].transform
    assert part.similarity(4.5).after(truth.inverse()).largest_motion_px((320, 240)) < 0.02


def test_pictures_that_moved_make_no_breathing():
    with pytest.raises(BadCalibrationDataError, match="smoothly"):
        fit_breathing(breathing_samples(noise_px=5.0), size_px=(320, 240), reference_dpt=2.5, date=DATE)
    with pytest.raises(BadCalibrationDataError, match="can be registered"):
        fit_breathing(breathing_samples()[:4], size_px=(320, 240), reference_dpt=2.5, date=DATE)


SIZE_PX = (640, 480)
MIDDLE_PX = np.array([319.5, 239.5])


def board_views(focals_px: dict[float, float], *, poses: int, noise_px: float = 0.03) -> list[BoardView]:
    """Views of a board by a camera whose principal point moves with the magnification about the middle."""
    rng = np.random.default_rng(0)
    board = np.array([[x, y, 0] for y in range(7) for x in range(10)], np.float32) * 0.01
    views = []
    for focus_dpt, focal_px in focals_px.items():
        principal_px = MIDDLE_PX + focal_px / 800.0 * np.array([8.5, -4.5])
        matrix = np.array([[focal_px, 0, principal_px[0]], [0, focal_px, principal_px[1]], [0, 0, 1.0]])
        for _ in range(poses):
            turn = rng.uniform(-0.6, 0.6, 3)
            shift = np.array([-0.05, -0.035, 0.4]) + rng.uniform(-0.02, 0.02, 3)
            corners = cv2.projectPoints(board, turn, shift, matrix, np.zeros(5))[0].reshape(-1, 2)
            corners = corners + noise_px * rng.standard_normal(corners.shape)
            views.append(
                BoardView(focus_dpt=focus_dpt, points_m=board, corners_px=corners.astype(np.float32))
            )
    return views


def known_breathing(size_px: tuple[int, int] = SIZE_PX) -> BreathingPart:
    return BreathingPart(
        level="calibrated",
        date=DATE,
        width_px=size_px[0],
        height_px=size_px[1],
        reference_dpt=2.0,
        per_dpt=0.01,
        covariance=((1e-8,) * 4,) * 4,
        residual_px=0.0,
        held_out_px=0.0,
    )


def test_intrinsics_over_focus_from_projected_corners():
    views = board_views({2.0: 800.0, 3.0: 808.0}, poses=10)
    part = fit_intrinsics(views, size_px=SIZE_PX, date=DATE)
    assert part.at(2.0).fx_px == pytest.approx(800.0, rel=3e-3)
    assert part.at(3.0).fx_px == pytest.approx(808.0, rel=3e-3)
    assert part.reprojection_px < 0.1
    with pytest.raises(BadCalibrationDataError, match="board not seen"):
        fit_intrinsics(views[:3], size_px=SIZE_PX, date=DATE)


def test_known_breathing_makes_one_camera_of_all_settings():
    """Six poses of much noise, of which no setting alone has enough."""
    focals_px = {dpt: 800.0 * (1.0 + 0.01 * (dpt - 2.0)) for dpt in (1.5, 2.0, 2.5)}
    views = board_views(focals_px, poses=3, noise_px=0.1)
    with pytest.raises(BadCalibrationDataError, match="no focus setting has 5"):
        fit_intrinsics(views, size_px=SIZE_PX, date=DATE)
    part = fit_intrinsics(views, size_px=SIZE_PX, date=DATE, breathing=known_breathing())
    assert part.reference_dpt == pytest.approx(2.0)
    assert part.focal_px[1] / part.focal_px[0] == pytest.approx(0.01, rel=1e-3)
    for dpt, focal_px in focals_px.items():
        assert part.at(dpt).fx_px == pytest.approx(focal_px, rel=2e-3)
    moved_px = part.at(2.5).cx_px - part.at(1.5).cx_px
    assert moved_px == pytest.approx(0.01 * (part.cx_px[0] - MIDDLE_PX[0]), abs=1e-3)


def test_one_setting_and_the_breathing_are_enough():
    views = board_views({2.5: 804.0}, poses=8)
    part = fit_intrinsics(views, size_px=SIZE_PX, date=DATE, breathing=known_breathing())
    assert part.at(2.5).fx_px == pytest.approx(804.0, rel=3e-3)
    assert part.at(1.5).fx_px == pytest.approx(796.0, rel=3e-3)


def test_the_breathing_of_other_pictures_is_refused():
    with pytest.raises(BadCalibrationDataError, match="320 × 240 px pictures, these have 640 × 480"):
        fit_intrinsics(
            board_views({2.0: 800.0}, poses=5),
            size_px=SIZE_PX,
            date=DATE,
            breathing=known_breathing((320, 240)),
        )
    with pytest.raises(BadCalibrationDataError, match="board not seen"):
        fit_intrinsics([], size_px=SIZE_PX, date=DATE, breathing=known_breathing())


def test_a_printed_board_is_found_and_a_blank_one_is_not():
    board = Board()
    points, corners = board.find(board.picture(square_px=40))
    assert len(points) == 70
    assert corners.shape == (70, 2)
    assert len(board.find(np.full((200, 300), 180, np.uint8))[0]) == 0


def test_field_and_flatfield():
    grid = [(x, y) for x in np.linspace(-0.7, 0.7, 6) for y in np.linspace(-0.5, 0.5, 5)]
    tiles = [
        FieldSample(x=x, y=y, vergence_dpt=2 + 0.12 * (x * x + y * y) - 0.05 * x, sigma_dpt=0.01)
        for x, y in grid
    ]
    part = fit_field(tiles, date=DATE)
    assert (part.curvature_dpt, part.tilt_x_dpt) == pytest.approx((0.12, -0.05), abs=1e-5)
    with pytest.raises(BadCalibrationDataError, match="tiles"):
        fit_field(tiles[:5], date=DATE)
    y, x = (np.mgrid[:90, :120] - np.array([44.5, 59.5])[:, None, None]) / 75.0
    light = 180.0 * (1.0 - 0.3 * (x**2 + y**2))
    flat = fit_flatfield([light.astype(np.uint8)], [2.0], date=DATE)
    np.testing.assert_allclose(flat.brightness(2.0, (90, 120)), light / 180.0, atol=0.01)
    stripes = np.where((np.arange(120) // 20) % 2, 60, 180)
    with pytest.raises(BadCalibrationDataError, match="not even"):
        fit_flatfield([np.tile(stripes, (90, 1)).astype(np.uint8)], [2.0], date=DATE)


@pytest.mark.parametrize(("level", "why"), [(255, "saturated"), (1, "dark")])
def test_pictures_too_bright_or_dark_are_refused(level, why):
    with pytest.raises(BadCalibrationDataError, match=why):
        check_exposure(np.full((60, 80), level, np.uint8))
