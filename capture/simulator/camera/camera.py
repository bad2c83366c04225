"""A simulated camera that keeps its own pace, as hardware does."""

import dataclasses
import itertools
import time
from collections.abc import Callable
from typing import Self

import numpy as np

from capture.camera import Adjustment, CameraFrame, CameraInfo, CameraSetting
from capture.simulator.camera.frame_schedule import FrameSchedule
from capture.simulator.camera.sensor import Sensor
from capture.simulator.camera.settings import CameraSettings
from capture.simulator.camera.trigger_line import TriggeredExposure, TriggerLine
from capture.simulator.lens.lens import SimulatedLens
from capture.simulator.optics.focus_volume import FocusVolume, LightOverFocus, prerender
from capture.simulator.optics.numbers import Optics
from capture.simulator.optics.surface import FloatImage, Scene
from focstream.clock import now_ns
from focstream.types import Intrinsics

_NS = 1e-9
_SHORTEST_S = 1e-5
_MOST_GAIN_DB = 24.0
_BANDS = 32  # of rows under a rolling shutter


class SimulatedCamera:
    """A `Camera` that looks at a scene through a simulated lens; free-running, or triggered by pulses.

    There is no thread: the times of all exposures are known beforehand, so only frames that somebody reads
    are made, each with the focus that the lens had in the middle of its exposure. A reader that is too slow
    finds gaps in `frame_id`.

    Parameters
    ----------
    lens
        Sets the focus.
    scene
        What it looks at.
    optics
        Lens and sensor.
    settings
        Rate, exposure, noise and faults.
    volume
        The scene, rendered beforehand over the range of the lens; rendered on entering by default.
    clock, sleep
        Host clock in nanoseconds, and how to wait some seconds.

    Attributes
    ----------
    trigger_line
        Where the pulses arrive, with the timing "hardware".
    """

    def __init__(
        self,
        lens: SimulatedLens,
        *,
        scene: Scene,
        optics: Optics | None = None,
        settings: CameraSettings | None = None,
        volume: LightOverFocus | None = None,
        clock: Callable[[], int] = now_ns,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._lens = lens
        self._scene = scene
        self._optics = optics or Optics()
        self._settings = settings or CameraSettings()
        self._volume = volume
        self._clock, self._sleep = clock, sleep
        self._sensor = Sensor(
            self._settings.sensor,
            shape=(*scene.image_shape, *scene.surfaces[0].radiance.shape[2:]),
            seed=self._settings.seed,
            noise=self._settings.noise,
        )
        self._exposure_s, self._gain_db = self._settings.exposure_s, 0.0
        self._schedule: FrameSchedule | None = None
        self._next_frame = 0
        self._begun: TriggeredExposure | None = None
        self._made: CameraFrame | None = None
        self.trigger_line = TriggerLine(
            period_s=1 / self._settings.frame_rate_hz, buffers=self._settings.buffers
        )

    @property
    def info(self) -> CameraInfo:
        """What the camera reports about itself."""
        height_px, width_px = self._scene.image_shape
        return CameraInfo(
            name="sim",
            width_px=width_px,
            height_px=height_px,
            colour=self._scene.surfaces[0].radiance.ndim == 3,
            frame_rate_hz=self._settings.frame_rate_hz,
            intrinsics=self._scene.intrinsics,
            timing=self._settings.timing,
            readout_s=self._settings.rolling_s,
        )

    @property
    def settings(self) -> tuple[CameraSetting, ...]:
        """Exposure up to the period of its frames, and an amplifier."""
        period_s = 1 / self._settings.frame_rate_hz
        return (
            CameraSetting(
                name="exposure",
                value=self._exposure_s,
                lowest=min(_SHORTEST_S, self._settings.exposure_s),
                highest=period_s,
                unit="s",
            ),
            CameraSetting(name="gain", value=self._gain_db, lowest=0.0, highest=_MOST_GAIN_DB, unit="dB"),
        )

    def adjust(self, name: Adjustment, value: float) -> None:
        """Set exposure (seconds) or gain (dB) of the frames that are made from now on."""
        if name == "exposure":
            self._exposure_s = value
        else:
            self._gain_db = value
        light = self._exposure_s / self._settings.exposure_s
        self._sensor.set_model(self._settings.sensor.adjusted(light=light, gain_db=self._gain_db))
        self._made = None
        if self._schedule is not None:
            self._schedule = dataclasses.replace(self._schedule, exposure_s=self._exposure_s)

    @property
    def truth_vergence_dpt(self) -> FloatImage:
        """(H, W) float32 true vergence, NaN where there is nothing."""
        return self._scene.truth_vergence_dpt

    @property
    def intrinsics(self) -> Intrinsics:
        """Intrinsics of its images."""
        return self._scene.intrinsics

    def read(self, timeout_s: float) -> CameraFrame | None:
        """Return the oldest frame not read yet that still waits; None when none came in time."""
        if self._schedule is None or self._volume is None:
            raise RuntimeError("SimulatedCamera.read() before entering it")
        deadline_ns = self._clock() + round(timeout_s / _NS)
        if self._settings.timing == "hardware":
            return self._triggered(deadline_ns, schedule=self._schedule, volume=self._volume)
        while True:
            now = self._clock()
            frame_id = self._schedule.next_frame(self._next_frame, now_ns=now)
            finished_ns = self._schedule.finished_ns(frame_id)
            mid_ns = self._schedule.exposure_mid_ns(frame_id)
            if finished_ns <= now:
                break
            if finished_ns > deadline_ns and now >= deadline_ns:
                return None
            if (seen_ns := self._seen_ns(mid_ns)) <= now and not self._has_made(frame_id):
                self._made = self._frame(frame_id, first_row_mid_ns=mid_ns, volume=self._volume)
                continue
            self._sleep((min(seen_ns if now < seen_ns else finished_ns, deadline_ns) - now) * _NS)
        self._next_frame = frame_id + 1
        return self._finished(frame_id, mid_ns=mid_ns, volume=self._volume)

    def __enter__(self) -> Self:
        if self._volume is None:
            self._volume = self._prerendered()
        self._next_frame = 0
        self._made = None
        self._schedule = FrameSchedule(
            start_ns=self._clock(),
            frame_rate_hz=self._settings.frame_rate_hz,
            exposure_s=self._exposure_s,
            readout_s=self._settings.readout_s + self._settings.rolling_s,
            buffers=self._settings.buffers,
            drop_every_n=self._settings.drop_every_n,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._schedule = None

    def _triggered(
        self, deadline_ns: int, *, schedule: FrameSchedule, volume: LightOverFocus
    ) -> CameraFrame | None:
        """Frame of the next pulse on the line."""
        while True:
            begun = self._begun or self.trigger_line.next(max(deadline_ns - self._clock(), 0) * _NS)
            if begun is None:
                return None
            finished_ns, now = schedule.finished_after_ns(begun.start_ns), self._clock()
            if finished_ns > max(now, deadline_ns):
                self._begun = begun
                self._sleep(max(deadline_ns - now, 0) * _NS)
                return None
            self._begun = None
            lost = schedule.loses(begun.frame_id)
            mid_ns = begun.start_ns + round(self._exposure_s / 2 / _NS)
            self._sleep(max(self._seen_ns(mid_ns) - now, 0) * _NS)
            if not lost:
                self._made = self._frame(begun.frame_id, first_row_mid_ns=mid_ns, volume=volume)
            self._sleep(max(finished_ns - self._clock(), 0) * _NS)
            if not lost:
                return self._finished(begun.frame_id, mid_ns=mid_ns, volume=volume)

    def _seen_ns(self, first_row_mid_ns: int) -> int:
        """When all is known that a frame shows: it is made then, while a sensor would be read out.

        What the simulation takes is not to be taken for a camera's delay.
        """
        return first_row_mid_ns + round(self._settings.rolling_s / _NS)

    def _has_made(self, frame_id: int) -> bool:
        return self._made is not None and self._made.frame_id == frame_id

    def _finished(self, frame_id: int, *, mid_ns: int, volume: LightOverFocus) -> CameraFrame:
        """Frame that was made ahead; one that nobody waited for is made now."""
        made, self._made = self._made, None
        if made is not None and made.frame_id == frame_id:
            return made
        return self._frame(frame_id, first_row_mid_ns=mid_ns, volume=volume)

    def _frame(self, frame_id: int, *, first_row_mid_ns: int, volume: LightOverFocus) -> CameraFrame:
        rolling_ns = round(self._settings.rolling_s / _NS)
        mid_ns = first_row_mid_ns + rolling_ns // 2
        if rolling_ns:
            light = self._rolling(volume, mid_ns=mid_ns, rolling_ns=rolling_ns)
        else:
            light = volume.at(self._lens.position_dpt(mid_ns))
        return CameraFrame(
            image=self._sensor.expose(light, frame_id=frame_id),
            frame_id=frame_id,
            exposure_mid_ns=mid_ns,
            exposure_s=self._exposure_s,
            clock="device",
        )

    def _rolling(self, volume: LightOverFocus, *, mid_ns: int, rolling_ns: int) -> FloatImage:
        """Picture whose rows were exposed one after the other, in bands that are sharp at one focus each."""
        height_px, _ = self._scene.image_shape
        edges = np.linspace(0, height_px, min(_BANDS, height_px) + 1).astype(int)
        bands = []
        for top, bottom in itertools.pairwise(edges):
            share = (top + bottom - height_px) / 2 / height_px
            focus_dpt = self._lens.position_dpt(mid_ns + round(share * rolling_ns))
            bands.append(volume.at(focus_dpt)[top:bottom])
        return np.concatenate(bands)

    def _prerendered(self) -> FocusVolume:
        return prerender(
            self._scene,
            optics=self._optics,
            far_dpt=self._lens.info.far_dpt,
            near_dpt=self._lens.info.near_dpt,
            breathing=self._settings.breathing,
        )
