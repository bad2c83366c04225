"""Where targets are put before the camera: by hand, or by the simulator."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Protocol, Self

import numpy as np

from calibration.apply.profile import Device
from calibration.measure.fits.board import Board
from calibration.measure.live.station import Station
from capture.camera import Camera
from capture.lens import Lens
from capture.simulator.camera.camera import SimulatedCamera
from capture.simulator.hidden.rig import HiddenRig
from capture.simulator.scenes.targets import Pose
from focstream.clock import now_ns
from focstream.types import InputError

_SQUARE_PX = 24


class Stage(Protocol):
    """Puts targets before one camera and lens. A context manager."""

    @property
    def device(self) -> Device:
        """What is being calibrated, once open."""
        ...

    def wall(self, vergence_dpt: float | None, *, textured: bool = True) -> AbstractContextManager[Station]:
        """Upright flat target that fills the picture, at a vergence, or anywhere."""
        ...

    def board(
        self, board: Board, *, view: int | None, vergence_dpt: float
    ) -> AbstractContextManager[Station]:
        """Board about a vergence, turned differently in every view; without a view upright."""
        ...


class SimulatedStage:
    """A `Stage` before a simulated rig, which has a clock of its own and needs no waiting."""

    def __init__(self, rig: HiddenRig) -> None:
        self.rig = rig

    @property
    def device(self) -> Device:
        """Camera and lens of the rig."""
        width_px, height_px = self.rig.size_px
        return Device(camera="sim", lens=self.rig.lens.info.name, width_px=width_px, height_px=height_px)

    @contextmanager
    def wall(self, vergence_dpt: float | None, *, textured: bool = True) -> Iterator[Station]:
        """Wall, in the middle of the range where no vergence is asked for."""
        middle_dpt = sum(self.rig.truth.limits_dpt) / 2.0
        seed = 0 if textured else None
        with self.rig.at_wall(vergence_dpt or middle_dpt, seed=seed) as camera:
            yield self._station(camera)

    @contextmanager
    def board(self, board: Board, *, view: int | None, vergence_dpt: float) -> Iterator[Station]:
        """Board printed to fill half of the picture at that distance."""
        picture = board.picture(square_px=_SQUARE_PX)
        upright = Pose(z_m=1.0 / vergence_dpt)
        pose = upright if view is None else self._pose(view=view, vergence_dpt=vergence_dpt)
        with self.rig.at_board(picture, width_m=board.columns * board.square_m, pose=pose) as camera:
            yield self._station(camera)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open between targets."""

    def _station(self, camera: SimulatedCamera) -> Station:
        clock = self.rig.clock
        return Station(camera=camera, lens=self.rig.lens, clock=clock.now_ns, sleep=clock.sleep)

    def _pose(self, *, view: int, vergence_dpt: float) -> Pose:
        rng = np.random.default_rng(view)
        z_m = 1.0 / vergence_dpt
        reach_m = 0.08 * z_m * self.rig.size_px[0] / self.rig.intrinsics.fx_px
        heading = view * 2.399963  # the golden angle: directions spread evenly for any number of views
        tilt = 0.65 if view % 4 else 0.15
        pose = Pose(
            z_m=z_m,
            turn_x_rad=tilt * float(np.cos(heading)),
            turn_y_rad=tilt * float(np.sin(heading)),
        )
        return replace(pose, x_m=float(rng.uniform(-1, 1)) * reach_m, y_m=float(rng.uniform(-1, 1)) * reach_m)


class HandStage:
    """A `Stage` where somebody puts the targets, asked at the terminal."""

    def __init__(self, camera: Camera, lens: Lens) -> None:
        self._camera, self._lens = camera, lens
        self._open = ExitStack()

    @property
    def device(self) -> Device:
        """What camera and lens report of themselves."""
        info = self._camera.info
        return Device(
            camera=info.name, lens=self._lens.info.name, width_px=info.width_px, height_px=info.height_px
        )

    @contextmanager
    def wall(self, vergence_dpt: float | None, *, textured: bool = True) -> Iterator[Station]:
        """Ask for a target and wait for Enter."""
        what = "a flat, textured target" if textured else "a plain, evenly lit white surface"
        where = "in the middle of the range" if vergence_dpt is None else f"at {1.0 / vergence_dpt:.3f} m"
        _ask(f"Put {what} upright {where}, so that it fills the picture, and press Enter: ")
        yield self._station()

    @contextmanager
    def board(self, board: Board, *, view: int | None, vergence_dpt: float) -> Iterator[Station]:
        """Ask for another pose of the board and wait for Enter."""
        where = f"about {1.0 / vergence_dpt:.2f} m away"
        turned = "upright, in the middle" if view is None else "turned by up to 40° in another direction"
        number = "" if view is None else f"View {view + 1}: "
        _ask(f"{number}board of {board.columns} × {board.rows} squares, {where}, {turned}; press Enter: ")
        yield self._station()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(self._camera)
            opening.enter_context(self._lens)
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close lens and camera."""
        self._open.__exit__(kind, error, trace)

    def _station(self) -> Station:
        return Station(camera=self._camera, lens=self._lens, clock=now_ns, sleep=time.sleep)


def _ask(request: str) -> None:
    try:
        input(request)
    except EOFError:
        raise InputError(
            "nobody can press Enter here: run it in a terminal, or calibrate from recordings"
        ) from None
