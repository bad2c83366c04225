"""What users choose about where the slices come from."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from capture.genicam.config import GenicamConfig
from capture.lenses.config import LensConfig
from capture.reconnect import ReconnectConfig
from capture.simulator.config import SimulatorConfig
from capture.sweep.plan import SweepConfig
from capture.uvc.config import UvcConfig
from focstream.files.store_path import location
from focstream.frozen_model import FrozenModel

_SLOWEST_RATE = 0.001
"""Of a replay, as a share of the pace of the recording."""

AnyCamera = tuple[()]
"""What a bare ``--camera`` means: the first real camera."""


class CaptureConfig(FrozenModel):
    """Where the slices come from."""

    camera: AnyCamera | str | None = None
    """sim, genicam[:SERIAL], uvc:N or uvc:PATH; without a value the first real camera (never the simulated
    one)."""
    lens: str | None = None
    """The lens that sweeps: KIND[:PATH], see --list-lenses; KIND:sim drives an emulated one; sim moves only
    what the simulated camera sees. Default: the camera's own focus."""
    focus: LensConfig = LensConfig()
    replay: Path | None = None
    """Recording (.mcap, or the folder of one in several files), folder with the images of a focal stack,
    file that holds a stack (TIFF, MPO), or film of a focus sweep (MP4, MOV, MKV, AVI); not with a camera.
    Many: a folder of them, a pattern, or a list (.txt). Recordings may be in a store (s3://BUCKET/…)."""
    frames: str | None = None
    """Which frames of a film are the sweep: FIRST:END, counted from 0. Default: all."""
    every_slice: bool = False
    """Compute depth from all slices of a recording, also from those that the live run had to drop."""
    from_sweep: int = Field(default=0, ge=0, lt=2**63)
    """Begin the replay of a recording with this sweep."""
    rate: float = Field(default=0.0, ge=0, le=1000)
    """Speed of a replay: 0 as fast as possible, 1.0 as recorded (folders: 30 slices/s)."""
    reverse: bool = False
    """The first image of the stack is the nearest (only where no distances are known)."""
    focus_from: Literal["list", "exif", "name"] | None = None
    """What gives the distances of a folder of images: a focus list, EXIF's SubjectDistance, or names that end
    in _METRES. Default: the first of these that is there, names only if they say m (img_0.35m.png)."""
    bits: int | None = Field(default=None, ge=1, le=16)
    """How many bits of a value are used in images of 16 bits. Default: as the files or their values say."""
    channel: str | None = None
    """Which channel of a file that holds several, by its number from 0 or its name."""
    time: int | None = Field(default=None, ge=0, le=10**9)
    """Which time of a file that holds several, from 0."""
    profile: Path | None = None
    """Calibration profile of this camera and lens (docs/calibrate/calibration.md)."""
    align: Literal["off", "auto"] | None = None
    """auto: undo the motion between the images of a stack, where that makes them agree better. Default: auto
    for a folder of images, but off with --profile or --intrinsics, because it crops them."""
    sweeps: int | None = Field(default=None, ge=1, le=10**9)
    """End after so many sweeps. Default: no limit for a camera, once for a replay."""
    cti: tuple[Path, ...] = ()
    """GenTL producers (.cti) to use besides those of GENICAM_GENTL64_PATH."""
    genicam: GenicamConfig = GenicamConfig()
    uvc: UvcConfig = UvcConfig()
    reconnect: ReconnectConfig = ReconnectConfig()
    sweep: SweepConfig = SweepConfig()
    sim: SimulatorConfig = SimulatorConfig()

    @field_validator("replay")
    @classmethod
    def _in_a_store(cls, replay: Path | None) -> Path | None:
        return None if replay is None else location(replay)

    @field_validator("rate")
    @classmethod
    def _ends_some_day(cls, rate: float) -> float:
        if 0.0 < rate < _SLOWEST_RATE:
            raise ValueError(f"takes 0 (do not wait), or {_SLOWEST_RATE} … 1000")
        return rate
