"""What one command of calibration works on: a rig or recordings, and the profile that it adds to."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from calibration.apply.parts import FocusPart, Part
from calibration.apply.profile import CalibrationProfile, Device, read_profile
from calibration.measure.command_settings import Settings
from calibration.measure.live.procedures import needed
from calibration.measure.live.stage import HandStage, SimulatedStage
from calibration.measure.profile_file import write_profile
from calibration.measure.recorded.takes import Take, find_takes
from capture.open_source import open_devices
from capture.simulator.hidden.rig import HiddenRig
from capture.simulator.hidden.truth import HiddenTruth
from capture.simulator.rig import camera_settings
from focstream.types import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Either recordings or a stage, and the file of the profile.

    Attributes
    ----------
    device
        What is calibrated.
    path
        File of the profile.
    takes
        Recordings or folders; none for a live calibration.
    live
        The rig of a live calibration.
    """

    device: Device
    path: Path
    takes: Sequence[Take] = ()
    live: SimulatedStage | HandStage | None = None

    @property
    def stage(self) -> SimulatedStage | HandStage:
        """The rig.

        Raises
        ------
        InputError
            When there are recordings instead.
        """
        if self.live is None:
            raise InputError("this needs the camera itself: give --camera (and --lens), or --camera sim")
        return self.live

    @property
    def focus(self) -> FocusPart:
        """Focus map of the profile; see `needed` for what is raised without one."""
        return needed(self.profile().focus, path=self.path)

    def profile(self) -> CalibrationProfile:
        """Return the profile to add to: the one in the file, or a new one."""
        if not self.path.exists():
            return CalibrationProfile(device=self.device, date=today())
        profile = read_profile(self.path)
        profile.require(self.device, path=self.path)
        return profile

    def save(self, name: str, part: Part) -> None:
        """Put one part into the profile, and print it."""
        profile = self.profile().model_copy(update={name: part, "date": today()})
        write_profile(profile, self.path)
        lines = [f"{name}: {part.level}, written to {self.path}", *table(part)]
        sys.stdout.write("\n".join(lines) + "\n")


@contextmanager
def opened(settings: Settings) -> Iterator[Session]:
    """Find the recordings, or open camera and lens.

    Raises
    ------
    InputError
        When neither is given, or both.
    """
    path = profile_path(settings)
    if settings.replay is not None:
        if settings.camera is not None:
            raise InputError("--camera and --replay exclude each other: give one of them")
        takes = find_takes(settings.replay)
        device = takes[0].device(camera=settings.camera_name, lens=settings.lens_name)
        yield Session(device=device, path=path, takes=takes)
        return
    with _stage(settings) as stage:
        yield Session(device=stage.device, path=path, live=stage)


def profile_path(settings: Settings) -> Path:
    """Return the file of the profile; an error without one."""
    if settings.profile is None:
        raise InputError("give the file of the profile: --profile FILE")
    return settings.profile


def table(part: Part) -> list[str]:
    """Lines with what a part says."""
    left_out = {"level", "date", "covariance", "coefficients"}
    values = part.model_dump(exclude=left_out, exclude_none=True)
    return [f"  {key:24}{_number(value)}" for key, value in values.items()]


def today() -> str:
    """Date and time for a profile."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _number(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(_number(item) for item in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _stage(settings: Settings) -> SimulatedStage | HandStage:
    if settings.camera == "sim":
        sim = settings.sim
        size_px = (sim.width_px, sim.height_px)
        return SimulatedStage(
            HiddenRig(
                HiddenTruth.of(sim), size_px=size_px, settings=camera_settings(sim), fault=sim.target_fault
            )
        )
    if settings.camera is None:
        raise InputError("nothing to calibrate: give --camera (and --lens), or --camera sim")
    return HandStage(*open_devices(settings))
