"""Options about maps: what is measured in them, and how sure depth must be."""

import re
from collections import Counter
from pathlib import Path
from typing import Self

from pydantic import field_validator, model_validator

from calibration.apply.confidence import Confidence, read_confidence
from focstream.frozen_model import FrozenModel
from focstream.region import Region

MOST_REGIONS = 16
"""The head of a message has room for them."""
_REGION = re.compile(r"([A-Za-z0-9_.-]{1,32})=([0-9]{1,6}),([0-9]{1,6}),([0-9]{1,6}),([0-9]{1,6})")


class MapConfig(FrozenModel):
    """What is measured in maps."""

    roi: tuple[str, ...] = ()
    """Regions NAME=x,y,w,h in pixels: of each, every map gets the median depth, its σ, angle and flatness of
    the plane through it, and the share that is sure."""
    log: Path | None = None
    """CSV file, or FILE.parquet, that gets a line about each region of every finished sweep, below those
    already there."""

    confidence: str | None = None
    """Depth with a larger σ is left out everywhere: a share of the sweep (0.05) or a length (2mm, 0.01m).
    Default: whole maps; point clouds of what is sure to 0.05, without flying pixels. off: all of them."""

    @field_validator("confidence")
    @classmethod
    def _is_a_sigma(cls, text: str | None) -> str | None:
        if text is not None:
            read_confidence(text)
        return text

    @field_validator("roi")
    @classmethod
    def _are_regions(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        names = Counter(read_region(text).name for text in texts)
        name, times = names.most_common(1)[0] if names else ("", 0)
        if times > 1:
            raise ValueError(f"two regions are called {name}: give each a name of its own")
        if len(texts) > MOST_REGIONS:
            raise ValueError(f"takes at most {MOST_REGIONS} regions, got {len(texts)}")
        return texts

    @model_validator(mode="after")
    def _log_needs_regions(self) -> Self:
        if self.log is not None and not self.roi and not self.regions_may_come:
            raise ValueError("--log is about regions: give --roi NAME=x,y,w,h too, or --web-control")
        return self

    @property
    def regions_may_come(self) -> bool:
        """Whether regions may be drawn while the program runs; what can draw them says so in its place."""
        return False

    @property
    def mask(self) -> Confidence | None:
        """What depth must be to stay in maps; None for whole maps."""
        return None if self.confidence is None else read_confidence(self.confidence)

    @property
    def cloud(self) -> Confidence | None:
        """What depth must be to get into point clouds; None for whole clouds."""
        return Confidence() if self.confidence is None else read_confidence(self.confidence)

    @property
    def regions(self) -> tuple[Region, ...]:
        """The regions asked for."""
        return tuple(map(read_region, self.roi))


def read_region(text: str) -> Region:
    """Read a region as users write it.

    Raises
    ------
    ValueError
        When it is none.
    """
    found = _REGION.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{text[:60]!a} is not NAME=x,y,w,h: a name of at most 32 letters, digits, _ - and ., then "
            "left, top, width and height in whole pixels"
        )
    x_px, y_px, width_px, height_px = map(int, found.groups()[1:])
    if width_px == 0 or height_px == 0:
        raise ValueError(f"{text}: width and height must be 1 px or more")
    return Region(name=found[1], x_px=x_px, y_px=y_px, width_px=width_px, height_px=height_px)
