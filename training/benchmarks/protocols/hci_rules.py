"""Rules for the 4D Light Field Benchmark (Honauer et al., ACCV 2016), by protocol.

Its focal stacks are refocused light fields: ten planes even in disparity, which is signed.
"""

import numpy as np

from training.benchmarks.protocols.rules import Rules, above, other_than, truth_within, unchanged, within
from training.benchmarks.stacks import SetSize

PLANES_PX = tuple(map(float, np.linspace(-2.5, 2.5, 10)))
"""The farthest first."""
JUDGED_SCENES = ("boxes", "cotton", "dino", "sideboard")

_HOLE_PX = -3.0
_UNIT = "disparity in px, signed"
_FOUR = SetSize(stacks=len(JUDGED_SCENES), rows=512, columns=512)

HCI_RULES = (
    Rules(
        set_name="4D Light Field",
        protocol="aifdepthnet",
        unit=_UNIT,
        planes=PLANES_PX,
        padding="black",
        prepare=unchanged,
        masks=(within(PLANES_PX[0], PLANES_PX[-1]), above(-3.6)),
        signed=True,
        made_for=_FOUR,
    ),
    Rules(
        set_name="4D Light Field",
        protocol="dffinthewild",
        unit=_UNIT,
        planes=PLANES_PX,
        prepare=truth_within(PLANES_PX[0], PLANES_PX[-1], hole=_HOLE_PX),
        preparation="g outside of -2.5 … 2.5 becomes -3",
        masks=(other_than(_HOLE_PX, text="g != -3"),),
        signed=True,
        made_for=_FOUR,
    ),
)
