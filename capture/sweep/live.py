"""A camera and a lens joined by a sweep plan: the live source of focal slices."""

import dataclasses
import logging
import math
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from calibration.apply.profile import CalibrationProfile, Device
from capture.camera import Camera, CameraFrame
from capture.controls.rig import Rig
from capture.lens import Lens, OwnFocus
from capture.sweep.driver import FocusDriver, PlaceLostError, Placement
from capture.sweep.numbering import Numbering
from capture.sweep.plan import SweepConfig, SweepPlan
from capture.sweep.setup import SweepSetup
from focstream.active.wish import FocusWishes
from focstream.clock import now_ns
from focstream.demand import Demand
from focstream.depth_update import FloatMap
from focstream.protocols import Readiness, SliceSource
from focstream.types import CalibrationLevel, DeviceLostError, FocalSlice, FocusScale, SliceTag

_log = logging.getLogger(__name__)

_BEHIND = 2  # slices that wait at the end of a slowed sweep: the next one waits for the reader
_MOST_WAITING = 64
_POLL_S = 0.002
_BROKEN_OFF = 8  # sweeps in a row: it will not get better by itself


class LiveSweep(SliceSource):
    """A `SliceSource` over a camera and a lens that sweeps.

    Parameters
    ----------
    camera, lens
        Not yet open; opened and closed here.
    sweep
        What to do with them.
    level
        How far the lens' word on its focus may be trusted; "uncalibrated" makes no metres of it.
    truth_vergence_dpt
        (H, W) float32 true vergence, for simulated cameras.
    label
        What to call it before it is open; devices have names only then.
    profile
        What a calibration found out; it must be of this very camera and lens.
    readiness
        Gets the estimator ready for the camera's images before the first exposure, and measures it.
    wishes
        Where an active sweep is to go.
    rig
        By which other threads have camera and sweep changed, between two sweeps.
    """

    def __init__(
        self,
        camera: Camera,
        lens: Lens,
        *,
        sweep: SweepConfig,
        level: CalibrationLevel,
        truth_vergence_dpt: FloatMap | None = None,
        label: str = "camera and lens",
        profile: CalibrationProfile | None = None,
        readiness: Readiness | None = None,
        wishes: FocusWishes | None = None,
        rig: Rig | None = None,
    ) -> None:
        self._camera = camera
        self._level = profile.level if profile is not None and profile.focus is not None else level
        self._setup = SweepSetup(
            camera,
            lens,
            sweep=sweep,
            profile=profile,
            readiness=readiness,
            wishes=wishes,
            level=self._level,
        )
        self._rig, self._is_changed = rig or Rig(), rig is not None
        self._profile = profile
        self._truth_vergence_dpt = truth_vergence_dpt
        self._name = label
        self._open = ExitStack()
        self._scale: FocusScale | None = None
        self._driver: FocusDriver | None = None
        self._demand = Demand()
        self._started_ns = 0
        self._count = Numbering()
        self._is_between = False
        self._broken_off = 0
        self._broken_off_logged = False
        self._heeds_ids = True
        self._is_held = False

    @property
    def name(self) -> str:
        """Camera and lens."""
        return self._name

    @property
    def free_running(self) -> bool:
        """True but for a sweep that waits for its reader, which is known once it is open."""
        return self._driver is None or not self._driver.can_wait

    @property
    def truth_vergence_dpt(self) -> FloatMap | None:
        """(H, W) true vergence of a simulated scene."""
        return self._truth_vergence_dpt

    @property
    def wants_room(self) -> int:
        """Slices of a whole sweep, where it is slowed and can stop only at its end."""
        if self._driver is None or self._driver.can_wait:
            return 0
        pacing = self._setup.pacing
        return min(pacing.plan.slots, _MOST_WAITING) if pacing.is_slowed else 0

    def pace(self, demand: Demand) -> None:
        """Take note of what the reader can take."""
        self._demand = demand

    def read(self, timeout_s: float) -> FocalSlice | None:
        """Wait for the next frame and tag it with its focus; None also for a frame that nobody needs."""
        if self._driver is None:
            raise RuntimeError("LiveSweep.read() before entering it")
        if self._is_held:
            self._is_held = self._clock_is_in_doubt(timeout_s)
            return None
        if self._is_between and not self._goes_on(timeout_s):
            return self._looked_at(timeout_s)
        room = self._demand.room
        if not self._driver.prepare(timeout_s, room=room):
            return None
        frame = self._next_frame(timeout_s)
        if frame is None:
            return None
        placement = None
        try:
            placement = self._place(frame, self._driver, room=room)
        except PlaceLostError as error:
            self._break_off(error, frame)
        if placement is not None and self._rig.is_asked and self._count.begins_sweep(placement):
            self._end_sweep()
            return None
        if placement is None:
            self._count.passed += 1
            return None
        focal_slice = self._tagged(frame, placement)
        if placement.last_in_sweep and not self._driver.can_wait:
            self._keep_pace()
        return focal_slice

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(self._camera)
            opening.enter_context(self._setup.lens)
            opening.callback(self._rig.closed)
            self._check_profile()
            self._count, self._started_ns = Numbering(), 0
            self._broken_off, self._heeds_ids = 0, True
            self._is_held = self._is_between = False
            self._setup.open()
            opening.callback(self._stop)
            self._start(self._setup.pacing.plan)
            if (held_dpt := self._setup.jog.held_dpt) is not None:  # as before it was lost
                self._end_sweep()
                self._setup.hold(held_dpt)
            self._name = f"{self._camera.info.name} with lens {self._setup.lens.info.name}"
            if self._is_changed:  # else nobody asks the camera what it can
                self._rig.opened(self._setup.state)
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def _start(self, plan: SweepPlan) -> None:
        """Set a sweep going, which may have another range than the one before."""
        self._scale = self._focus_scale(plan)
        self._driver = self._setup.driver(plan)
        self._driver.start()

    def _stop(self) -> None:
        if self._driver is not None:
            self._driver.stop()

    def _next_frame(self, timeout_s: float) -> CameraFrame | None:
        """Return the next frame whose focus can be known; the others are gaps in the frame ids."""
        frame = self._camera.read(timeout_s)
        if frame is None or not self._setup.goes_by_stamps:
            return None if frame is None else self._understood(frame)
        if self._is_untimed(frame):
            self._hold()
        is_late = frame.doubt == "late" and not self._is_moving
        return None if self._is_held or is_late else self._understood(frame)

    @property
    def _is_moving(self) -> bool:
        return self._setup.is_open and not self._setup.pacing.plan.is_stepped

    def _is_untimed(self, frame: CameraFrame) -> bool:
        """Whether it takes more frames until it is known when they are taken."""
        is_unknown = self._is_moving and frame.focus_dpt is None and math.isinf(frame.unsure_s)
        return frame.doubt == "clock" or is_unknown

    def _clock_is_in_doubt(self, timeout_s: float) -> bool:
        """Read on, until the camera's clock can be trusted."""
        frame = self._camera.read(timeout_s)
        self._count.held_back += 0 if frame is None else 1
        return frame is None or self._is_untimed(frame)

    def _place(self, frame: CameraFrame, driver: FocusDriver, *, room: bool) -> Placement | None:
        if frame.count_began_anew and self._heeds_ids:
            raise PlaceLostError("the frame ids of the camera fell back or jumped")
        if frame.exposure_mid_ns < self._started_ns:
            return None
        return driver.place(frame, room=room)

    def _break_off(self, error: PlaceLostError, frame: CameraFrame) -> None:
        """End the sweep in hand as it is, and begin another one."""
        name = self._camera.info.name
        if self._broken_off >= _BROKEN_OFF and frame.count_began_anew and self._heeds_ids:
            self._heeds_ids = False
            _log.warning("%s: %s again and again: images that are lost there are not seen", name, error)
            return
        if self._broken_off >= _BROKEN_OFF:
            raise DeviceLostError(
                f"{name}: {self._broken_off} sweeps in a row were broken off, because "
                f"{error}; choose another timing (--genicam.timing software), or a slower or shorter sweep"
            ) from error
        _log.log(
            logging.DEBUG if self._broken_off_logged else logging.WARNING,
            "%s: %s; sweep %d is broken off and the next one begins",
            *(name, error, max(self._count.sweep_id, 0)),
        )
        self._broken_off += 1
        self._broken_off_logged = True
        self._end_sweep()

    def _hold(self) -> None:
        """End the sweep in hand as it is; the next one begins when the camera's clock can be trusted."""
        self._is_held = True
        self._count.held_back += 1
        self._end_sweep()

    def _end_sweep(self) -> None:
        self._stop()
        self._count.end_sweep()
        self._is_between = True

    def _keep_pace(self) -> None:
        """Between two sweeps: wait for a reader that is behind, and go on as fast as it is now."""
        assert self._driver is not None
        pacing = self._setup.pacing
        plan = pacing.changed(self._demand.slices_s, given_s=self._driver.slices_s)
        is_behind = pacing.is_slowed and self._demand.queued >= _BEHIND
        if plan is not None or is_behind:
            self._end_sweep()

    def _goes_on(self, timeout_s: float) -> bool:
        """Begin the next sweep, unless the reader still has slices of the one before, or the camera has."""
        if self._rig.is_asked:
            self._count.rested = True
            self._rig.carry_out(self._setup)
        if self._setup.jog.held_dpt is not None:
            return False
        if self._setup.pacing.is_slowed and self._demand.queued > 0:
            time.sleep(min(_POLL_S, timeout_s))
            return False
        if now_ns() < self._setup.rests_until_ns:
            self._camera.read(timeout_s)
            return False
        self._is_between, self._count.frame_shift = False, None
        self._started_ns = now_ns()  # frames from before belong to neither sweep
        self._start(self._setup.pacing.plan)
        return True

    def _looked_at(self, timeout_s: float) -> FocalSlice | None:
        """Return a picture of the lens at the focus where it is held; None where it is not."""
        held_dpt, scale = self._setup.jog.held_dpt, self._scale
        frame = None if held_dpt is None else self._setup.jog.read(timeout_s)
        if held_dpt is None or frame is None or scale is None:
            return None
        focus_dpt = held_dpt if self._setup.lens.info.is_metric else None
        return FocalSlice(
            image=frame.image,
            scale=scale if self._setup.is_metric else None,
            intrinsics=self._camera.info.intrinsics,
            tag=SliceTag(
                sweep_id=max(self._count.sweep_id, 0),
                slot=0,
                frame_id=self._count.take_held(),
                sweep_coordinate=scale.to_coordinate(held_dpt),
                focus_dpt=focus_dpt,
                focus_dpt_commanded=focus_dpt,
                exposure_mid_ns=frame.exposure_mid_ns,
                clock=frame.clock,
                temperature_c=self._setup.lens.temperature_c(),
                held=True,
            ),
        )

    def _focus_scale(self, plan: SweepPlan) -> FocusScale:
        return FocusScale(
            far_dpt=plan.far_dpt,
            near_dpt=plan.near_dpt,
            level=self._level,
            calibration_id=self._calibration_id(),
        )

    def _calibration_id(self) -> str:
        if self._profile is not None and self._profile.focus is not None:
            return self._profile.calibration_id
        return f"lens:{self._setup.lens.info.name}"

    def _check_profile(self) -> None:
        if self._profile is not None:
            info = self._camera.info
            self._profile.require(
                Device(
                    camera=info.name,
                    lens=self._setup.lens.info.name,
                    width_px=info.width_px,
                    height_px=info.height_px,
                )
            )

    def _understood(self, frame: CameraFrame) -> CameraFrame:
        """Take the camera's word on its focus for this lens, where it is about this lens at all."""
        if frame.focus_dpt is None:
            return frame
        lens = self._setup.lens
        focus_dpt = lens.told_dpt(frame.focus_dpt) if isinstance(lens, OwnFocus) else None
        return dataclasses.replace(frame, focus_dpt=focus_dpt)

    def _row_span(self, placement: Placement, scale: FocusScale) -> float:
        """Sweep coordinate from the first to the last row: D(row) = D_mid + v·t_row·(row − H/2)."""
        return (placement.speed_dpt_s or 0.0) * self._camera.info.readout_s / scale.span_dpt

    def _tagged(self, frame: CameraFrame, placement: Placement) -> FocalSlice:
        scale = self._scale
        assert scale is not None
        passed = self._count.take(frame, placement)
        self._broken_off = 0 if placement.last_in_sweep else self._broken_off
        return FocalSlice(
            image=frame.image,
            scale=scale if self._setup.is_metric else None,
            intrinsics=self._camera.info.intrinsics,
            tag=SliceTag(
                sweep_id=self._count.sweep_id,
                slot=placement.slot,
                frame_id=self._count.frame_id,
                sweep_coordinate=scale.to_coordinate(placement.focus_dpt),
                focus_dpt=placement.focus_dpt if self._setup.lens.info.is_metric else None,
                focus_dpt_commanded=placement.commanded_dpt if self._setup.lens.info.is_metric else None,
                exposure_mid_ns=frame.exposure_mid_ns,
                clock=frame.clock,
                direction=placement.direction,
                focus_speed_dpt_s=placement.speed_dpt_s if self._setup.lens.info.is_metric else None,
                row_span=self._row_span(placement, scale),
                settling=placement.settling,
                last_in_sweep=placement.last_in_sweep,
                temperature_c=self._setup.lens.temperature_c(),
                slots=placement.slots,
                passed=passed,
                number=placement.number,
                active=placement.active,
            ),
        )
