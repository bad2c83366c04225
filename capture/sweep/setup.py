"""How camera and lens are set for a sweep, and how that is changed between two sweeps."""

from calibration.apply.profile import CalibrationProfile
from capture.camera import Adjustment, Camera
from capture.controls.rig import RigState
from capture.lens import Lens
from capture.sweep.adjusted import Adjusted, settings_of
from capture.sweep.calibrated_lens import CalibratedLens, calibrated
from capture.sweep.choose import choose_driver
from capture.sweep.driver import FocusDriver
from capture.sweep.jog import Jog
from capture.sweep.pacing import Pacing
from capture.sweep.plan import SweepConfig, SweepPlan
from capture.sweep.timed_staircase import TimesStaircase
from focstream.active.wish import FocusWishes
from focstream.clock import now_ns
from focstream.protocols import Readiness
from focstream.types import CalibrationLevel

_FRAMES_AS_BEFORE = 3  # after a change of exposure or gain: webcams take that many to follow


class SweepSetup:
    """Knows the devices of a live sweep and its plan; a change that fails leaves all as it was.

    Parameters
    ----------
    camera, lens
        As of `LiveSweep`.
    sweep
        As asked for.
    profile, readiness, wishes, level
        As of `LiveSweep`.

    Attributes
    ----------
    lens
        In true vergence, where the profile knows it.
    jog
        Holds the lens.
    rests_until_ns
        Until then the camera gives exposures that are set as before a change.
    """

    def __init__(
        self,
        camera: Camera,
        lens: Lens,
        *,
        sweep: SweepConfig,
        profile: CalibrationProfile | None,
        readiness: Readiness | None,
        wishes: FocusWishes | None,
        level: CalibrationLevel,
    ) -> None:
        self._camera, self._bare_lens = camera, lens
        self.lens = calibrated(lens, profile)
        self._sweep = sweep
        self._level = level
        self._readiness, self._wishes = readiness, wishes
        self._adjusted = Adjusted()
        self.jog = Jog(camera, self.lens)
        self._pacing: Pacing | None = None
        self.rests_until_ns = 0

    @property
    def pacing(self) -> Pacing:
        """How fast the sweeps of the open devices go."""
        if self._pacing is None:
            raise RuntimeError("the sweep is planned when its devices are open")
        return self._pacing

    @property
    def is_open(self) -> bool:
        """Whether there is a plan."""
        return self._pacing is not None

    @property
    def goes_by_stamps(self) -> bool:
        """Whether stamps say where a frame was focused, and frames come whether the sweep goes on or not."""
        timing = self._camera.info.timing
        return timing == "free" or (timing == "hardware" and not isinstance(self._bare_lens, TimesStaircase))

    @property
    def state(self) -> RigState:
        """How the open devices are set."""
        info, plan = self.lens.info, self.pacing.plan
        far_dpt, near_dpt, limited_by = info.far_dpt, info.near_dpt, "focuses"
        if isinstance(self.lens, CalibratedLens):
            low_dpt, high_dpt = self.lens.measured_dpt
            if far_dpt < low_dpt or high_dpt < near_dpt:
                limited_by = "is calibrated for"
            far_dpt = max(far_dpt, min(low_dpt, plan.far_dpt))
            near_dpt = min(near_dpt, max(high_dpt, plan.near_dpt))
        return RigState(
            camera=self._camera.info.name,
            lens=f"lens {info.name}",
            settings=settings_of(self._camera),
            plan=plan,
            far_dpt=far_dpt,
            near_dpt=near_dpt,
            limited_by=limited_by,
            unit="dpt" if info.is_metric else "",
            is_metric=self.is_metric,
            can_hold=self._camera.info.timing == "software" or self.goes_by_stamps,
            held_dpt=self.jog.held_dpt,
        )

    @property
    def is_metric(self) -> bool:
        """Whether the focus of the open lens may be called a distance."""
        return self._level != "uncalibrated" and self.lens.info.is_metric

    def open(self) -> None:
        """Set the open camera as it was before, if it was lost, and plan the sweeps."""
        self._adjusted.put_back(self._camera)
        self.rests_until_ns = 0
        self._pacing = Pacing(
            self._sweep, camera=self._camera.info, lens=self.lens.info, readiness=self._readiness
        )

    def driver(self, plan: SweepPlan) -> FocusDriver:
        """Make what moves the lens through a plan, not yet started."""
        return choose_driver(
            plan, camera=self._camera, lens=self.lens, bare_lens=self._bare_lens, wishes=self._wishes
        )

    def adjust(self, name: Adjustment, value: float) -> None:
        """Set exposure or gain, and plan anew for the camera as it is then.

        Raises
        ------
        InputError
            When the camera refuses, or the sweep cannot be made so.
        """
        before_hz = self._camera.info.frame_rate_hz
        with self._adjusted.trial(self._camera, name, value):
            pacing = self.pacing
            if self._camera.info.frame_rate_hz != before_hz:
                pacing = pacing.again(camera=self._camera.info)
            self._try(pacing.plan)
        self._pacing = pacing
        if self.goes_by_stamps:  # exposures that had begun before, or wait in the camera, are as before
            frame_s = 1 / self._camera.info.frame_rate_hz
            self.rests_until_ns = now_ns() + round(_FRAMES_AS_BEFORE * frame_s * 1e9)

    def replan(
        self, *, far_dpt: float | None = None, near_dpt: float | None = None, slots: int | None = None
    ) -> None:
        """Sweep otherwise from now on; what is None stays as it was asked for.

        Raises
        ------
        InputError
            When camera and lens cannot do it.
        """
        asked = {"far_dpt": far_dpt, "near_dpt": near_dpt, "slots": slots}
        changes = {name: value for name, value in asked.items() if value is not None}
        sweep = self._sweep.model_copy(update=changes)
        pacing = self.pacing.again(config=sweep)
        self._try(pacing.plan)
        self._pacing, self._sweep = pacing, sweep

    def hold(self, focus_dpt: float | None) -> None:
        """Hold the lens at a focus while the camera goes on; None lets it sweep again.

        Raises
        ------
        InputError
            When the lens does not go there.
        """
        self.jog.hold(focus_dpt)

    def _try(self, plan: SweepPlan) -> None:
        """Have a device that keeps its own time take a plan: only then it says whether it can."""
        driver = self.driver(plan)
        if self._camera.info.timing == "software" or self.goes_by_stamps:
            return
        try:
            driver.start()
        finally:
            driver.stop()
