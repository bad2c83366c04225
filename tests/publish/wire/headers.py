"""Headers to pack, and hypothesis strategies that make them."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from publish.wire.encodings import RULES
from publish.wire.header import Header

FIELDS = {
    "v": 1,
    "topic": "depth",
    "run_id": "0123456789abcdef",
    "seq": 7,
    "sweep": 3,
    "slice": 9,
    "stamp_ns": 1_700_000_000_000_000_000,
    "clock": "host",
    "sent_ns": 1_700_000_000_001_000_000,
    "dtype": "<f4",
    "shape": (2, 3),
    "encoding": "32FC1",
    "unit": "m",
    "invalid": "nan",
    "K": (0.0,) * 9,
    "D": (),
    "distortion_model": "",
    "frame_id": "focstream_optical",
    "depth_range": (0.25, None),
    "dropped": 0,
    "model": "m",
    "engine": "e",
    "calibration_id": "",
    "slices_seen": 10,
    "final": False,
    "calibrated": "approximate",
    "broken": False,
    "reconnects": 0,
}


def a_header(**changes):
    return Header.model_validate(FIELDS | changes)


counts = st.integers(0, 2**63 - 1)
texts = st.text(max_size=40)
numbers = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def maps(draw):
    """A header and pixels that belong to it."""
    encoding = draw(st.sampled_from(sorted(RULES)))
    rule = RULES[encoding]
    shape = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    shape = (*shape, 3) if rule.channels else shape
    header = a_header(
        topic=draw(st.sampled_from(rule.topics)),
        encoding=encoding,
        dtype=rule.dtype,
        invalid=rule.invalid,
        unit=draw(st.sampled_from(rule.units)),
        shape=shape,
        seq=draw(counts),
        stamp_ns=draw(counts),
        K=draw(st.tuples(*[numbers] * 9)),
        D=tuple(draw(st.lists(numbers, max_size=14))),
        depth_range=draw(st.none() | st.tuples(numbers, st.none() | numbers)),
        model=draw(texts),
        frame_id=draw(texts),
        final=draw(st.booleans()),
    )
    return header, draw(npst.arrays(np.dtype(rule.dtype), shape))
