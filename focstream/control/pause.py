"""Depth at rest while the camera goes on."""

from collections.abc import Iterable, Iterator

from focstream.control.control import ControlState
from focstream.focal_slice import FocalSlice


class Pause:
    """A control that holds back whole sweeps: no depth is computed and none is published meanwhile.

    The sweep in hand is finished first, and depth begins again with a whole sweep. Slices that are held back
    are no losses. For sources that take slices now: others would be read to their end meanwhile.
    """

    def __init__(self) -> None:
        self._asked = self._holds = False
        self._sweep_id: int | None = None
        self._held_back = 0

    @property
    def state(self) -> ControlState:
        """Whether depth is at rest, or will be after this sweep."""
        note = f"{self._held_back} slices held back" if self._held_back else ""
        return ControlState(value="on" if self._asked else "off", choices=("on", "off"), note=note)

    def change(self, value: str) -> None:
        """Pause, or go on, from the next sweep on."""
        self._asked = value == "on"

    def attach(self, slices: Iterable[FocalSlice]) -> Iterator[FocalSlice]:
        """Yield the slices of sweeps that are not held back."""
        for focal_slice in slices:
            if focal_slice.tag.sweep_id != self._sweep_id:
                self._sweep_id = focal_slice.tag.sweep_id
                self._holds = self._asked
            if self._holds:
                self._held_back += 1
            else:
                yield focal_slice
