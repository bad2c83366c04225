"""What moves the lens through a plan and finds where every frame was focused."""

from dataclasses import dataclass
from typing import Literal, Protocol

from capture.camera import CameraFrame
from focstream.focal_slice import Active
from focstream.types import DeviceLostError


class PlaceLostError(DeviceLostError):
    """Where a frame was focused is not known any more; it is again when the sweep is begun anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where in which sweep one frame was focused.

    Attributes
    ----------
    sweep_id, slot
        Sweep since the start, and the planned slot nearest to the focus.
    focus_dpt, commanded_dpt
        Best estimate of the object-side vergence at the middle of the exposure, and the command then.
    direction
        +1 near-going, −1 far-going.
    speed_dpt_s
        Speed of the focus in the middle of the exposure, negative while it goes farther; None where unknown.
    settling
        The frame belongs to no slot: the lens was moving to one, or turning.
    last_in_sweep
        The frame completes its sweep.
    slots
        Slices of a whole sweep; None where every frame is one, and their number depends on when they come.
    missed
        Slots without a slice since the frame before, where most frames are not needed; None where every
        frame that the camera counts but does not deliver is a loss.
    number
        Slices of its sweep that come before it when none is lost, where `slots` does not tell; None where it
        does, or where nobody knows.
    active
        As in `SliceTag`.
    """

    sweep_id: int
    slot: int
    focus_dpt: float
    commanded_dpt: float
    direction: Literal[-1, 1]
    speed_dpt_s: float | None
    settling: bool
    last_in_sweep: bool
    slots: int | None
    missed: int | None = None
    number: int | None = None
    active: Active | None = None


class FocusDriver(Protocol):
    """Moves a lens through a sweep plan, again and again."""

    def start(self) -> None:
        """Bring the lens to the start of the first sweep."""
        ...

    @property
    def can_wait(self) -> bool:
        """Whether the sweep steps on only when there is room for the next slice."""
        ...

    @property
    def slices_s(self) -> float:
        """Slices a second that the sweep gives at most, settling ones left out."""
        ...

    def prepare(self, timeout_s: float, *, room: bool) -> bool:
        """Do what must be done before the next frame, such as firing a trigger; called before every read.

        Parameters
        ----------
        timeout_s
            How long it may wait for the lens.
        room
            Whether there is room for a slice.

        Returns
        -------
        bool
            Whether a frame may come: False when no exposure has been started for want of room.

        Raises
        ------
        DeviceLostError
            When camera or lens stopped answering.
        """
        ...

    def place(self, frame: CameraFrame, *, room: bool) -> Placement | None:
        """Return where `frame` was focused; None when nobody needs it. May send the lens to its next slot.

        Raises
        ------
        DeviceLostError
            When the lens stopped answering.
        PlaceLostError
            When the sweep must be begun anew.
        """
        ...

    def stop(self) -> None:
        """Stop moving the lens. Safe to call twice."""
        ...
