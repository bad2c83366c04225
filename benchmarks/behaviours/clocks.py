"""How the clocks of cameras go wrong."""

from benchmarks.behaviours.behaviour import Behaviour
from capture.sweep.plan import Waveform

_TICKS = "tick_hz 125000000"
_UNTOLD = "rename GevTimestampTickFrequency="
_SWEPT: tuple[tuple[str, Waveform], ...] = (
    ("free", "staircase"),
    ("free", "triangle"),
    ("software", "staircase"),
)
_CLOCKS = (
    ("stamps are ticks of 125 MHz", (_TICKS,), False),
    ("stamps in chunks only, ticks of 125 MHz", (_TICKS, "no_timestamps 1"), True),
    ("ticks of 125 MHz, and nobody tells", (_TICKS, _UNTOLD), False),
    ("the clock goes back by 0.7 s", ("clock_jump_s -0.7", "clock_jump_after 100"), False),
    ("the clock goes ahead by 0.7 s", ("clock_jump_s 0.7", "clock_jump_after 100"), False),
    ("the clock goes back by 12 ms", ("clock_jump_s -0.012", "clock_jump_after 100"), False),
    ("the clock stands still after 100 images", ("clock_stops_after 100",), False),
    ("the clock goes at 1.024 of the rate", ("clock_rate 1.024",), False),
    ("the clock goes at an eighth of the rate", ("clock_rate 0.125",), False),
    ("all stamps are 0", ("zero_timestamps 1",), False),
    ("no stamps", ("no_timestamps 1",), False),
)

ROWS = tuple(
    Behaviour(
        what=what,
        lines=lines,
        timing=timing,
        waveform=waveform,
        chunks=chunks,
        config={"names": {"focus_chunk": ()}},
    )
    for what, lines, chunks in _CLOCKS
    for timing, waveform in _SWEPT
)
