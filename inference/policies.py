"""When a state restarts and what is published: the two `DepthEstimator`s over any `DepthModel`.

Both ignore slices tagged ``settling``, and both give exactly one final map for every sweep that had a fit
slice, as its last map, in the order of the sweeps:

* A slice tagged ``last_in_sweep`` makes it at once.
* Without that slice, ``finish()`` makes it: a pipeline that sees the sweep change calls it before it pushes.
* Otherwise the first slice of the next sweep returns it. That slice's own map is not published; a map of
  one slice holds no depth anyway.

A slice of a sweep that is final already is ignored.
"""

from dataclasses import dataclass, field
from typing import Generic

from focstream.types import DepthUpdate, FocalSlice, InputError, SliceTag
from inference.depth_model import DepthMaps, DepthModel, Features, State


@dataclass(slots=True, kw_only=True)
class _Track(Generic[State]):
    """One state, how many slices it has seen, and whether a whole sweep is among them."""

    state: State
    slices_seen: int = 0
    saw_whole_sweep: bool = False


@dataclass(slots=True, kw_only=True)
class _Sweep:
    """The sweep in hand, by its latest slice; open until its final map is out."""

    latest: FocalSlice
    broken: bool = False
    open: bool = True
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
        self.latest = focal_slice


class RefineEstimator(Generic[Features, State]):
    """Restarts at each sweep; a new map with every slice. Right for scenes that move.

    Parameters
    ----------
    model
        What computes depth; it may be shared.
    """

    def __init__(self, model: DepthModel[Features, State]) -> None:
        self._model = model
        self._sweep: _Sweep | None = None
        self._track: _Track[State] | None = None

    def push(self, focal_slice: FocalSlice, *, show: bool = True) -> DepthUpdate | None:
        """Add a slice; see the module for which map comes back. Without `show`, only final ones do.

        Raises
        ------
        InputError
            When the size or kind of the images changes within a sweep.
        """
        if focal_slice.tag.settling or _is_over(self._sweep, focal_slice=focal_slice):
            return None
        owed = None
        if _starts_sweep(self._sweep, focal_slice=focal_slice):
            owed = self.finish()
            self._sweep = _begun(self._sweep, focal_slice=focal_slice)
            self._track = _Track(state=self._model.initial_state(focal_slice.image.shape))
        assert self._sweep is not None
        assert self._track is not None
        self._sweep.take(focal_slice)
        last = focal_slice.tag.last_in_sweep and owed is None
        unseen = owed is not None or not (show or last)
        if unseen:
            _advance(self._model, track=self._track, focal_slice=focal_slice)
            return owed
        maps = _step(self._model, track=self._track, focal_slice=focal_slice)
        self._sweep.open = not last
        return _update(self._model, maps, track=self._track, sweep=self._sweep, final=last)

    def finish(self) -> DepthUpdate | None:
        """Return the final map of the sweep in hand; None when it is out already."""
        if self._sweep is None or self._track is None or not self._sweep.open:
            return None
        self._sweep.open = False
        return _published(self._model, track=self._track, sweep=self._sweep, final=True)

    def close(self) -> None:
        """Forget the sweep in hand."""
        self._sweep = None
        self._track = None


class RollingEstimator(Generic[Features, State]):
    """Two staggered states share one encoding, so that every map has seen a whole sweep.

    Right for scenes at rest. One state restarts at even sweeps, the other at odd ones. In mid-sweep the older
    one is published; at the end of a sweep the younger one, which has seen just that sweep: the map that
    `RefineEstimator` would give. Nothing is published in the first sweep but its final map. When a sweep is
    cut short, its final map is that of the older state, and until a whole sweep has been seen again, only
    final maps come. So it is after a lost device, and in every sweep of a triangle under a rolling shutter.

    Parameters
    ----------
    model
        What computes depth; it may be shared.
    """

    def __init__(self, model: DepthModel[Features, State]) -> None:
        self._model = model
        self._sweep: _Sweep | None = None
        self._older: _Track[State] | None = None
        self._younger: _Track[State] | None = None

    def push(self, focal_slice: FocalSlice, *, show: bool = True) -> DepthUpdate | None:
        """Add a slice; see the class for which map comes back. Without `show`, only final ones do.

        Raises
        ------
        InputError
            When the size or kind of the images changes within a sweep.
        """
        if focal_slice.tag.settling or _is_over(self._sweep, focal_slice=focal_slice):
            return None
        owed = None
        if _starts_sweep(self._sweep, focal_slice=focal_slice):
            owed = self.finish()
            self._restart(focal_slice)
        assert self._sweep is not None
        self._sweep.take(focal_slice)
        features = self._model.encode(focal_slice.image, focal_slice.tag.sweep_coordinate)
        for track in (self._older, self._younger):
            if track is not None:
                _add(self._model, track=track, features=features)
        if owed is not None:
            return owed
        if focal_slice.tag.last_in_sweep:
            return self._complete()
        if not show or self._older is None or not self._older.saw_whole_sweep:
            return None
        return _published(self._model, track=self._older, sweep=self._sweep, final=False)

    def finish(self) -> DepthUpdate | None:
        """Return the final map of the sweep in hand, cut short; None when it is out already."""
        track = self._older or self._younger
        if self._sweep is None or track is None or not self._sweep.open:
            return None
        self._sweep.open = False
        return _published(self._model, track=track, sweep=self._sweep, final=True)

    def close(self) -> None:
        """Forget everything."""
        self._sweep = None
        self._older = self._younger = None

    def _restart(self, focal_slice: FocalSlice) -> None:
        """Begin a sweep: the younger state becomes the older one, where the two sweeps go together."""
        goes_on = self._sweep is not None and _go_together(self._sweep.latest, focal_slice)
        self._older = self._younger if goes_on else None
        self._younger = _Track(state=self._model.initial_state(focal_slice.image.shape))
        self._sweep = _begun(self._sweep, focal_slice=focal_slice)

    def _complete(self) -> DepthUpdate:
        """Return the final map of a sweep that came to its end."""
        assert self._sweep is not None
        assert self._younger is not None
        self._younger.saw_whole_sweep = True
        self._sweep.open = False
        return _published(self._model, track=self._younger, sweep=self._sweep, final=True)


