"""The fixed sets that networks are judged on, so that figures of different days can be compared."""

import logging
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from focstream.types import InputError
from training.data.render import render
from training.data.render_settings import RenderSettings, SourceName, Split
from training.data.world_sets import SIZE_PX, ValidationSet, world_sets

_log = logging.getLogger(__name__)

SOURCES: tuple[SourceName, ...] = ("nyu", "procedural")
SLICES = (4, 8, 16)
GAINS_PX = {"": (8.0, 24.0), "_gain_2_8": (2.0, 8.0), "_gain_24_40": (24.0, 40.0)}
"""Blur at one sweep range out of focus, by the ending of the set's name; the first is the usual one."""
SEED = 100
"""Seed of the first set; no training set should have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationSettings:
    """Which of the fixed sets are made, and where they go.

    Attributes
    ----------
    data
        Folder that holds nyuv2/ and textures/.
    out
        Folder for the sets, one folder each: nyu, nyu_4, nyu_16, nyu_gain_2_8, procedural, … in the plain
        world; world, where everything is drawn, and world_disc, world_polygon, …, where it is one effect.
    split
        "validation" for judging. The like of "train", new stacks of the pictures that networks learn from,
        serve to find how many Laplace scales σ should be.
    count
        Stacks in a set; in those of one effect each a quarter.
    sets
        Patterns of the names of the sets to render, such as "world*".
    workers
        Processes.
    """

    data: Path
    out: Path
    split: Split = "validation"
    count: int = 64
    sets: tuple[str, ...] = ("*",)
    workers: int = 2


def render_validation(settings: ValidationSettings) -> None:
    """Render every set asked for that is not there yet.

    Raises
    ------
    InputError
        When a pattern fits no set.
    """
    sets = {one.name: one for one in (*plain_sets(), *world_sets())}
    for pattern in settings.sets:
        if not any(fnmatchcase(name, pattern) for name in sets):
            raise InputError(f"--sets {pattern}: fits none of {', '.join(sets)}")
    for name, one in sets.items():
        if any(fnmatchcase(name, pattern) for pattern in settings.sets):
            _log.info("%s", name)
            _render_set(one, settings)


def plain_sets() -> list[ValidationSet]:
    """List the sets of the plain world: two sources, several blurs and numbers of slices."""
    return [
        ValidationSet(
            name=f"{source}{ending}" + (f"_{slices}" if slices != 8 else ""),
            source=source,
            slices=slices,
            gains_px=gains_px,
        )
        for ending, gains_px in GAINS_PX.items()
        for slices in (SLICES if not ending else (8,))
        for source in SOURCES
    ]


def _render_set(one: ValidationSet, settings: ValidationSettings) -> None:
    render(
        RenderSettings(
            data=settings.data,
            out=settings.out / one.name,
            source=one.source,
            split=settings.split,
            count=max(round(settings.count * one.part), 1),
            shard=16 if one.part == 1.0 else 8,  # so that small sets keep two processes busy
            size_px=SIZE_PX,
            slices=one.slices,
            anyhow=0.0,
            gain_low_px=one.gains_px[0],
            gain_high_px=one.gains_px[1],
            seed=SEED,
            workers=settings.workers,
        ),
        recipe=one.recipe,
    )
