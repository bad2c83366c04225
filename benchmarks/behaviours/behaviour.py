"""One row of the table: how the simulated camera behaves, and how it is swept."""

from dataclasses import dataclass, field
from typing import Any

from capture.sweep.plan import Waveform


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """A camera that does not do what one would like.

    Attributes
    ----------
    what
        In words, for the table.
    lines
        Of the simulated camera's file.
    later
        Lines that replace them, each from so many seconds on.
    timing, chunks, waveform
        How it is swept.
    config
        Other values of `GenicamConfig`.
    slices, limit_s
        The run ends after so many slices, or so many seconds.
    """

    what: str
    lines: tuple[str, ...] = ()
    later: tuple[tuple[float, tuple[str, ...]], ...] = ()
    timing: str = "sequencer"
    chunks: bool = False
    waveform: Waveform = "staircase"
    config: dict[str, Any] = field(default_factory=dict)
    slices: int = 80
    limit_s: float = 12.0
