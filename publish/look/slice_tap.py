"""Shows slices to those who only look, on their way to the estimator."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, runtime_checkable

from focstream.types import DepthUpdate, FocalSlice


class Looker(Protocol):
    """A sink that also looks at the slices. Neither method ever waits for a peer."""

    def see(self, focal_slice: FocalSlice) -> None:
        """Take a look at a slice before the estimator gets it."""
        ...

    def write(self, update: DepthUpdate) -> None:
        """Take one update."""
        ...

    def close(self) -> None:
        """Finish what is in hand and free everything."""
        ...


@runtime_checkable
class RawLooker(Protocol):
    """Looks at slices as the camera gave them, before breathing and shading are undone."""

    def see_raw(self, focal_slice: FocalSlice) -> None:
        """Take a look at a slice; never waits for a peer."""
        ...


def shown_raw(lookers: Sequence[Looker], slices: Iterable[FocalSlice]) -> Iterator[FocalSlice]:
    """Yield `slices` of the camera, each after those have seen it who look at them uncorrected."""
    raw = [looker for looker in lookers if isinstance(looker, RawLooker)]
    for focal_slice in slices:
        for looker in raw:
            looker.see_raw(focal_slice)
        yield focal_slice


def shown_to(lookers: Sequence[Looker], slices: Iterable[FocalSlice]) -> Iterator[FocalSlice]:
    """Yield `slices`, each after every looker has seen it."""
    for focal_slice in slices:
        for looker in lookers:
            looker.see(focal_slice)
        yield focal_slice
