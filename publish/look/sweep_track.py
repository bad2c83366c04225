"""Where in its sweep the focus is: the slots seen so far, and those to come."""

import threading
from dataclasses import dataclass

from focstream.types import SliceTag


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One slot of a sweep.

    Attributes
    ----------
    index
        As `SliceTag.slot`; in an active sweep, where slots have none, the number of the slice.
    coordinate
        Sweep coordinate, 0 far … 1 near; of an earlier sweep for slots that are still to come.
    seen
        Whether its slice has come in this sweep.
    """

    index: int
    coordinate: float
    seen: bool


def index_of(tag: SliceTag) -> int:
    """Return what a slice is known by in its sweep: in an active one, several may lie nearest to one slot."""
    return tag.slot if tag.active is None or tag.number is None else tag.number


class SweepTrack:
    """Follows the tags of the slices; may be read from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[int, float] = {}
        self._seen: dict[int, dict[int, float]] = {}
        self._is_active = False

    def add(self, tag: SliceTag) -> None:
        """Take the tag of the next slice."""
        with self._lock:
            index = index_of(tag)
            self._known[index] = tag.sweep_coordinate
            if tag.sweep_id not in self._seen:
                # The sweep before is kept: its last map is made when the first slice of the next has come,
                # if its own last slice was lost.
                self._seen = dict([*self._seen.items()][-1:])
            self._seen.setdefault(tag.sweep_id, {})[index] = tag.sweep_coordinate
            self._is_active = tag.active is not None

    def slots(self, sweep_id: int) -> tuple[Slot, ...]:
        """Return every known slot, by index, and which of them have been seen in this or the last sweep.

        Of an active sweep only what has been seen: what comes is not known.
        """
        with self._lock:
            seen = self._seen.get(sweep_id, {})
            known = dict(seen) if self._is_active else self._known
            return tuple(
                Slot(index=index, coordinate=known[index], seen=index in seen) for index in sorted(known)
            )
