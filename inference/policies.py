"""When a state restarts and what is published: the two `DepthEstimator`s over any `DepthModel`.

Both ignore slices tagged ``settling``, and both give exactly one final map for every sweep that had a fit
slice, as its last map, in the order of the sweeps:

* A slice tagged ``last_in_sweep`` makes it at once.
* Without that slice, ``finish()`` makes it: a pipeline that sees the sweep change calls it before it pushes.
* Otherwise the first slice of the next sweep returns it. That slice's own map is not published; a map of
  one slice holds no depth anyway.

A slice of a sweep that is final already is ignored.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Generic

from focstream.protocols import DepthEstimator
from focstream.types import DepthUpdate, FocalSlice, InputError, SliceTag
from inference.config import InferenceConfig
from inference.depth_model import DepthMaps, DepthModel, Features, State


@dataclass(slots=True, kw_only=True)
class _Sweep:
    """The sweep in hand, by its latest slice; open until its final map is out."""

    latest: FocalSlice
    broken: bool = False
    open: bool = True
    slots_seen: set[int] = field(default_factory=set)
    numbers_seen: set[int] = field(default_factory=set)
    slots_taken: list[float] = field(default_factory=list)
    shape: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.shape = self.latest.image.shape

    def take(self, focal_slice: FocalSlice) -> None:
        """Make it the latest slice; the image must keep its size and kind within a sweep."""
        image = focal_slice.image
        if image.shape != self.shape or image.dtype != self.latest.image.dtype:
            raise InputError(
                f"the image changed from {self.shape} {self.latest.image.dtype} to {image.shape} "
                f"{image.dtype} in sweep {focal_slice.tag.sweep_id}; keep the format for a whole sweep"
            )
        self.broken = self.broken or _passed_over(self.latest.tag, focal_slice.tag)
        self.slots_seen.add(focal_slice.tag.slot)
        if focal_slice.tag.active is not None:
            self.slots_taken.append(focal_slice.tag.sweep_coordinate)
        number = _number(focal_slice.tag)
        if number is not None:
            self.numbers_seen.add(number)
        self.latest = focal_slice

    def is_broken(self, *, final: bool) -> bool:
        """Whether slices are missing; those that were to come still, only at the end."""
        slots, numbers = self.latest.tag.slots, self.numbers_seen
        if final and slots is not None:
            return len(self.slots_seen) < slots
        has_gap = max(numbers) >= len(numbers) if numbers else self.broken
        return has_gap or (final and not self.latest.tag.last_in_sweep)


@dataclass(slots=True, kw_only=True)
class _Track(Generic[Features, State]):
    """One state, how many slices it has seen, and whether a whole sweep is among them."""

    model: DepthModel[Features, State]
    state: State
    slices_seen: int = 0
    saw_whole_sweep: bool = False

    def add(self, features: Features) -> None:
        """Add a slice by its features."""
        self.state = self.model.update(features, self.state)
        self.slices_seen += 1

    def step(self, focal_slice: FocalSlice) -> DepthMaps:
        """Add a slice whose maps are wanted."""
        coordinate = focal_slice.tag.sweep_coordinate
        self.state, maps = self.model.step(focal_slice.image, coordinate, self.state)
        self.slices_seen += 1
        return maps

    def advance(self, focal_slice: FocalSlice) -> None:
        """Add a slice whose maps nobody wants."""
        self.state = self.model.advance(focal_slice.image, focal_slice.tag.sweep_coordinate, self.state)
        self.slices_seen += 1

    def published(self, sweep: _Sweep, *, final: bool, maps: DepthMaps | None = None) -> DepthUpdate:
        """Return these maps, or those as known now, with what the sweep says about them."""
        maps = maps or self.model.decode(self.state)
        focal_slice = sweep.latest
        return DepthUpdate(
            coordinate=maps.coordinate,
            coordinate_sigma=maps.coordinate_sigma,
            all_in_focus=maps.all_in_focus,
            tag=focal_slice.tag,
            slices_seen=self.slices_seen,
            final=final,
            scale=focal_slice.scale,
            intrinsics=focal_slice.intrinsics,
            model=self.model.name,
            engine=self.model.engine,
            broken=sweep.is_broken(final=final),
            slots_taken=tuple(sweep.slots_taken),
        )


def _track(model: DepthModel[Features, State], first: FocalSlice) -> _Track[Features, State]:
    """Return a track for a sweep that begins with a slice."""
    chosen = first.tag.active is not None
    return _Track(model=model, state=model.initial_state(first.image.shape, chosen=chosen))


class _Estimator(ABC, Generic[Features, State]):
    """What both policies share: which slices count, and when one begins a sweep.

    Parameters
    ----------
    model
        What computes depth; it may be shared.
    """

    def __init__(self, model: DepthModel[Features, State]) -> None:
        self._model = model
        self._sweep: _Sweep | None = None

    def push(self, focal_slice: FocalSlice, *, show: bool = True) -> DepthUpdate | None:
        """Add a slice; see the module for which map comes back. Without `show`, only final ones do.

        Raises
        ------
        InputError
            When the size or kind of the images changes within a sweep.
        """
        before = self._sweep
        begins = before is None or before.latest.tag.sweep_id != focal_slice.tag.sweep_id
        is_over = before is not None and not before.open and not begins
        if focal_slice.tag.settling or is_over:
            return None
        owed = None
        if begins:
            owed = self.finish()
            self._restart(focal_slice)
            self._sweep = _begun(before, focal_slice=focal_slice)
        assert self._sweep is not None
        self._sweep.take(focal_slice)
        return self._add(focal_slice, self._sweep, owed=owed, show=show)

    @abstractmethod
    def finish(self) -> DepthUpdate | None:
        """Return the final map of the sweep in hand; None when it is out already."""

    @abstractmethod
    def _restart(self, focal_slice: FocalSlice) -> None:
        """Make the states for the sweep that begins with a slice."""

    @abstractmethod
    def _add(
        self, focal_slice: FocalSlice, sweep: _Sweep, *, owed: DepthUpdate | None, show: bool
    ) -> DepthUpdate | None:
        """Add a slice of the sweep in hand; return its map, or the one `owed` for the sweep before."""


class RefineEstimator(_Estimator[Features, State]):
    """Restarts at each sweep; a new map with every slice. Right for scenes that move.

    Parameters
    ----------
    model
        What computes depth; it may be shared.
    """

    def __init__(self, model: DepthModel[Features, State]) -> None:
        super().__init__(model)
        self._track: _Track[Features, State] | None = None

    def finish(self) -> DepthUpdate | None:
        """Return the final map of the sweep in hand; None when it is out already."""
        if self._sweep is None or self._track is None or not self._sweep.open:
            return None
        self._sweep.open = False
        return self._track.published(self._sweep, final=True)

    def close(self) -> None:
        """Forget the sweep in hand."""
        self._sweep = None
        self._track = None

    def _restart(self, focal_slice: FocalSlice) -> None:
        self._track = _track(self._model, focal_slice)

    def _add(
        self, focal_slice: FocalSlice, sweep: _Sweep, *, owed: DepthUpdate | None, show: bool
    ) -> DepthUpdate | None:
        assert self._track is not None
        last = focal_slice.tag.last_in_sweep and owed is None
        unseen = owed is not None or not (show or last)
        if unseen:
            self._track.advance(focal_slice)
            return owed
        maps = self._track.step(focal_slice)
        sweep.open = not last
        return self._track.published(sweep, final=last, maps=maps)


class RollingEstimator(_Estimator[Features, State]):
    """Two staggered states share one encoding, so that every map has seen a whole sweep.

    Right for scenes at rest. One state restarts at even sweeps, the other at odd ones. In mid-sweep the older
    one is published; at the end of a sweep the younger one, which has seen just that sweep: the map that
    `RefineEstimator` would give. An active sweep that ended early has fewer slices, placed between those of
    the sweep before: it ends with the map of the older one. Nothing is published in the first sweep but its
    final map. When a sweep is cut short, its final map is that of the older state, and until a whole sweep
    has been seen again, only final maps come. The same holds after a lost device, and in every sweep of a
    triangle under a rolling shutter.

    Parameters
    ----------
    model
        What computes depth; it may be shared.
    """

    def __init__(self, model: DepthModel[Features, State]) -> None:
        super().__init__(model)
        self._older: _Track[Features, State] | None = None
        self._younger: _Track[Features, State] | None = None

    def finish(self) -> DepthUpdate | None:
        """Return the final map of the sweep in hand, cut short; None when it is out already."""
        track = self._older or self._younger
        if self._sweep is None or track is None or not self._sweep.open:
            return None
        self._sweep.open = False
        return track.published(self._sweep, final=True)

    def close(self) -> None:
        """Forget everything."""
        self._sweep = None
        self._older = self._younger = None

    def _restart(self, focal_slice: FocalSlice) -> None:
        """Let the younger state become the older one, where the two sweeps go together."""
        goes_on = self._sweep is not None and _go_together(self._sweep.latest, focal_slice)
        self._older = self._younger if goes_on else None
        self._younger = _track(self._model, focal_slice)

    def _add(
        self, focal_slice: FocalSlice, sweep: _Sweep, *, owed: DepthUpdate | None, show: bool
    ) -> DepthUpdate | None:
        assert self._younger is not None
        features = self._model.encode(focal_slice.image, focal_slice.tag.sweep_coordinate)
        for track in (self._older, self._younger):
            if track is not None:
                track.add(features)
        if owed is not None:
            return owed
        older = self._older if self._older is not None and self._older.saw_whole_sweep else None
        if focal_slice.tag.last_in_sweep:
            self._younger.saw_whole_sweep = True
            sweep.open = False
            is_part = focal_slice.tag.active == "enough"
            track = older if is_part and older is not None else self._younger
            return track.published(sweep, final=True)
        return older.published(sweep, final=False) if show and older is not None else None


def make_estimator(model: DepthModel[Features, State], config: InferenceConfig) -> DepthEstimator:
    """Make the estimator that the user asked for, for one stream, ready for its first slice."""
    return RefineEstimator(model) if config.update == "refine" else RollingEstimator(model)


def _begun(before: _Sweep | None, *, focal_slice: FocalSlice) -> _Sweep:
    """Return the sweep that begins with a slice; broken when slices were lost and it is not the first."""
    tag = focal_slice.tag
    lost = tag.slices_lost > (0 if before is None else before.latest.tag.slices_lost)
    # A far-going sweep begins where the near-going one before it ended.
    first = 0 if tag.direction > 0 or before is None else before.latest.tag.slot
    late = tag.slot > first if tag.direction > 0 else tag.slot < first
    return _Sweep(latest=focal_slice, broken=lost and late)


def _number(tag: SliceTag) -> int | None:
    """Return how many slices of its sweep come before one when nothing is lost; None where nobody knows."""
    if tag.number is not None or tag.slots is None:
        return tag.number
    return tag.slot if tag.direction > 0 else tag.slots - 1 - tag.slot


def _passed_over(before: SliceTag, tag: SliceTag) -> bool:
    """Return whether slots between two slices of a sweep are missing; a slot that is taken again is not."""
    return tag.slices_lost > before.slices_lost and abs(tag.slot - before.slot) > 1


def _go_together(before: FocalSlice, focal_slice: FocalSlice) -> bool:
    """Return whether one state may see slices of both sweeps."""
    tag = focal_slice.tag
    return (
        before.image.shape == focal_slice.image.shape
        and before.scale == focal_slice.scale
        and tag.sweep_id - before.tag.sweep_id == 1  # what lies between may be a long pause
        and before.tag.reconnects == tag.reconnects  # what is in front of the camera may be another thing now
        and before.tag.row_span * tag.row_span >= 0.0  # rows are corrected in the map, for one direction
    )
