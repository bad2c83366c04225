"""Archives of recordings and stacks, replayed by workers; joins the packages as `run_pipeline` does."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from capture.ranges.opening import OpenRange, RangeOpener
from capture.ranges.sources import SavedNames, Sources, sources_of
from focstream.cluster.sweep_numbers import SweepNumbers
from focstream.cluster.sweep_results import SweepResults
from focstream.cluster.work import MakePlayer, RangePlayer, WorkRange
from focstream.program.memory import keep_freed_memory
from focstream.types import InputError
from inference.config import InferenceConfig
from run_pipeline import Options, opened

if TYPE_CHECKING:
    from engines.choice.readiness import ModelReadiness

_SWEEPS = {"refine": 4, "rolling": 16}
"""Of a range: few, so that workers end together; more where each range begins with a run-in."""
_DEPTH_DEPENDS_ON = (
    set(InferenceConfig.model_fields) - {"threads", "maps_per_sweep", "slices_s_at_most"}
) | {
    *("from_sweep", "every_slice", "profile"),
    *("reverse", "frames", "focus_from", "bits", "channel", "time", "align", "confidence"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a recording, and the model that a worker holds from one to the next."""

    slices: OpenRange
    readiness: "ModelReadiness"
    numbers: SweepNumbers


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeRangePlayer(MakePlayer):
    """Makes what plays ranges in a worker, with the engine that it holds.

    Attributes
    ----------
    options
        Of the command.
    names
        Of what is saved.
    """

    options: Options
    names: SavedNames

    def __call__(self) -> RangePlayer:
        """Make it.

        Raises
        ------
        FocstreamError
            When the engine asked for cannot run here.
        """
        from engines.choice.readiness import ModelReadiness
        from focstream.cluster.player import HeldPlayer

        keep_freed_memory()
        readiness, opener = ModelReadiness(self.options), RangeOpener()
        _ = readiness.model  # opened here: that it cannot run is said once, not of every range

        def play(work: WorkRange, numbers: SweepNumbers, results: SweepResults) -> None:
            options = self._of(work)
            part = Part(slices=opener.open(work, options), readiness=readiness, numbers=numbers)
            with opened(options, also=[results], part=part) as depth:
                for _ in depth.maps:
                    pass

        return HeldPlayer(play)

    def _of(self, work: WorkRange) -> Options:
        """Return the options for one range."""
        source, options = Path(work.source), self.options
        save = None if options.save is None else options.save / self.names.name_of(source)
        sweeps = None if options.sweeps is None else options.sweeps - work.first_sweep
        return options.model_copy(update={"replay": source, "save": save, "sweeps": sweeps})


def is_of_archive(options: Options) -> bool:
    """Whether workers are to play what is asked for.

    Raises
    ------
    InputError
        When workers are asked for without anything to replay.
    """
    asked = (options.workers or 1) > 1 or options.cluster.is_asked_for or options.resume
    asked = asked or options.report is not None or options.table is not None
    if options.replay is None:
        if asked:
            raise InputError("--workers, --cluster, --report, --table and --resume are for --replay")
        return False
    return asked or sources_of(options.replay).kind != "alone"


def replay_archive(options: Options) -> None:
    """Replay many recordings or stacks; log a line for each, and write report and table.

    Raises
    ------
    FocstreamError
        When one of them failed, after all have been played; when nothing can go on.
    """
    from capture.ranges.cutting import Cutting
    from capture.ranges.planner import plan
    from focstream.cluster.executors import executor_of
    from focstream.cluster.replay_many import Wanted, replay_many

    if options.record.file is not None or options.log is not None:
        raise InputError("--record and --log take one recording: leave them out, or replay one file")
    assert options.replay is not None
    sources, threads = sources_of(options.replay), _threads(options)
    make = MakeRangePlayer(options=_quiet(options, threads=threads), names=sources.names)
    cutting = Cutting(
        sweeps=options.cluster.sweeps or _SWEEPS[options.update],
        run_in=options.update == "rolling",
        most_sweeps=options.sweeps,
        from_sweep=options.from_sweep,
        every_slice=options.every_slice,
        whole=options.batch > 1,  # slices of several sweeps are encoded in one call
    )
    replay_many(
        lambda done: plan(sources, options, cutting, is_done=done.has),
        lambda: executor_of(make, options.cluster, workers=options.workers, threads=threads),
        Wanted(
            what=sources.what,
            report=options.report,
            table=options.table,
            resume=options.resume,
            options=options.model_dump(mode="json", include=_DEPTH_DEPENDS_ON),
        ),
        refused=lambda work: _saved_before(options, sources, work),
    )


def _quiet(options: Options, *, threads: int) -> Options:
    """Take out of the options what is for somebody who looks on."""
    return options.model_copy(
        update={
            "publish": options.publish.model_copy(update={"enabled": False}),
            "view": None,
            "view_save": None,
            "web": None,
            "metrics": None,
            "threads": threads,
            "maps_per_sweep": 1,  # nobody sees others
        }
    )


def _threads(options: Options) -> int:
    """Threads of one worker: its share of this computer; on a cluster, of unknown computers, one."""
    if options.threads or options.cluster.is_asked_for:
        return options.threads or 1
    return max((os.cpu_count() or 1) // (options.workers or 1), 1)


def _saved_before(options: Options, sources: Sources, work: WorkRange) -> str:
    """Say why the sweeps of a source cannot be saved: their numbers are those of the recording."""
    from publish.saved.sweep_folder import holds_sweeps

    if options.save is None or options.resume:
        return ""
    folder = options.save / sources.names.name_of(Path(work.source))
    if not holds_sweeps(folder):
        return ""
    return f"{folder} holds sweeps already, which are not replaced: give another --save, or --resume"
