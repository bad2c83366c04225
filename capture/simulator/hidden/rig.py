"""A simulated camera and lens that report nothing of themselves, with the truth for the judge."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from capture.simulator.camera.camera import SimulatedCamera
from capture.simulator.camera.settings import CameraSettings
from capture.simulator.config import TargetFault
from capture.simulator.hidden.exact_light import ExactLight, MovingLight, ShadedLight, vignette
from capture.simulator.hidden.lens import HiddenLens
from capture.simulator.hidden.truth import HiddenTruth
from capture.simulator.hidden.virtual_clock import Clock, VirtualClock
from capture.simulator.optics.focus_volume import LightOverFocus, prerender
from capture.simulator.optics.surface import FloatImage, Scene, float_image
from capture.simulator.scenes.kinds import make_scene
from capture.simulator.scenes.targets import Pose, board, field_vergence, intrinsics_of, wall

_GRID_STEP_PX = 0.5  # a coarser grid, interpolated linearly, bends the focus curves by more than sigma


class HiddenRig:
    """One lens, one clock, and a camera for every target that is put before it.

    Parameters
    ----------
    truth
        What is to be found.
    size_px
        Width and height of the pictures.
    settings
        Rate and noise; the breathing is the truth's.
    clock
        What camera and lens run by; by default one that waits for nothing.
    fault
        What is wrong with the targets.
    """

    def __init__(
        self,
        truth: HiddenTruth,
        *,
        size_px: tuple[int, int] = (480, 360),
        settings: CameraSettings | None = None,
        clock: Clock | None = None,
        fault: TargetFault | None = None,
    ) -> None:
        self.truth = truth
        self.clock = clock or VirtualClock()
        self._fault = fault
        self.lens = HiddenLens(truth, clock=self.clock)
        self.size_px = size_px
        self._settings = settings or CameraSettings()
        self.intrinsics = intrinsics_of(truth.optics, size_px=size_px, centre_px=truth.centre_px)

    def at_wall(self, vergence_dpt: float, *, seed: int | None = 0) -> SimulatedCamera:
        """Camera before a wall; `seed` of its texture, None for plain white."""
        margin_px = self._margin_px(vergence_dpt)
        scene = wall(
            size_px=self.size_px,
            margin_px=margin_px,
            vergence_dpt=self._field(vergence_dpt, margin_px=margin_px),
            intrinsics=self.intrinsics,
            seed=None if self._fault == "plain" else seed,
        )
        return self._camera(scene, light=self._target(scene))

    def at_scene(self, kind: str, seed: int, *, far_dpt: float, near_dpt: float) -> SimulatedCamera:
        """Camera before a scene of `capture.simulator.scenes.kinds`, whose truth it knows.

        The truth is that of the pinhole where the breathing magnifies by 1.
        """
        width_px, height_px = self.size_px
        bend_dpt = abs(self.truth.curvature_dpt) + sum(abs(tilt) for tilt in self.truth.tilt_dpt)
        margin_px = max(self._margin_px(end) for end in (far_dpt - bend_dpt, near_dpt + bend_dpt))
        scene = make_scene(
            kind,
            seed,
            width_px=width_px,
            height_px=height_px,
            far_dpt=far_dpt,
            near_dpt=near_dpt,
            optics=self.truth.optics,
            margin_px=margin_px,
        )
        bend = self._field(0.0, margin_px=margin_px)
        bent = tuple(
            replace(surface, vergence_dpt=float_image(surface.vergence_dpt + bend))
            for surface in scene.surfaces
        )
        lowest_dpt, highest_dpt = self.truth.widened_dpt
        volume = prerender(
            replace(scene, surfaces=bent, intrinsics=self.intrinsics),
            optics=self.truth.optics,
            far_dpt=lowest_dpt,
            near_dpt=highest_dpt,
            grid_step_px=_GRID_STEP_PX,
            breathing=self.truth.breathing,
        )
        return self._camera(
            replace(scene, intrinsics=self.intrinsics),
            light=ShadedLight(volume, vignette(scene.image_shape, self.truth.vignetting)),
        )

    def at_board(self, picture: NDArray[np.uint8], *, width_m: float, pose: Pose) -> SimulatedCamera:
        """Camera before a printed board."""
        scene = board(
            np.full_like(picture, 255) if self._fault == "plain" else picture,
            width_m=width_m,
            pose=pose,
            size_px=self.size_px,
            margin_px=self._margin_px(1.0 / pose.z_m),
            intrinsics=self.intrinsics,
        )
        return self._camera(scene, light=self._target(scene))

    def _target(self, scene: Scene) -> LightOverFocus:
        light = ExactLight(scene, self.truth)
        return MovingLight(light, clock=self.clock) if self._fault == "moving" else light

    def _field(self, vergence_dpt: float, *, margin_px: int) -> FloatImage:
        return field_vergence(
            vergence_dpt,
            size_px=self.size_px,
            margin_px=margin_px,
            curvature_dpt=self.truth.curvature_dpt,
            tilt_dpt=self.truth.tilt_dpt,
        )

    def _camera(self, scene: Scene, *, light: LightOverFocus) -> SimulatedCamera:
        return SimulatedCamera(
            self.lens.inside,
            scene=scene,
            optics=self.truth.optics,
            settings=self._settings,
            volume=light,
            clock=self.clock.now_ns,
            sleep=self.clock.sleep,
        )

    def _margin_px(self, vergence_dpt: float) -> int:
        far_dpt, near_dpt = self.truth.widened_dpt
        farthest_dpt = max(near_dpt - vergence_dpt, vergence_dpt - far_dpt) + 1.5
        halo_px = self.truth.breathing.halo_px(self.size_px, limits_dpt=(far_dpt, near_dpt))
        return math.ceil(farthest_dpt * self.truth.optics.blur_px_per_dpt / 2.0) + halo_px + 10
