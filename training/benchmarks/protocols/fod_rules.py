"""Rules for FoD500, ``fs_6`` of DefocusNet (Maximov et al., CVPR 2020), by protocol."""

import numpy as np

from training.benchmarks.protocols.rules import Mask, Rules, above, truth_within, unchanged, within
from training.benchmarks.scales import UnitMap
from training.benchmarks.stacks import SetSize

FOCUS_M = (0.1, 0.15, 0.3, 0.7, 1.5)
FARTHEST_M = 3.0
"""No surface of the set is farther; predictions are limited to it."""

_PNG_STEPS_PER_M = 10_000
_CLIP_M = 1.5
_LIMITED = f"predictions are at most {FARTHEST_M:g} m, as the set's depths are"
_UNIT = "depth in m"
_TEST = SetSize(stacks=100, rows=256, columns=256)


def _through_png(prediction: UnitMap, truth: UnitMap) -> tuple[UnitMap, UnitMap]:
    """DFV saves both as 16-bit PNG of whole 0.1 mm, rounded down, and then clips them."""
    return _read_from_png(prediction), _read_from_png(truth)


def _read_from_png(depth_m: UnitMap) -> UnitMap:
    steps = np.floor(depth_m.astype(np.float32) * np.float32(_PNG_STEPS_PER_M))
    return np.clip(steps.astype(np.float64) / _PNG_STEPS_PER_M, 0.0, _CLIP_M)


FOD_RULES = (
    Rules(
        set_name="FoD500",
        protocol="dfv",
        unit=_UNIT,
        planes=FOCUS_M,
        prepare=_through_png,
        preparation=f"{_LIMITED}; prediction and g in whole 0.1 mm, clipped to 0 … 1.5 m",
        masks=(above(0.0),),
        made_for=_TEST,
    ),
    Rules(
        set_name="FoD500",
        protocol="aifdepthnet",
        unit=_UNIT,
        planes=FOCUS_M,
        padding="black",
        prepare=unchanged,
        preparation=_LIMITED,
        masks=(
            within(0.1, 1.5),
            above(0.0),
            Mask(text="0 < g <= 2", keeps=lambda truth: (truth > 0.0) & (truth <= 2.0)),
        ),
        made_for=_TEST,
    ),
    Rules(
        set_name="FoD500",
        protocol="dffinthewild",
        unit=_UNIT,
        planes=FOCUS_M,
        prepare=truth_within(0.1, 1.5, hole=0.0),
        preparation=f"{_LIMITED}; g outside of 0.1 … 1.5 m becomes 0",
        masks=(above(0.0),),
        made_for=_TEST,
    ),
    Rules(
        set_name="FoD500",
        protocol="ddl-gru",
        unit=_UNIT,
        planes=FOCUS_M,
        prepare=unchanged,
        preparation=f"{_LIMITED}; g is the mean of R, G and B",
        masks=(above(0.0),),
        holes_zeroed=True,
        made_for=_TEST,
    ),
)
