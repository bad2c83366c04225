"""A camera and a lens joined by a sweep plan: the live source of focal slices."""

import dataclasses
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from calibration.apply.profile import CalibrationProfile, Device
from capture.camera import Camera, CameraFrame
from capture.lens import Lens, OwnFocus
from capture.sweep.calibrated_lens import calibrated
from capture.sweep.choose import choose_driver
from capture.sweep.driver import FocusDriver, Placement
from capture.sweep.plan import SweepConfig, SweepPlan, plan_sweep
from focstream.depth_update import FloatMap
from focstream.protocols import SliceSource
from focstream.types import CalibrationLevel, FocalSlice, FocusScale, SliceTag


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
    ) -> None:
        self._camera = camera
        self._bare_lens = lens
        self._lens = calibrated(lens, profile)
        self._sweep = sweep
        self._level = profile.level if profile is not None and profile.focus is not None else level
        self._profile = profile
        self._truth_vergence_dpt = truth_vergence_dpt
        self._name = label
        self._open = ExitStack()
        self._scale: FocusScale | None = None
        self._metric = False
        self._driver: FocusDriver | None = None

    @property
    def name(self) -> str:
        """Camera and lens."""
        return self._name

    @property
    def free_running(self) -> bool:
        """True but for a camera that waits for its trigger, which is known once it is open."""
        return self._driver is None or self._camera.info.timing != "software"

    @property
    def truth_coordinate(self) -> FloatMap | None:
        """(H, W) true sweep coordinate of a simulated scene, known once open."""
        if self._truth_vergence_dpt is None or self._scale is None:
            return None
        return self._scale.to_coordinate(self._truth_vergence_dpt)

    def read(self, timeout_s: float) -> FocalSlice | None:
        """Wait for the next frame and tag it with its focus."""
        if self._driver is None:
            raise RuntimeError("LiveSweep.read() before entering it")
        self._driver.prepare(timeout_s)
        frame = self._camera.read(timeout_s)
        if frame is None:
            return None
        frame = self._understood(frame)
        return self._tagged(frame, self._driver.place(frame))

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(self._camera)
            opening.enter_context(self._lens)
            self._check_profile()
            frame_rate_hz = self._camera.info.frame_rate_hz
            plan = plan_sweep(self._sweep, lens=self._lens.info, frame_rate_hz=frame_rate_hz)
            self._metric = self._level != "uncalibrated" and self._lens.info.is_metric
            self._scale = self._focus_scale(plan)
            self._driver = choose_driver(
                plan, camera=self._camera, lens=self._lens, bare_lens=self._bare_lens
            )
            opening.callback(self._driver.stop)
            self._driver.start()
            self._name = f"{self._camera.info.name} with lens {self._lens.info.name}"
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

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
        return f"lens:{self._lens.info.name}"

    def _check_profile(self) -> None:
        if self._profile is not None:
            info = self._camera.info
            self._profile.require(
                Device(
                    camera=info.name,
                    lens=self._lens.info.name,
                    width_px=info.width_px,
                    height_px=info.height_px,
                )
            )

    def _understood(self, frame: CameraFrame) -> CameraFrame:
        """Take the camera's word on its focus for this lens, where it is about this lens at all."""
        if frame.focus_dpt is None:
            return frame
        lens = self._lens
        focus_dpt = lens.told_dpt(frame.focus_dpt) if isinstance(lens, OwnFocus) else None
        return dataclasses.replace(frame, focus_dpt=focus_dpt)

    def _row_span(self, placement: Placement, scale: FocusScale) -> float:
        """Sweep coordinate from the first to the last row: D(row) = D_mid + v·t_row·(row − H/2)."""
        return (placement.speed_dpt_s or 0.0) * self._camera.info.readout_s / scale.span_dpt

    def _tagged(self, frame: CameraFrame, placement: Placement) -> FocalSlice:
        scale = self._scale
        assert scale is not None
        return FocalSlice(
            image=frame.image,
            scale=scale if self._metric else None,
            intrinsics=self._camera.info.intrinsics,
            tag=SliceTag(
                sweep_id=placement.sweep_id,
                slot=placement.slot,
                frame_id=frame.frame_id,
                sweep_coordinate=scale.to_coordinate(placement.focus_dpt),
                focus_dpt=placement.focus_dpt if self._lens.info.is_metric else None,
                focus_dpt_commanded=placement.commanded_dpt if self._lens.info.is_metric else None,
                exposure_mid_ns=frame.exposure_mid_ns,
                clock=frame.clock,
                direction=placement.direction,
                focus_speed_dpt_s=placement.speed_dpt_s if self._lens.info.is_metric else None,
                row_span=self._row_span(placement, scale),
                settling=placement.settling,
                last_in_sweep=placement.last_in_sweep,
                temperature_c=self._lens.temperature_c(),
            ),
        )
