"""How cameras count their images, and which of them are lost."""

from benchmarks.behaviours.behaviour import Behaviour
from capture.sweep.plan import Waveform

_GIGE = ("id_first 65500", "id_last 65535")
_IDS = (
    ("as one would like", ()),
    ("16-bit ids go round to 1, 5 % lost", (*_GIGE, "drop_percent 5")),
    ("16-bit ids go round to 0, 5 % lost", (*_GIGE, "id_after_last 0", "drop_percent 5")),
    ("64-bit ids go round", ("id_first 18446744073709551586",)),
    ("ids begin at 0, 20 % lost", ("id_first 0", "drop_percent 20")),
    ("ids begin at 5000", ("id_first 5000",)),
    ("ids count on after a stop, 10 % lost", ("id_counts_on 1", "drop_percent 10")),
    ("each 13th id is repeated", ("id_repeats_every 13",)),
    ("all ids are 1", ("id_last 1",)),
    ("ids fall back after 100 images", ("id_falls_back_after 100",)),
)
_LOSSES: tuple[tuple[str, Waveform], ...] = (
    ("free", "staircase"),
    ("software", "staircase"),
    ("free", "triangle"),
    ("free", "sawtooth"),
)

ROWS = (
    *(Behaviour(what=what, lines=lines, chunks=chunks) for what, lines in _IDS for chunks in (False, True)),
    Behaviour(what="16-bit ids go round", lines=_GIGE, timing="free"),
    Behaviour(what="ids fall back after 100 images", lines=("id_falls_back_after 100",), timing="free"),
    *(
        Behaviour(
            what="5 % lost, 5 % incomplete",
            lines=("drop_percent 5", "incomplete_percent 5"),
            timing=timing,
            waveform=waveform,
        )
        for timing, waveform in _LOSSES
    ),
)
