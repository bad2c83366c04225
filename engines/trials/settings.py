"""What comparing and measuring engines have in common."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from pydantic import Field

from focstream.program.numbers import Threads


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSettings:
    """Which engines, with which network.

    Attributes
    ----------
    graphs, weights
        Folder of exported graphs, and the file of weights they were made from; without, those that come with
        the package.
    engines
        One or several, such as "openvino bf16"; each must run. Without, all that can.
    threads
        That compute; 0 = each engine's choice.
    device
        Number of the NVIDIA GPU, for engines on GPUs; without, the first.
    """

    graphs: Path | None = None
    weights: Path | None = None
    engines: Annotated[tuple[str, ...], tyro.conf.arg(name="engine")] = ()
    threads: Threads = 0
    device: Annotated[int, Field(ge=0, le=1023)] | None = None
