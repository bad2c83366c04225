"""How sure depth must be to count, and maps without the rest."""

import re
from dataclasses import dataclass, replace

import numpy as np

from focstream.depth_update import FloatMap
from focstream.focal_slice import BoolMap
from focstream.report import SURE_SIGMA
from focstream.types import DepthUpdate, InputError, Scale

_PER_METRE = {"m": 1.0, "um": 1e6}
_METRES = {"m": 1.0, "mm": 1e-3, "um": 1e-6}
_TEXT = re.compile(r"([0-9]*\.?[0-9]+(?:e-?[0-9]{1,2})?)(m|mm|um)?")
OFF = "off"
"""What users write for depth that need not be sure at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """The largest standard deviation that is sure.

    Attributes
    ----------
    sigma
        A share of the sweep, or metres.
    in_metres
        Which of both.
    """

    sigma: float = SURE_SIGMA
    in_metres: bool = False

    def is_sure(self, coordinate: FloatMap, coordinate_sigma: FloatMap, scale: Scale | None) -> BoolMap:
        """Return where depth is known and sure, of the shape of both.

        Raises
        ------
        InputError
            For metres where the map has no lengths.
        """
        known = np.isfinite(coordinate)
        if not self.in_metres:
            return known & (coordinate_sigma <= np.float32(self.sigma))
        if scale is None:
            raise InputError(
                "--confidence is a length, but this depth is a sweep coordinate without metres: give it as a "
                "share of the sweep, such as 0.05, or calibrate the focus"
            )
        most = np.float32(self.sigma * _PER_METRE[scale.unit])
        return known & (scale.sigma(coordinate, coordinate_sigma) <= most)


def read_confidence(text: str) -> Confidence | None:
    """Read what users write: a share of the sweep, a length such as ``2mm``, or "off", which is None.

    Raises
    ------
    ValueError
        For anything else.
    """
    if text == OFF:
        return None
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{text[:60]!a} is no σ: give a share of the sweep such as 0.05, a length such as 2mm, or off"
        )
    sigma, unit = float(found[1]), found[2]
    if sigma == 0.0 or (unit is None and sigma > 1.0):
        raise ValueError(
            f"{text}: takes a share of the sweep above 0 and up to 1, or a length with its unit, such as 2mm"
        )
    return (
        Confidence(sigma=sigma) if unit is None else Confidence(sigma=sigma * _METRES[unit], in_metres=True)
    )


def only_sure(update: DepthUpdate, confidence: Confidence) -> DepthUpdate:
    """Take the depth off a map where it is not sure.

    Raises
    ------
    InputError
        As `Confidence.is_sure`.
    """
    none = np.float32(np.nan)
    sure = confidence.is_sure(update.coordinate, update.coordinate_sigma, update.scale)
    return replace(
        update,
        coordinate=np.where(sure, update.coordinate, none),
        coordinate_sigma=np.where(sure, update.coordinate_sigma, none),
    )
