"""The main loop: slices in, refined depth out to every sink."""

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Self

from focstream.depth_update import DepthUpdate
from focstream.focal_slice import FocalSlice, SliceTag
from focstream.protocols import DepthEstimator, Sink

MAPS_SKIPPED_AT_MOST = 9
"""Maps skipped in a row while slices wait: readers should see something even from a machine too slow."""


class Pipeline:
    """Pushes slices into an estimator and hands every update to the sinks. A context manager.

    Leaving it, for whatever reason, ends the sweep in hand, writes its map, and closes the estimator.

    Parameters
    ----------
    estimator
        Owned from now on.
    sinks
        Written to in this order; closed by the caller that opened them.
    sweeps
        End after so many finished sweeps; None for no limit.
    maps_per_sweep
        Make so many maps of a sweep, evenly over its slices and the final one among them; None for one with
        every slice. Where nobody knows how many slices are to come, 1 makes the final map alone, and more
        is as None.
    """

    def __init__(
        self,
        estimator: DepthEstimator,
        sinks: Sequence[Sink],
        *,
        sweeps: int | None = None,
        maps_per_sweep: int | None = None,
    ) -> None:
        self._estimator = estimator
        self._sinks = tuple(sinks)
        self._sweeps_left = sweeps
        self._maps_per_sweep = maps_per_sweep
        self._sweep_id: int | None = None
        self._taken = 0
        self._skipped = 0

    def run(self, slices: Iterable[FocalSlice], *, behind: Callable[[], bool] = lambda: False) -> None:
        """Work until the slices end or the asked number of sweeps is done; see `updates`."""
        for _ in self.updates(slices, behind=behind):
            pass

    def updates(
        self, slices: Iterable[FocalSlice], *, behind: Callable[[], bool] = lambda: False
    ) -> Generator[DepthUpdate, None, None]:
        """Yield every map when the sinks have it, until the slices end or the asked sweeps are done.

        Parameters
        ----------
        slices
            In the order of their exposure.
        behind
            Tells whether slices are waiting that may be lost. Then maps are skipped rather than slices: a
            slice that is not added is missing in all later maps of its sweep.

        Raises
        ------
        FocstreamError
            From the source, the estimator or a sink.
        """
        for focal_slice in slices:
            if self._sweep_id not in (None, focal_slice.tag.sweep_id):
                # The slice that would have completed the sweep was lost: end it with what there is.
                yield from self._written(self._estimator.finish())
            if self._sweeps_left == 0:
                return
            show = self._is_planned(focal_slice.tag) and self._shows(behind)
            yield from self._written(self._estimator.push(focal_slice, show=show))
            if self._sweeps_left == 0:
                return
        yield from self._written(self._estimator.finish())

    def updates_of_runs(
        self, runs: Iterable[Iterable[FocalSlice]], *, behind: Callable[[], bool] = lambda: False
    ) -> Generator[DepthUpdate, None, None]:
        """Yield as `updates` does, run by run: what ends a run ends the sweep in hand."""
        for slices in runs:
            yield from self.updates(slices, behind=behind)
            if self._sweeps_left == 0:
                return

    def _is_planned(self, tag: SliceTag) -> bool:
        """Count a slice, and return whether a map that is not final is to be made with it."""
        self._taken = self._taken + 1 if self._sweep_id == tag.sweep_id else 1
        self._sweep_id = tag.sweep_id
        if self._maps_per_sweep is None or tag.slots is None:
            return self._maps_per_sweep != 1
        made, before = (taken * self._maps_per_sweep // tag.slots for taken in (self._taken, self._taken - 1))
        return made > before

    def _shows(self, behind: Callable[[], bool]) -> bool:
        """Return whether there is time for a map that is not final."""
        show = self._skipped >= MAPS_SKIPPED_AT_MOST or not behind()
        self._skipped = 0 if show else self._skipped + 1
        return show

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._sweeps_left != 0:
                self._written(self._estimator.finish())
        finally:
            self._estimator.close()

    def _written(self, update: DepthUpdate | None) -> tuple[DepthUpdate, ...]:
        """Hand a map to the sinks; return it, or nothing where there is none."""
        if update is None:
            return ()
        for sink in self._sinks:
            sink.write(update)
        if update.final and self._sweeps_left is not None:
            self._sweeps_left -= 1
        return (update,)
