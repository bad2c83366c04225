"""Which images of a TIFF file are the slices of one focal stack."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from capture.folder.hyperstack.ome import ome_pixels, texts_of
from capture.folder.stack_reading import StackReading
from focstream.files.whole_number import whole_number
from focstream.types import InputError

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPageSeries

_WORDS = {"Z": "slice", "T": "time", "C": "channel"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The images of one stack among all of a series.

    Attributes
    ----------
    indices
        Number of each image in the series.
    what
        What one of them is called.
    channel, time
        Which ones they are of.
    doubts
        What was assumed, a line each.
    """

    indices: tuple[int, ...]
    what: str
    channel: int = 0
    time: int = 0
    doubts: tuple[str, ...] = ()


def selection_of(
    file: "TiffFile", series: "TiffPageSeries", reading: StackReading, *, path: Path
) -> Selection:
    """Choose the slices: along z, else along the only other axis of the file.

    Raises
    ------
    InputError
        When there are several channels or times and `reading` says not which, or nothing to choose.
    """
    sizes = {axis: size for axis, size in zip(series.axes, series.shape, strict=True) if axis not in "YXS"}
    names = _channel_names(file, series)
    chosen = _asked(reading, sizes, names, path=path)
    left = [axis for axis, size in sizes.items() if size > 1 and axis not in chosen]
    if not left:
        raise InputError(f"{path} holds one image of what --channel and --time choose: leave them out")
    focus = "Z" if "Z" in left else left[0] if len(left) == 1 else ""
    others = [axis for axis in left if axis != focus]
    if others or not focus:
        raise InputError(f"{path} holds {_listed(left, sizes, names)}: {_to_choose(left)}")
    doubts: tuple[str, ...] = ()
    if focus in "TC":
        if focus == "C" and series.kind == "ome":
            raise InputError(f"{path} holds {_listed(left, sizes, names)} and one z: it is no focal stack")
        doubts = (f"the file has no z axis: its {_WORDS[focus]}s are taken for slices",)
    shape = tuple(sizes.values())
    fixed = {axis: chosen.get(axis, 0) for axis in sizes}
    indices = tuple(
        int(np.ravel_multi_index([number if axis == focus else fixed[axis] for axis in sizes], shape))
        for number in range(sizes[focus])
    )
    return Selection(
        indices=indices,
        what=_WORDS.get(focus, "page"),
        channel=fixed.get("C", 0),
        time=fixed.get("T", 0),
        doubts=doubts,
    )


def _asked(
    reading: StackReading, sizes: dict[str, int], names: tuple[str, ...], *, path: Path
) -> dict[str, int]:
    """Index along the axes that the user chose of."""
    chosen = {}
    if reading.channel is not None:
        known = {name: number for number, name in enumerate(names)}
        text = reading.channel
        number = known.get(text, whole_number(text))
        chosen["C"] = -1 if number is None else number
    if reading.time is not None:
        chosen["T"] = reading.time
    for axis, number in chosen.items():
        size, word = sizes.get(axis, 1), _WORDS[axis]
        if not 0 <= number < size:
            asked = reading.channel if axis == "C" else number
            raise InputError(f"{path} has no {word} {asked}, only {_listed([axis], {axis: size}, names)}")
    return chosen


def _channel_names(file: "TiffFile", series: "TiffPageSeries") -> tuple[str, ...]:
    """Names of the channels, where the file gives them."""
    return texts_of(ome_pixels(file, series).get("Channel"), "Name")


def _listed(axes: list[str], sizes: dict[str, int], names: tuple[str, ...]) -> str:
    texts = []
    for axis in axes:
        text = f"{sizes[axis]} {_WORDS.get(axis, f'images along {axis}')}s (0 … {sizes[axis] - 1})"
        if axis not in _WORDS:
            text = f"{sizes[axis]} images along axis {axis}"
        if axis == "C" and any(names):
            text = f"{sizes[axis]} channels ({', '.join(f'{n} {name}' for n, name in enumerate(names))})"
        texts.append(text)
    return " and ".join(texts)


def _to_choose(axes: list[str]) -> str:
    options = [option for axis, option in (("C", "--channel"), ("T", "--time")) if axis in axes]
    return (
        f"choose with {' and '.join(options)}" if options else "save one stack of them as a file of its own"
    )
