"""Depth at rest while the camera goes on."""

from collections.abc import Callable, Iterable, Iterator

from focstream.control.control import ControlState
from focstream.errors import InputError
from focstream.focal_slice import FocalSlice


class Pause:
    """A control that holds back whole sweeps: no depth is computed and none is published meanwhile.

    The sweep in hand is finished first, and depth begins again with a whole sweep. Slices that are held back
    are no losses. For sources that take slices now: others would be read to their end meanwhile.

    Attributes
    ----------
    held_by
        Says why the pause cannot end now; nothing where it can.
    """

    def __init__(self) -> None:
        self._asked = self._holds = False
        self._sweep_id: int | None = None
        self._held_back = 0
        self.held_by: Callable[[], str] = lambda: ""

    @property
    def state(self) -> ControlState:
        """Whether depth is at rest, or will be after this sweep."""
        note = f"{self._held_back} slices held back" if self._held_back else ""
        return ControlState(value="on" if self._asked else "off", choices=("on", "off"), note=note)

    @property
    def is_asked(self) -> bool:
        """Whether depth is at rest, or will be after this sweep."""
        return self._asked

    def holds(self) -> bool:
        """Return whether slices are held back now."""
        return self._holds

    def change(self, value: str) -> None:
        """Pause, or go on, from the next sweep on.

        Raises
        ------
        InputError
            When something holds the sweep that would go on.
        """
        why = "" if value == "on" else self.held_by()
        if why:
            raise InputError(f"pause: {why}; let it sweep first")
        self._asked = value == "on"

    def runs(self, slices: Iterable[FocalSlice]) -> Iterator[Iterator[FocalSlice]]:
        """Yield the sweeps that are not held back, from pause to pause: a run ends when a pause begins."""
        coming = iter(slices)
        while (first := next((one for one in coming if not self._holds_back(one)), None)) is not None:
            yield self._run(first, coming)

    def _run(self, first: FocalSlice, coming: Iterator[FocalSlice]) -> Iterator[FocalSlice]:
        yield first
        for focal_slice in coming:
            if self._holds_back(focal_slice):
                return
            yield focal_slice

    def _holds_back(self, focal_slice: FocalSlice) -> bool:
        if focal_slice.tag.held:  # of no sweep; the next one decides anew
            self._holds = True
            return True
        if focal_slice.tag.sweep_id != self._sweep_id:
            self._sweep_id = focal_slice.tag.sweep_id
            self._holds = self._asked
        self._held_back += int(self._holds)
        return self._holds
