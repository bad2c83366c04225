"""The profile that a perfect calibration of a simulated rig would give, from its truth."""

from calibration.apply.parts import BreathingPart, FieldPart, FlatfieldPart, FocusPart, TimingPart
from calibration.apply.profile import CalibrationProfile
from capture.simulator.hidden.rig import HiddenRig

_EXACT = {"level": "calibrated", "date": "the truth"}
_START_C = 25.0


def perfect_profile(rig: HiddenRig, found: CalibrationProfile) -> CalibrationProfile:
    """Profile of the truth, with slices moved to the same reference as by the one that was found."""
    assert found.breathing is not None
    reference_dpt = found.breathing.reference_dpt
    return CalibrationProfile(
        device=found.device,
        date="the truth",
        focus=_focus(rig),
        timing=_timing(rig),
        breathing=_breathing(rig, reference_dpt=reference_dpt),
        intrinsics=found.intrinsics,
        field=FieldPart(
            **_EXACT,
            curvature_dpt=rig.truth.curvature_dpt,
            tilt_x_dpt=rig.truth.tilt_dpt[0],
            tilt_y_dpt=rig.truth.tilt_dpt[1],
            covariance=_zeros(3),
            residual_dpt=0.0,
        ),
        flatfield=FlatfieldPart(
            **_EXACT,
            focus_dpt=(reference_dpt,),
            coefficients=((0.0, 0.0, -rig.truth.vignetting, 0.0, -rig.truth.vignetting, 0.0),),
            residual=0.0,
        ),
    )


def _focus(rig: HiddenRig) -> FocusPart:
    truth = rig.truth
    return FocusPart(
        **_EXACT,
        offset_dpt=truth.offset_dpt,
        gain=truth.gain,
        curve=truth.curve,
        drift_dpt_per_k=truth.drift_dpt_per_k,
        reference_c=_START_C,
        command_range=truth.commands,
        covariance=_zeros(4),
        residual_dpt=0.0,
        leave_one_out_dpt=0.0,
    )


def _timing(rig: HiddenRig) -> TimingPart:
    lens = rig.truth.lens
    middle = sum(rig.truth.commands) / 2.0
    return TimingPart(
        **_EXACT,
        latency_s=lens.latency_s,
        hysteresis=lens.hysteresis_dpt / (rig.truth.gain + 2.0 * rig.truth.curve * middle),
        settle_s=lens.settle_s(1.0, tolerance_dpt=0.05),
        delay_s=lens.delay_s,
        frequency_hz=lens.natural_frequency_hz,
        damping=lens.damping,
        covariance=_zeros(2),
        residual=0.0,
    )


def _breathing(rig: HiddenRig, *, reference_dpt: float) -> BreathingPart:
    width_px, height_px = rig.size_px
    breathing = rig.truth.breathing
    per_dpt = breathing.per_dpt / breathing.magnification(reference_dpt)
    return BreathingPart(
        **_EXACT,
        width_px=width_px,
        height_px=height_px,
        reference_dpt=reference_dpt,
        per_dpt=per_dpt,
        shift_x_px_per_dpt=-per_dpt * (rig.intrinsics.cx_px - (width_px - 1) / 2),
        shift_y_px_per_dpt=-per_dpt * (rig.intrinsics.cy_px - (height_px - 1) / 2),
        covariance=_zeros(4),
        residual_px=0.0,
        held_out_px=0.0,
    )


def _zeros(size: int) -> tuple[tuple[float, ...], ...]:
    return tuple((0.0,) * size for _ in range(size))