def _starts_sweep(sweep: _Sweep | None, *, focal_slice: FocalSlice) -> bool:
    return sweep is None or sweep.latest.tag.sweep_id != focal_slice.tag.sweep_id


def _begun(before: _Sweep | None, *, focal_slice: FocalSlice) -> _Sweep:
    """Return the sweep that begins with a slice; broken when slices were lost and it is not the first."""
    tag = focal_slice.tag
    lost = tag.slices_lost > (0 if before is None else before.latest.tag.slices_lost)
    # A far-going sweep begins where the near-going one before it ended.
    first = 0 if tag.direction > 0 or before is None else before.latest.tag.slot
    late = tag.slot > first if tag.direction > 0 else tag.slot < first
    return _Sweep(latest=focal_slice, broken=lost and late)


def _passed_over(before: SliceTag, tag: SliceTag) -> bool:
    """Tell whether slots between two slices of a sweep are missing; a slot that is taken again is not."""
    return tag.slices_lost > before.slices_lost and abs(tag.slot - before.slot) > 1


def _go_together(before: FocalSlice, focal_slice: FocalSlice) -> bool:
    """Tell whether one state may see slices of both sweeps."""
    tag = focal_slice.tag
    return (
        before.image.shape == focal_slice.image.shape
        and before.tag.reconnects == tag.reconnects  # what is in front of the camera may be another thing now
        and before.tag.row_span * tag.row_span >= 0.0  # rows are corrected in the map, for one direction
    )


def _is_over(sweep: _Sweep | None, *, focal_slice: FocalSlice) -> bool:
    return sweep is not None and not sweep.open and not _starts_sweep(sweep, focal_slice=focal_slice)


def _add(model: DepthModel[Features, State], *, track: _Track[State], features: Features) -> None:
    track.state = model.update(features, track.state)
    track.slices_seen += 1


def _step(model: DepthModel[Features, State], *, track: _Track[State], focal_slice: FocalSlice) -> DepthMaps:
    """Add a slice whose maps are wanted."""
    track.state, maps = model.step(focal_slice.image, focal_slice.tag.sweep_coordinate, track.state)
    track.slices_seen += 1
    return maps


def _advance(model: DepthModel[Features, State], *, track: _Track[State], focal_slice: FocalSlice) -> None:
    """Add a slice whose maps nobody wants."""
    track.state = model.advance(focal_slice.image, focal_slice.tag.sweep_coordinate, track.state)
    track.slices_seen += 1


def _published(
    model: DepthModel[Features, State], *, track: _Track[State], sweep: _Sweep, final: bool
) -> DepthUpdate:
    maps = model.decode(track.state)
    return _update(model, maps, track=track, sweep=sweep, final=final)


def _update(
    model: DepthModel[Features, State],
    maps: DepthMaps,
    *,
    track: _Track[State],
    sweep: _Sweep,
    final: bool,
) -> DepthUpdate:
    focal_slice = sweep.latest
    return DepthUpdate(
        coordinate=maps.coordinate,
        coordinate_sigma=maps.coordinate_sigma,
        all_in_focus=maps.all_in_focus,
        tag=focal_slice.tag,
        slices_seen=track.slices_seen,
        final=final,
        scale=focal_slice.scale,
        intrinsics=focal_slice.intrinsics,
        model=model.name,
        engine=model.engine,
        broken=sweep.broken or (final and not focal_slice.tag.last_in_sweep),
    )
