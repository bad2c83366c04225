"""Archives of recordings and stacks, replayed by workers."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from capture.config import CaptureConfig
from capture.ranges.cutting import Cutting
from capture.ranges.opening import OpenRange, RangeOpener
from capture.ranges.planner import plan
from capture.ranges.saved_before import SavedBefore
from capture.ranges.sources import Sources, sources_of
from focstream.cluster.executors import executor_of
from focstream.cluster.replay_many import Wanted, replay_many
from focstream.cluster.settings import ArchiveConfig
from focstream.cluster.work import MakePlayer, WorkRange
from focstream.files.store_path import StorePath, location
from focstream.types import InputError

_SWEEPS, _SWEEPS_WITH_RUN_IN = 4, 16
"""Of a range: few, so that workers end together; more where each range is played from the sweep before on."""
_READ_BY = {
    "from_sweep",
    "every_slice",
    "profile",
    "align",
    "reverse",
    "frames",
    "focus_from",
    "bits",
    "channel",
    "time",
}
"""What of the options changes the slices."""

Make = Callable[[Callable[[WorkRange, Any], OpenRange]], MakePlayer]
"""Takes what opens a range in a worker."""


def archive_of(config: CaptureConfig, asked: ArchiveConfig) -> Sources | None:
    """Look at what is to be replayed; None where no workers are to do it.

    Raises
    ------
    InputError
        When workers are asked for without anything to replay.
    """
    if config.replay is not None:
        sources = sources_of(config.replay)
        return sources if asked.needs_workers or sources.kind != "alone" else None
    if asked.needs_workers:
        raise InputError("--workers, --cluster, --report, --table and --resume are for --replay")
    return None


def threads_of(asked: ArchiveConfig, threads: int) -> int:
    """Return the threads of one worker: its share of this computer; on a cluster, of unknown ones, one."""
    if threads or asked.cluster.is_asked_for:
        return threads or 1
    return max((os.cpu_count() or 1) // (asked.workers or 1), 1)


def play_archive(
    sources: Sources,
    config: CaptureConfig,
    asked: ArchiveConfig,
    make: Make,
    *,
    save: Path | None,
    threads: int,
    rolling: bool,
    whole: bool,
    depth_options: dict[str, Any],
) -> None:
    """Play recordings and stacks; log a line for each, and write report and table.

    Parameters
    ----------
    sources
        What to replay.
    config
        How it is read.
    asked
        Who plays it, and what is to come of it.
    make
        Makes what makes the player of a worker.
    save
        Folder for the sweeps of all of them.
    threads
        Of a worker.
    rolling
        Whether the maps of a sweep depend on the one before.
    whole
        Whether they depend on all of them.
    depth_options
        Options that depth depends on, besides those of `config`.

    Raises
    ------
    FocstreamError
        When one of them failed, after all have been played; when nothing can go on.
    """
    for place in (asked.table, asked.report):
        if place is not None and isinstance(location(place), StorePath):
            raise InputError(f"{location(place)}: tables and reports go into folders; give one")
    save = None if save is None else location(save)
    cutting = Cutting(
        sweeps=asked.cluster.sweeps or (_SWEEPS_WITH_RUN_IN if rolling else _SWEEPS),
        run_in=rolling,
        most_sweeps=config.sweeps,
        from_sweep=config.from_sweep,
        every_slice=config.every_slice,
        whole=whole,
    )
    opener = RangeOpener(sources.names, save)
    wanted = Wanted(
        what=sources.what,
        report=asked.report,
        table=asked.table,
        resume=asked.resume,
        options=depth_options | config.model_dump(mode="json", include=_READ_BY),
    )
    replay_many(
        lambda done: plan(
            sources,
            config,
            cutting,
            is_done=done.has,
            saved_before=None if save is None or asked.resume else SavedBefore(save, sources.names),
        ),
        lambda: executor_of(make(opener.open), asked.cluster, workers=asked.workers, threads=threads),
        wanted,
    )
