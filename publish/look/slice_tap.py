"""Shows slices to those who only look, on their way to the estimator."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

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


def shown_to(lookers: Sequence[Looker], slices: Iterable[FocalSlice]) -> Iterator[FocalSlice]:
    """Yield `slices`, each after every looker has seen it."""
    for focal_slice in slices:
        for looker in lookers:
            looker.see(focal_slice)
        yield focal_slice
