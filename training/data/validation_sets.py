"""The fixed sets that networks are judged on, so that figures of different days can be compared."""

import logging
from dataclasses import dataclass
from pathlib import Path

from training.data.render import RenderSettings, SourceName, Split, render

_log = logging.getLogger(__name__)

SIZE_PX = 192
SOURCES: tuple[SourceName, ...] = ("nyu", "procedural")
SLICES = (4, 8, 16)
GAINS_PX = {"": (8.0, 24.0), "_gain_2_8": (2.0, 8.0), "_gain_24_40": (24.0, 40.0)}
"""Blur at one sweep range out of focus, by the ending of the set's name; the first is the usual one."""
SEED = 100
"""Seed of the first set; no training set should have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationSettings:
    """Where the fixed sets go.

    Attributes
    ----------
    data
        Folder that holds nyuv2/ and textures/.
    out
        Folder for the sets, one folder each: nyu, nyu_4, nyu_16, nyu_gain_2_8, procedural, …
    split
        "validation" for judging. The like of "train", new stacks of the pictures that networks learn from,
        serve to find how many Laplace scales σ should be.
    count
        Stacks in a set.
    workers
        Processes.
    """

    data: Path
    out: Path
    split: Split = "validation"
    count: int = 64
    workers: int = 2


def render_validation(settings: ValidationSettings) -> None:
    """Render every set that is not there yet."""
    for ending, (low_px, high_px) in GAINS_PX.items():
        for slices in SLICES if not ending else (8,):
            for source in SOURCES:
                name = f"{source}{ending}" + (f"_{slices}" if slices != 8 else "")
                _log.info("%s", name)
                render(
                    RenderSettings(
                        data=settings.data,
                        out=settings.out / name,
                        source=source,
                        split=settings.split,
                        count=settings.count,
                        shard=16,
                        size_px=SIZE_PX,
                        slices=slices,
                        anyhow=0.0,
                        gain_low_px=low_px,
                        gain_high_px=high_px,
                        seed=SEED,
                        workers=settings.workers,
                    )
                )
