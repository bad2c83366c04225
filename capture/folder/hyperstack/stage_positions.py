"""Where the slices of a TIFF file were taken along the optical axis, as ImageJ or OME say."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from capture.folder.hyperstack.ome import as_list, ome_pixels
from capture.folder.hyperstack.stack_axes import Selection
from focstream.height_scale import MOST_UM

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPageSeries

_UM = {
    "pm": 1e-6, "å": 1e-4, "angstrom": 1e-4, "nm": 1e-3, "nanometer": 1e-3, "nanometre": 1e-3,
    "um": 1.0, "µm": 1.0, "μm": 1.0, "micron": 1.0, "microns": 1.0, "micrometer": 1.0, "micrometre": 1.0,
    "mm": 1e3, "millimeter": 1e3, "cm": 1e4, "dm": 1e5, "m": 1e6, "in": 25_400.0, "inch": 25_400.0,
}  # fmt: skip
"""Micrometres of the units of length that ImageJ and OME know, in lower case."""
_SAME = 0.01
"""Share by which stage positions may differ from the spacing before that is worth a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePositions:
    """Positions of the slices.

    Attributes
    ----------
    heights_um
        One for each slice; None where the file does not know them.
    text
        Where they come from, or why they are not known.
    origin
        What says so, in short.
    doubts
        What the file leaves open and what was assumed, a line each.
    """

    heights_um: tuple[float, ...] | None
    text: str
    origin: str = ""
    doubts: tuple[str, ...] = ()


def stage_positions(file: "TiffFile", series: "TiffPageSeries", selection: Selection) -> StagePositions:
    """Find the positions of the selected slices, in micrometres."""
    count = len(selection.indices)
    if series.kind == "imagej":
        told = file.imagej_metadata or {}
        return _spaced(told.get("spacing"), told.get("unit"), count, origin="ImageJ's spacing")
    if series.kind == "ome":
        pixels = ome_pixels(file, series)
        unit = pixels.get("PhysicalSizeZUnit", "µm")
        spaced = _spaced(pixels.get("PhysicalSizeZ"), unit, count, origin="OME's PhysicalSizeZ")
        return _with_planes(spaced, _plane_positions(pixels, selection))
    return StagePositions(heights_um=None, text="the file has no z spacing")


def significant_bits(file: "TiffFile", series: "TiffPageSeries") -> int | None:
    """Bits of a value that are used, as OME says; None where it does not."""
    bits = ome_pixels(file, series).get("SignificantBits")
    return bits if isinstance(bits, int) and 0 < bits < series.dtype.itemsize * 8 else None


def _spaced(spacing: object, unit: object, count: int, *, origin: str) -> StagePositions:
    if not isinstance(spacing, int | float) or not math.isfinite(spacing) or spacing == 0:
        return StagePositions(heights_um=None, text="the file has no z spacing")
    step_um = micrometres(abs(float(spacing)), unit)
    if step_um is None:
        said = f"{unit!r}" if unit else "none"
        return StagePositions(
            heights_um=None, text=f"the unit of the z spacing is {said}, which is no length"
        )
    if not 0.0 < step_um * count <= MOST_UM:
        return StagePositions(heights_um=None, text=f"its z spacing, {step_um:g} µm, is no length of a stage")
    text = f"{origin}, {step_um:.6g} µm a slice"
    return StagePositions(heights_um=tuple(step_um * k for k in range(count)), text=text, origin=origin)


def _with_planes(spaced: StagePositions, planes_um: tuple[float, ...] | None) -> StagePositions:
    """Positions of every plane, where the file has no spacing; else a line where both differ."""
    if planes_um is None:
        return spaced
    if spaced.heights_um is None:
        return StagePositions(
            heights_um=planes_um, text="OME's PositionZ of every plane", origin="OME's PositionZ"
        )
    by_planes, by_spacing = abs(planes_um[-1] - planes_um[0]), spaced.heights_um[-1]
    if abs(by_planes - by_spacing) <= _SAME * by_spacing:
        return spaced
    doubt = (
        f"the planes of the file lie {by_planes:.6g} µm apart by PositionZ and {by_spacing:.6g} µm by the "
        f"spacing; the spacing is used"
    )
    return StagePositions(
        heights_um=spaced.heights_um, text=spaced.text, origin=spaced.origin, doubts=(doubt,)
    )


def _plane_positions(pixels: dict[str, Any], selection: Selection) -> tuple[float, ...] | None:
    """PositionZ of the selected planes in micrometres; None unless every one has it and they differ."""
    found = {}
    for plane in as_list(pixels.get("Plane")):
        if isinstance(plane, dict) and (plane.get("TheC", 0), plane.get("TheT", 0)) == (
            selection.channel,
            selection.time,
        ):
            # Without a unit it counts in a "reference frame" of unknown size.
            position, unit = plane.get("PositionZ"), plane.get("PositionZUnit", "reference frame")
            if isinstance(position, int | float):
                found[plane.get("TheZ", 0)] = micrometres(float(position), unit)
    if any(value is not None and not abs(value) <= MOST_UM / 2 for value in found.values()):
        return None
    values = [found.get(z) for z in range(len(selection.indices))]
    known = tuple(value for value in values if value is not None)
    return known if len(known) == len(values) and len(set(known)) > 1 else None


def micrometres(length: float, unit: object) -> float | None:
    """Convert a length to micrometres; None where the unit is no length."""
    text = str(unit).strip()
    # ImageJ's metadata is ASCII, where µ is escaped.
    text = text.replace("\\u00B5", "µ").replace("\\u00b5", "µ").lower()
    return length * _UM[text] if text in _UM else None
