"""What models make of stacks without truth, as one picture to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from focstream.depth_update import FloatMap
from focstream.files.writing import write_whole
from focstream.focal_slice import Image
from focstream.types import InputError
from inference.depth_model import DepthMaps
from publish.colour import NO_DEPTH_BGR, colours_of
from training.data.real_stack import RealStack
from training.judging.judge import maps_after_all_slices
from training.judging.judged_models import JudgedModel

Picture = NDArray[np.uint8]

LARGEST_SIGMA = 0.1
"""σ, as a share of the sweep range, at the bright end of its colours."""
SUFFIXES = (".jpg", ".jpeg", ".png")
_CAPTION_PX, _GAP_PX = 18, 4
_PAPER_BGR, _INK_BGR = (24, 24, 24), (235, 235, 235)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One stack: its middle slice, then all-in-focus image, depth and σ of every model.

    Attributes
    ----------
    name
        Of the stack.
    titles, cells
        What each picture shows, and (row height, W, 3) uint8 blue-green-red.
    """

    name: str
    titles: tuple[str, ...]
    cells: tuple[Picture, ...]


def sheet_row(stack: RealStack, models: Sequence[JudgedModel], *, height_px: int) -> SheetRow:
    """Run every model over all slices of a stack, and draw what they say at its end."""
    maps = [maps_after_all_slices(judged.model, stack.images, stack.coordinates) for judged in models]
    return drawn_row(stack, [judged.label for judged in models], maps, height_px=height_px)


def drawn_row(
    stack: RealStack, labels: Sequence[str], found: Sequence[DepthMaps], *, height_px: int
) -> SheetRow:
    """Draw the maps that models of these labels found of a stack."""
    titles, cells = ["middle slice"], [_scaled(_picture_of(stack.images[len(stack.images) // 2]), height_px)]
    for label, maps in zip(labels, found, strict=True):
        titles += [f"{label}: {what}" for what in ("all in focus", "depth", "sigma")]
        pictures = (
            _picture_of(maps.all_in_focus), colours_of(maps.coordinate), sigma_colours(maps.coordinate_sigma),
        )  # fmt: skip
        cells += [_scaled(picture, height_px) for picture in pictures]
    return SheetRow(name=f"{stack.name} ({len(stack.images)})", titles=tuple(titles), cells=tuple(cells))


def sigma_colours(sigma: FloatMap) -> Picture:
    """(H, W, 3) uint8 blue-green-red of an (H, W) σ: black 0, bright `LARGEST_SIGMA` or more, grey none."""
    none = np.isnan(sigma)
    levels = np.clip(np.where(none, 0.0, sigma) / LARGEST_SIGMA, 0.0, 1.0) * 255.0 + 0.5
    picture = np.asarray(cv2.applyColorMap(levels.astype(np.uint8), cv2.COLORMAP_INFERNO), np.uint8)
    picture[none] = NO_DEPTH_BGR
    return picture


def contact_sheet(rows: Sequence[SheetRow]) -> Picture:
    """Put rows of the same models below each other, in columns, under the columns' titles."""
    columns = list(zip(*(row.cells for row in rows), strict=True))
    widths_px = [max(cell.shape[1] for cell in column) for column in columns]
    head = _strip(widths_px)
    for title, left_px in zip(rows[0].titles, _lefts(widths_px), strict=True):
        _write(head, title, left_px=left_px)
    return np.concatenate([head, *(_drawn(row, widths_px) for row in rows)])


def check_sheet_path(path: Path) -> None:
    """Raise InputError unless a sheet can be saved there."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"--sheet {path}: give a file that ends in {' or '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise InputError(f"--sheet {path}: the folder {path.parent} does not exist; make it first")


def save_sheet(path: Path, sheet: Picture) -> None:
    """Write the picture, in the format that the suffix names.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    done, data = cv2.imencode(path.suffix.lower(), sheet)
    if not done:
        raise InputError(f"{path}: a picture of {sheet.shape} does not fit this format; judge fewer stacks")
    write_whole(path, data.tobytes())


def _picture_of(image: Image) -> Picture:
    eight = image if image.dtype == np.uint8 else image >> 8
    eight = np.ascontiguousarray(eight, np.uint8)
    return np.asarray(cv2.cvtColor(eight, cv2.COLOR_GRAY2BGR), np.uint8) if eight.ndim == 2 else eight


def _scaled(picture: Picture, height_px: int) -> Picture:
    height, width = picture.shape[:2]
    size = (max(round(width * height_px / height), 1), height_px)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _drawn(row: SheetRow, widths_px: Sequence[int]) -> Picture:
    caption = _strip(widths_px)
    _write(caption, row.name, left_px=0)
    pictures = np.full((row.cells[0].shape[0], caption.shape[1], 3), _PAPER_BGR, np.uint8)
    for cell, left_px in zip(row.cells, _lefts(widths_px), strict=True):
        pictures[:, left_px : left_px + cell.shape[1]] = cell
    return np.concatenate([caption, pictures])


def _strip(widths_px: Sequence[int]) -> Picture:
    return np.full((_CAPTION_PX, sum(widths_px) + _GAP_PX * (len(widths_px) - 1), 3), _PAPER_BGR, np.uint8)


def _lefts(widths_px: Sequence[int]) -> list[int]:
    return [sum(widths_px[:column]) + column * _GAP_PX for column in range(len(widths_px))]


def _write(strip: Picture, text: str, *, left_px: int) -> None:
    place = (left_px + 2, _CAPTION_PX - 5)
    cv2.putText(strip, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK_BGR, 1, cv2.LINE_AA)
