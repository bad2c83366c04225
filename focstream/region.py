"""A part of the picture that is asked about, and what a map says of it."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A named rectangle of the picture, in its pixels.

    Attributes
    ----------
    name
        Up to 32 ASCII letters, digits, ``_``, ``-`` and ``.``.
    x_px, y_px
        Its left and its upper pixel, counted from 0.
    width_px, height_px
        Its size.
    """

    name: str
    x_px: int
    y_px: int
    width_px: int
    height_px: int

    def __str__(self) -> str:
        """Return it as users write it."""
        return f"{self.name}={self.x_px},{self.y_px},{self.width_px},{self.height_px}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionFigures:
    """What a map says of one region; of its sure pixels alone, and NaN where there are none.

    All of it is NaN in a map that has seen less than half of its sweep: only what it has passed
    is sure by then.

    Lengths are in the unit of the map's depth (`DepthUpdate.unit`).

    Attributes
    ----------
    region
        Which one.
    median
        Depth; inf = at or beyond infinity.
    sigma
        Standard deviation of a single pixel's depth, as the map has it.
    angle_deg
        Between the normal of the plane through the region and the optical axis, 0 … 90 degrees. NaN without
        metres or intrinsics: then no angle is known.
    flatness
        Width of the band about that plane that holds 95 % of the pixels: across the plane where its angle is
        known, else along the optical axis. NaN where no plane goes through the region.
    sure_share
        Share of the region's pixels that are sure, 0 … 1.
    """

    region: Region
    median: float
    sigma: float
    angle_deg: float
    flatness: float
    sure_share: float


FIGURES = tuple(field.name for field in fields(RegionFigures) if field.name != "region")
LENGTHS = ("median", "sigma", "flatness")
"""Those of `FIGURES` that are in the unit of the depth."""
