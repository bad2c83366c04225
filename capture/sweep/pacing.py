"""How fast a sweep goes, so that its reader keeps up: planned at the start, and changed between sweeps."""

import dataclasses
import logging
import math

from capture.camera import CameraInfo
from capture.lens import LensInfo
from capture.sweep.plan import (
    SweepConfig,
    SweepPlan,
    most_slices_s,
    plan_sweep,
    run_out_share,
    turn_time_s,
)
from focstream.demand import Speed
from focstream.protocols import Readiness

_log = logging.getLogger(__name__)

_SLOWER, _FASTER = 0.9, 1.25
"""A sweep changes its speed when the reader has become slower or faster than that: restarts cost time."""
_WORTH_A_LINE = 1.3
_ANY_SPEED = Speed(slices_s=math.inf, most_slices_s=math.inf)


class Pacing:
    """Plans the sweeps of one camera, lens and reader.

    The range of the focus stays as it was planned first, so that depth keeps its scale. A sweep never
    becomes faster than it was planned first.

    Parameters
    ----------
    config
        The sweep as asked for.
    camera, lens
        What the open devices say of themselves.
    readiness
        Gets the estimator ready and measures it; None where nobody computes depth.
    speed
        Of the reader, where it was measured before.

    Attributes
    ----------
    plan
        As it is now.
    """

    def __init__(
        self,
        config: SweepConfig,
        *,
        camera: CameraInfo,
        lens: LensInfo,
        readiness: Readiness | None,
        speed: Speed | None = None,
    ) -> None:
        self._config, self._camera, self._lens = config, camera, lens
        shape = (camera.height_px, camera.width_px, *((3,) if camera.colour else ()))
        speed = speed or _ANY_SPEED
        if readiness is not None:
            speed = readiness.prepare(shape)
        self._speed = speed
        # Where skipping maps is enough nothing is slowed; a slowed sweep gets a map with every slice.
        with_maps = (
            most_slices_s(config, slices_s=speed.most_slices_s, frame_rate_hz=camera.frame_rate_hz) < math.inf
        )
        self.plan = self._first = plan_sweep(
            config,
            lens=lens,
            frame_rate_hz=camera.frame_rate_hz,
            slices_s=speed.slices_s if with_maps else math.inf,
        )
        self._reported_s = math.inf
        if self._is_slower_than_devices(speed.slices_s):
            self._report(speed.slices_s)
            faster = "" if readiness is None else readiness.faster(shape)
            if faster:
                _log.info("faster here, as measured: %s", faster)

    def again(self, *, config: SweepConfig | None = None, camera: CameraInfo | None = None) -> "Pacing":
        """Plan anew for another sweep or a camera that was set otherwise, and the same reader.

        Raises
        ------
        InputError
            When camera and lens cannot do it.
        """
        return Pacing(
            config or self._config,
            camera=camera or self._camera,
            lens=self._lens,
            readiness=None,
            speed=self._speed,
        )

    @property
    def is_slowed(self) -> bool:
        """Whether the sweep is slower than camera and lens, for its reader."""
        return self.plan.slices_s < math.inf

    def changed(self, slices_s: float, *, given_s: float) -> SweepPlan | None:
        """Return the plan for a reader that became slower or faster; None when it may stay as it is.

        Parameters
        ----------
        slices_s
            Slices a second that the reader takes now.
        given_s
            Slices a second that the sweep gives now.
        """
        if not math.isfinite(slices_s):
            return None
        frame_rate_hz = self._camera.frame_rate_hz
        most_hz = most_slices_s(self._config, slices_s=slices_s, frame_rate_hz=frame_rate_hz)
        is_faster = self.plan is not self._first and most_hz >= _FASTER * self.plan.slices_s
        if most_hz >= _SLOWER * given_s and not is_faster:
            return None
        self.plan = self._first if most_hz >= self._first.slices_s else self._at(most_hz)
        self._report(slices_s)
        return self.plan

    def _at(self, slices_s: float) -> SweepPlan:
        """Return a slower plan over the range of the first one, and no farther out than the lens can go."""
        first, lens = self._first, self._lens
        turn_s = turn_time_s(lens, frame_rate_hz=self._camera.frame_rate_hz, one_a_slot=True)
        room_dpt = max(min(first.far_dpt - lens.far_dpt, lens.near_dpt - first.near_dpt), first.overscan_dpt)
        rate_hz = min(first.rate_hz, slices_s)
        if self._config.overscan is None:
            fitting_hz = room_dpt / first.span_dpt * (first.slots - 1) / turn_s
            rate_hz = min(rate_hz, max(fitting_hz, rate_hz / 2))
        share = run_out_share(self._config, turn_s=turn_s, rate_hz=rate_hz)
        overscan_dpt = min(share * first.span_dpt, room_dpt)
        return dataclasses.replace(first, rate_hz=rate_hz, slices_s=slices_s, overscan_dpt=overscan_dpt)

    def _is_slower_than_devices(self, slices_s: float) -> bool:
        """Whether depth takes longer than the devices need for a slice."""
        if self._config.pace == "camera":
            return False
        if not self.plan.is_stepped:
            return self.plan.slices_s < math.inf
        return slices_s < 1 / (self._lens.settle_s + 1 / self._camera.frame_rate_hz)

    def _report(self, slices_s: float) -> None:
        """Log what a slow reader does to the sweep, in one line; not for a small change since the last."""
        if max(slices_s, self._reported_s) < _WORTH_A_LINE * min(slices_s, self._reported_s):
            return
        self._reported_s = slices_s
        plan = self.plan
        taken_s = slices_s if plan.is_stepped else min(plan.rate_hz, slices_s)
        sweeps_s = taken_s / plan.slots
        _log.info(
            "this computer takes %.3g slices/s at %d × %d: sweeps of %d slots at %.2g/s (--sweep.pace)",
            *(slices_s, self._camera.width_px, self._camera.height_px, plan.slots, sweeps_s),
        )
