"""What a camera is to focstream."""

from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self, runtime_checkable

from focstream.focal_slice import Image
from focstream.intrinsics import Intrinsics

Adjustment = Literal["exposure", "gain"]

Doubt = Literal["clock", "late"]
"""Why the stamp of a frame may be wrong by more than half a period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraInfo:
    """What a camera reports about itself once it is open.

    Attributes
    ----------
    name
        For messages, such as ``"sim"`` or ``"genicam:4103217"``.
    width_px, height_px, colour
        Of its images.
    frame_rate_hz
        Nominal rate while free-running.
    intrinsics
        Where the camera knows them.
    timing
        What starts an exposure: "free" the camera itself, "software" a `SoftwareTrigger`, "hardware" a
        signal, "sequencer" the camera, which moves its focus too.
    stamp_late_s
        By how much the stamps of its frames may be late.
    readout_s
        From the first row to the last under a rolling shutter; 0 where all rows are exposed at once.
    """

    name: str
    width_px: int
    height_px: int
    colour: bool
    frame_rate_hz: float
    intrinsics: Intrinsics | None = None
    timing: Literal["free", "software", "hardware", "sequencer"] = "free"
    stamp_late_s: float = 0.0
    readout_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSetting:
    """Something that can be changed of an open camera.

    Attributes
    ----------
    name, unit
        Exposure in seconds ("s"); gain in what the camera counts in, mostly "dB", or "" where nobody knows.
    value, lowest, highest
        What is set, and what it takes.
    step
        Between two values; 0 for any.
    note
        Why the limits are what they are, where it is not the device.
    """

    name: Adjustment
    value: float
    lowest: float
    highest: float
    unit: str
    step: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFrame:
    """One exposure as the camera delivered it, not yet tagged with a focus.

    Attributes
    ----------
    image
        (H, W) or (H, W, 3) blue-green-red, uint8 or uint16; owned by the receiver.
    frame_id
        A count of exposures that only rises, also of those that the camera could not deliver.
    exposure_mid_ns
        Middle of the exposure, of the middle row, on the host's clock (`focstream.clock.now_ns`).
    exposure_s
        Length of the exposure.
    clock
        "device" when the stamp comes from the camera's own clock (mapped to the host's), else "host".
    doubt
        Why the stamp may be wrong by more than half a period: "clock" while the camera's clock is checked,
        because it is new or went wrong; "late" where only the arrival is known and the frame may have waited.
        None where the stamp can be trusted.
    unsure_s
        By how much it may have been taken later than that, because only the arrivals of frames are known;
        infinite where they say nothing yet.
    focus_dpt
        Object-side vergence of the exposure, where the camera itself reports it.
    sequencer_set
        Set of the camera's sequencer that was active, counted from its first one, where it reports it.
    since_start
        Exposures between the camera's last start and this one; None where it is not known.
    count_is_sure
        False where the camera's ids leave open how many exposures there were since the frame before.
    count_began_anew
        The camera's ids fell back, or jumped: nothing is known of what was between.
    """

    image: Image
    frame_id: int
    exposure_mid_ns: int
    exposure_s: float
    clock: Literal["device", "host"]
    doubt: Doubt | None = None
    unsure_s: float = 0.0
    focus_dpt: float | None = None
    sequencer_set: int | None = None
    since_start: int | None = None
    count_is_sure: bool = True
    count_began_anew: bool = False


class Camera(Protocol):
    """A free-running camera. Entering opens and starts it; leaving stops it.

    A driver only talks to its device: no threads, no retries, no counting of losses.
    """

    @property
    def info(self) -> CameraInfo:
        """What the open camera reports about itself."""
        ...

    def read(self, timeout_s: float) -> CameraFrame | None:
        """Return the oldest frame not read yet; None when none came within `timeout_s`.

        Raises
        ------
        DeviceLostError
            When the camera stopped answering.
        """
        ...

    def __enter__(self) -> Self:
        """Open and start; a failed open undoes itself."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop and close."""
        ...


@runtime_checkable
class SoftwareTrigger(Protocol):
    """A camera that exposes on command."""

    def trigger(self) -> None:
        """Start one exposure and return at once.

        Raises
        ------
        DeviceLostError
            When the camera stopped answering.
        """
        ...


@runtime_checkable
class AdjustableCamera(Protocol):
    """A camera whose exposure or gain can be changed while it is open, by the thread that opened it."""

    @property
    def settings(self) -> tuple[CameraSetting, ...]:
        """What can be changed; empty where nothing can."""
        ...

    def adjust(self, name: Adjustment, value: float) -> None:
        """Set one of `settings` for the exposures from now on; `CameraInfo` may change with it.

        Raises
        ------
        InputError
            When the camera refuses it; it is then as before.
        DeviceLostError
            When the camera stopped answering.
        """
        ...
