"""Stacks of a benchmark, whichever files they come from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from focstream.focal_slice import Image
from focstream.types import InputError
from training.benchmarks.scales import SweepScale, UnitMap


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkStack:
    """A focal stack and its truth as the files have it.

    Attributes
    ----------
    name
        As reports show it.
    images
        (H, W, 3) blue-green-red, the farthest plane of focus first.
    coordinates
        Sweep coordinate of every image.
    truth
        (H, W) in the unit of the benchmark; the rules say which values count.
    scale
        What a sweep coordinate is in that unit.
    """

    name: str
    images: tuple[Image, ...]
    coordinates: tuple[float, ...]
    truth: UnitMap
    scale: SweepScale


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSize:
    """How large a set is.

    Attributes
    ----------
    stacks
        How many there are.
    rows, columns
        Of every image.
    """

    stacks: int
    rows: int
    columns: int

    def __str__(self) -> str:
        """Write it as tables show it."""
        return f"{self.stacks} stack{'' if self.stacks == 1 else 's'} of {self.rows} × {self.columns}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkSet:
    """The stacks that a benchmark is judged on.

    Attributes
    ----------
    size
        Of the set that was found.
    read
        Yields the stacks, one at a time, the same at every call.
    """

    size: SetSize
    read: Callable[[], Iterator[BenchmarkStack]]


def eight_bit(values: np.ndarray, *, where: str) -> np.ndarray:
    """Images of 0 … 255 as uint8: published files hold whole numbers, of type uint8 or float32.

    Raises
    ------
    InputError
        When they are no such numbers; 0 … 1 is the common mistake.
    """
    if values.dtype == np.uint8:
        return values
    if not np.isfinite(values).all() or values.min() < 0 or not 1.0 < values.max() <= 255:
        raise InputError(
            f"{where}: expected images of 0 … 255, found {values.min():g} … {values.max():g}; "
            "make the file again"
        )
    return np.rint(values).astype(np.uint8)
