"""Where in its sweep the focus is: the slots seen so far, and those to come."""

import threading
from dataclasses import dataclass, field

from focstream.types import FocalSlice, SliceTag


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sweep:
    """What is known of one.

    Attributes
    ----------
    kind
        How it was planned; None for an active one, which is like no other.
    known, seen
        Sweep coordinate of each slot, in any sweep of this kind, and in this one.
    """

    kind: tuple[object, ...] | None
    known: dict[int, float] = field(default_factory=dict)
    seen: dict[int, float] = field(default_factory=dict)


class SweepTrack:
    """Follows the slices; may be read from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sweeps: dict[int, _Sweep] = {}

    def add(self, focal_slice: FocalSlice) -> None:
        """Take note of the next slice."""
        tag = focal_slice.tag
        with self._lock:
            if tag.sweep_id not in self._sweeps:
                self._begin(tag.sweep_id, kind=_kind_of(focal_slice))
            sweep, index = self._sweeps[tag.sweep_id], index_of(tag)
            sweep.known[index] = sweep.seen[index] = tag.sweep_coordinate

    def slots(self, sweep_id: int) -> tuple[Slot, ...]:
        """Return every known slot, by index, and which of them have been seen in this or the last sweep.

        Of an active sweep, and of the first one with other slots or limits, only what has been seen: what
        comes is not known.
        """
        with self._lock:
            sweep = self._sweeps.get(sweep_id) or self._sweep_unseen()
            return tuple(
                Slot(index=index, coordinate=sweep.known[index], seen=index in sweep.seen)
                for index in sorted(sweep.known)
            )

    def _begin(self, sweep_id: int, *, kind: tuple[object, ...] | None) -> None:
        """Keep the sweep before: its last map is made when the next has begun, if its last slice was lost."""
        kept = [*self._sweeps.items()][-1:]
        is_alike = kind is not None and any(before.kind == kind for _, before in kept)
        known = kept[0][1].known if is_alike else {}
        self._sweeps = dict([*kept, (sweep_id, _Sweep(kind=kind, known=known))])

    def _sweep_unseen(self) -> _Sweep:
        """Return one like the newest, nothing of which has come."""
        newest = next(reversed(self._sweeps.values()), _Sweep(kind=None))
        return _Sweep(kind=newest.kind, known={} if newest.kind is None else newest.known)


def _kind_of(focal_slice: FocalSlice) -> tuple[object, ...] | None:
    """Return what sweeps have in common whose slots lie at the same places."""
    tag = focal_slice.tag
    return (tag.slots, focal_slice.scale) if tag.active is None else None
