"""Who moves the focus through a sweep: what camera and lens can do decides."""

from capture.camera import Camera, SoftwareTrigger
from capture.lens import Lens
from capture.sweep.driver import FocusDriver
from capture.sweep.plan import SweepPlan
from capture.sweep.ramp import Ramp
from capture.sweep.route import ActiveRoute, UniformRoute
from capture.sweep.sequence import Sequence, SequencingCamera
from capture.sweep.staircase import Staircase
from capture.sweep.timed_staircase import TimedStaircase, TimesStaircase
from focstream.active.wish import FocusWishes
from focstream.types import InputError

_PATIENCE_S = 0.05  # for the answer to a trigger, beyond what the camera needs


def choose_driver(
    plan: SweepPlan, *, camera: Camera, lens: Lens, bare_lens: Lens, wishes: FocusWishes | None = None
) -> FocusDriver:
    """Make what moves the focus of an open camera, not yet started.

    Parameters
    ----------
    plan, camera, lens
        What to do, with what.
    bare_lens
        The lens without its calibration; the same where there is none. A device that steps by itself knows
        nothing of a calibration.
    wishes
        Where an active sweep is to go.

    Raises
    ------
    InputError
        When camera and lens cannot do it.
    """
    info, is_mapped = camera.info, lens is not bare_lens
    if info.timing == "sequencer":
        if not isinstance(camera, SequencingCamera):
            raise InputError(f"{info.name} has no sequencer; use --genicam.timing software or free")
        _check_alone(plan, "sequencer", name=info.name, is_mapped=is_mapped)
        return Sequence(plan, camera=camera, lens=lens.info, rate_hz=info.frame_rate_hz)
    if info.timing == "hardware" and isinstance(bare_lens, TimesStaircase):
        _check_alone(plan, "generator", name=lens.info.name, is_mapped=is_mapped)
        return TimedStaircase(plan, lens=bare_lens, info=lens.info, frame_rate_hz=info.frame_rate_hz)
    if not plan.is_stepped:
        return Ramp(plan, lens=lens, frame_rate_hz=info.frame_rate_hz)
    return Staircase(
        plan,
        route=_route(plan, wishes),
        lens=lens,
        stamp_late_s=info.stamp_late_s,
        trigger=camera.trigger if info.timing == "software" and isinstance(camera, SoftwareTrigger) else None,
        patience_s=_PATIENCE_S + 2 / info.frame_rate_hz,
        waits=plan.waits,
    )


def _route(plan: SweepPlan, wishes: FocusWishes | None) -> UniformRoute | ActiveRoute:
    if plan.waveform != "active":
        return UniformRoute(plan)
    if wishes is None:
        raise InputError(
            "--sweep.waveform active goes where depth is unsure, but nobody computes depth here: "
            "use python run_pipeline.py"
        )
    return ActiveRoute(plan, wishes=wishes)


def _check_alone(plan: SweepPlan, what: str, *, name: str, is_mapped: bool) -> None:
    """Refuse what a device that steps by itself cannot do."""
    if is_mapped:
        raise InputError(f"{name}: its {what} takes no --profile; choose --genicam.timing software or free")
    if plan.waveform != "staircase":
        raise InputError(f"{name}: its {what} does a staircase; leave --sweep.waveform out")
