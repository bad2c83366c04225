"""All ranges of an archive, one after the other, as they are asked for."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from capture.config import CaptureConfig
from capture.open_source import open_recording
from capture.ranges.ahead import made_ahead
from capture.ranges.cutting import Cutting, is_all_done, ranges_of
from capture.ranges.saved_before import SavedBefore
from capture.rig_files import read_rig_files
from focstream.cluster.work import WorkRange
from focstream.files.store_path import StorePath
from focstream.types import InputError

_IN_STORES = 4
"""Recordings in stores that are looked into at once; each of them in many places."""

Done = Callable[[str, int], bool]
"""Says of a source and the number of a sweep whether it was played before."""


def nothing_done(source: str, number: int) -> bool:
    """Say that nothing was."""
    del source, number
    return False


def plan(
    sources: Iterable[Path],
    config: CaptureConfig,
    cutting: Cutting,
    *,
    is_done: Done = nothing_done,
    saved_before: SavedBefore | None = None,
) -> Iterator[WorkRange]:
    """Yield the ranges of all sources: of recordings some sweeps each, of stacks all of it.

    Nothing is kept of what was yielded, and nothing on a disk is looked into before it is asked for. In a
    store several recordings are looked into at once, because every look takes a while.

    Parameters
    ----------
    sources
        Recordings and stacks.
    config
        How they are read.
    cutting
        How recordings are cut.
    is_done
        What need not be played.
    saved_before
        Which sources cannot be saved: of each of those there is one range, which says why.
    """

    def ranges_of_source(source: Path) -> Iterator[WorkRange]:
        why_not = "" if saved_before is None else saved_before.why_not(source)
        if why_not:
            yield WorkRange(number=0, source=str(source), refused=why_not)
        else:
            yield from _ranges_of(source, config, cutting, is_done=is_done)

    in_store = saved_before is not None and saved_before.waits
    ranges = made_ahead(
        sources,
        ranges_of_source,
        waits=lambda source: in_store or isinstance(source, StorePath),
        at_once=_IN_STORES,
    )
    for number, work in enumerate(ranges):
        yield dataclasses.replace(work, number=number)


def _ranges_of(
    source: Path, config: CaptureConfig, cutting: Cutting, *, is_done: Done
) -> Iterator[WorkRange]:
    """Cut one source; what cannot be read is one range, and whoever plays that says why."""
    name = str(source)
    try:
        recording = open_recording(config.model_copy(update={"replay": source}))
        profile = read_rig_files(profile=config.profile, recording=recording).profile
        is_there = recording is not None or source.exists()
    except InputError:
        is_there = False
    if not is_there:  # whatever of it is done: the rest is missing
        yield WorkRange(number=0, source=name)
        return

    def is_done_here(number: int) -> bool:
        return is_done(name, number)

    if recording is not None and not cutting.whole:
        yield from ranges_of(recording, name, cutting, profile=profile, is_done=is_done_here)
    elif not (is_done(name, 0) and (recording is None or is_all_done(recording, cutting, is_done_here))):
        yield WorkRange(number=0, source=name)
