"""What users choose about the table of activation ranges."""

from dataclasses import dataclass
from pathlib import Path

from focstream.program.numbers import Count, Seed, Threads


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantiseSettings:
    """What to measure, and on what.

    Attributes
    ----------
    graphs
        Folder of exported graphs; the table is written into it, or replaced there.
    stacks
        Folder of rendered stacks (python -m training render-validation --split train), of which some of each
        set are taken; without, simulated ones.
    count
        Stacks to measure the ranges on.
    judged
        Further stacks, on which the error of int8 is compared with that of float32.
    size
        WIDTHxHEIGHT of simulated images in pixels.
    seed
        Of the simulated stacks: the same seed and graphs give the same table.
    threads
        That compute; 0 = OpenVINO's choice.
    """

    graphs: Path
    stacks: Path | None = None
    count: Count = 8
    judged: Count = 4
    size: str = "160x128"
    seed: Seed = 0
    threads: Threads = 0
