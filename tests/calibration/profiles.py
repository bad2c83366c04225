"""A small profile whose every number is known."""

from calibration.apply.parts import BreathingPart, FieldPart, FlatfieldPart, FocusPart, TimingPart
from calibration.apply.profile import CalibrationProfile, Device

DEVICE = Device(camera="sim", lens="sim", width_px=64, height_px=48)
DATE = "2026-01-01T00:00:00+00:00"
ZEROS = tuple((0.0,) * 4 for _ in range(4))


def focus_part(**changes):
    values = {
        "level": "calibrated",
        "date": DATE,
        "offset_dpt": 0.3,
        "gain": 0.9,
        "curve": 0.01,
        "drift_dpt_per_k": 0.05,
        "reference_c": 30.0,
        "command_range": (0.0, 5.0),
        "covariance": ((1e-4, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0)),
        "residual_dpt": 0.001,
        "leave_one_out_dpt": 0.002,
    }
    return FocusPart(**(values | changes))


def timing_part():
    return TimingPart(
        level="calibrated",
        date=DATE,
        latency_s=0.006,
        hysteresis=0.04,
        settle_s=0.02,
        delay_s=0.004,
        frequency_hz=80.0,
        damping=0.6,
        covariance=((1e-8, 0), (0, 1e-6)),
        residual=0.001,
    )


def profile(**parts):
    return CalibrationProfile(device=DEVICE, date=DATE, **parts)


def full_profile():
    return profile(
        focus=focus_part(),
        timing=timing_part(),
        breathing=BreathingPart(
            level="calibrated",
            date=DATE,
            width_px=64,
            height_px=48,
            reference_dpt=2.0,
            per_dpt=0.02,
            shift_x_px_per_dpt=0.3,
            covariance=ZEROS,
            residual_px=0.0,
            held_out_px=0.0,
        ),
        field=FieldPart(
            level="calibrated",
            date=DATE,
            curvature_dpt=0.2,
            tilt_x_dpt=0.1,
            tilt_y_dpt=0.0,
            covariance=((0, 0, 0),) * 3,
            residual_dpt=0.0,
        ),
        flatfield=FlatfieldPart(
            level="calibrated",
            date=DATE,
            focus_dpt=(1.0, 3.0),
            coefficients=((0, 0, -0.4, 0, -0.4, 0), (0, 0, -0.2, 0, -0.2, 0)),
            residual=0.0,
        ),
    )
