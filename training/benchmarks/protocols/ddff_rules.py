"""Rules for DDFF 12-Scene (Hazirbas et al., ACCV 2018), by protocol.

Planes are even in disparity, the nearest first. The calibration gives 0.1412375658 px m / 0.5 m … 7 m; DFV,
and HybridDepth after it, round that to 0.28 … 0.02.
"""

import numpy as np

from training.benchmarks.protocols.rules import (
    Mask,
    Rules,
    above,
    other_than,
    truth_within,
    unchanged,
    within,
)
from training.benchmarks.scales import UnitMap
from training.benchmarks.stacks import SetSize

DISPARITY_PX_M = 521.4052 * 1982.0250823695178 / 7317.020641763665 * 1e-3
"""Disparity times depth: focal length of a view in pixels × baseline K2 / f in metres."""

_PLANES = 10
_CALIBRATED = tuple(map(float, np.linspace(DISPARITY_PX_M / 0.5, DISPARITY_PX_M / 7.0, _PLANES)))
_ROUNDED = tuple(map(float, np.linspace(0.28, 0.02, _PLANES)))
_FIVE = (0, 2, 4, 6, 9)  # linspace(0, 9, 5), truncated when it becomes an index
_NEAR_PX, _FAR_PX = _CALIBRATED[0], _CALIBRATED[-1]
_SPAN_PX = _NEAR_PX - _FAR_PX
_NORMALISED_HOLE = (0.0 - _FAR_PX) / _SPAN_PX

_UNIT = "disparity in px"
_WHOLE = SetSize(stacks=200, rows=383, columns=552)  # glassroom and office41, DFV's my_ddff_trainVal.h5
_PATCHES = SetSize(stacks=1318, rows=224, columns=224)  # the official trainval h5


def _normalised(prediction: UnitMap, truth: UnitMap) -> tuple[UnitMap, UnitMap]:
    return (prediction - _FAR_PX) / _SPAN_PX, (truth - _FAR_PX) / _SPAN_PX


DDFF_RULES = (
    Rules(
        set_name="DDFF 12-Scene",
        protocol="dfv",
        unit=_UNIT,
        planes=_ROUNDED,
        slices=_FIVE,
        padding="reflected",
        prepare=unchanged,
        masks=(above(0.0),),
        made_for=_WHOLE,
    ),
    Rules(
        set_name="DDFF 12-Scene",
        protocol="hybriddepth",
        unit=_UNIT,
        planes=_ROUNDED,
        slices=_FIVE,
        padding="reflected",
        prepare=unchanged,
        masks=(Mask(text="0.02 < g < 0.28", keeps=lambda truth: (truth > 0.02) & (truth < 0.28)),),
        made_for=_WHOLE,
    ),
    Rules(
        set_name="DDFF 12-Scene",
        protocol="fossa",
        unit=f"{_UNIT}, of a depth d in metres 0.14123757 / d",
        planes=_CALIBRATED,
        slices=_FIVE,
        prepare=unchanged,
        masks=(above(0.0),),
        made_for=_WHOLE,
    ),
    Rules(
        set_name="DDFF 12-Scene",
        protocol="ddff-pytorch",
        unit=_UNIT,
        planes=_CALIBRATED,
        padding="reflected",
        prepare=truth_within(0.0202, 0.2825, hole=0.0),
        preparation="g outside of 0.0202 … 0.2825 becomes 0",
        masks=(above(0.0),),
        made_for=_PATCHES,
    ),
    Rules(
        set_name="DDFF 12-Scene",
        protocol="aifdepthnet",
        unit=_UNIT,
        planes=_CALIBRATED,
        padding="black",
        prepare=unchanged,
        masks=(above(0.0), within(_FAR_PX, _NEAR_PX)),
        made_for=_PATCHES,
    ),
    Rules(
        set_name="DDFF 12-Scene",
        protocol="dffinthewild",
        unit="disparity, 0 and 1 at the limits of the sweep",
        planes=_CALIBRATED,
        padding="black",
        prepare=_normalised,
        preparation="prediction and g are made 0 … 1 over the sweep",
        masks=(other_than(_NORMALISED_HOLE, text="g != 0 in the file"),),
        made_for=_PATCHES,
    ),
)
