"""A focus-sweeping camera, or a recording of one, as a live depth sensor.

Exit codes: 0 done, 2 bad input or option, or missing package, 3 no such device, 4 device lost,
130 interrupted.
"""

if __name__ == "__main__":  # before anything that takes time to import
    import importlib
    import sys

    from focstream.program.signals import begin

    begin("run_pipeline.py")
    sys.exit(importlib.import_module("run_pipeline").main(sys.argv[1:]))  # workers find it by its name

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from calibration.apply.map_config import MapConfig
from capture.config import CaptureConfig
from capture.recording.config import RecordConfig
from focstream.cluster.settings import ArchiveConfig
from focstream.control.control import Control
from focstream.control.controls import Controls
from focstream.control.desk import ControlDesk
from focstream.program.commands import Command, run_command
from focstream.program.flags import flags_set, in_keywords, say_unused
from focstream.program.interrupt import Interrupt
from focstream.program.run_help import RUN_HELP
from focstream.program.signals import INTERRUPTED
from focstream.protocols import Sink, SliceSource
from focstream.types import DepthUpdate, FocstreamError, InputError
from focstream.version import __version__
from inference.config import InferenceConfig
from publish.connections import Connections
from publish.look.open_lookers import LookConfig, Lookers
from publish.wire.config import PublishConfig

if TYPE_CHECKING:  # what the help does without is imported where it is used
    from capture.acquisition import Acquisition
    from capture.ranges.opening import OpenRange
    from capture.ranges.sources import Sources
    from capture.recording.recorder import Recorder
    from engines.choice.readiness import ModelReadiness

_log = logging.getLogger(__name__)


class Options(
    ArchiveConfig, LookConfig, MapConfig, InferenceConfig, CaptureConfig
):  # the help begins with the last
    """A focus-sweeping camera, or a recording of one, as a live depth sensor.

    Exit codes: 0 done, 2 bad input or option, or missing package, 3 no such device, 4 device lost,
    130 interrupted.
    """

    config: Path | None = None
    """TOML file with any of these options; flags overrule it."""
    publish: PublishConfig = PublishConfig()
    save: Path | None = None
    """Folder to save every finished sweep in, as sweep_000, sweep_001, …"""
    record: RecordConfig = RecordConfig()
    intrinsics: Path | None = None
    """TOML file with the intrinsics of the images (docs/use/folders.md); a point cloud needs them."""
    list_cameras: bool = False
    """List the cameras that can be used, and end."""
    list_lenses: bool = False
    """List the lenses that can be used, and end."""
    version: bool = False
    """Print the version, and end."""


FOR_THE_COMMAND_LINE = (*ArchiveConfig.model_fields, "list_cameras", "list_lenses", "version")
"""Options that `open_depth` does not take."""


@contextmanager
def open_depth(
    options: Options | None = None,
    /,
    *,
    source: SliceSource | None = None,
    sinks: Sequence[Sink] = (),
    **changes: object,
) -> Iterator[Iterator[DepthUpdate]]:
    """Open the devices or the recording, and iterate over the depth maps in this program.

    The options are those of the command: ``open_depth(camera="sim", sweeps=3, sim={"width_px": 320})``.
    Leaving the block closes everything, also in mid-sweep. No signal handler is installed and no logging set
    up. Nothing is published, unless `publish` is given: then as by the command.

    Parameters
    ----------
    options
        A whole set of options; `changes` go over it.
    source
        Where the slices come from, instead of `camera` or `replay`; opened and closed here.
    sinks
        Get every map before it is yielded; closed by the caller.
    changes
        Options by name; a mapping for those within, such as `sim` or `sweep`, changes only what it names.

    Yields
    ------
    maps
        Every `DepthUpdate`, as soon as it is computed.

    Raises
    ------
    FocstreamError
        For an option that cannot be used, a device that is not there or is lost, a file that cannot be read.
    """
    from focstream.program.objects import require_objects

    asked = _asked(options, changes)
    require_objects(source, sinks)
    given = [each is not None for each in (source, asked.camera, asked.replay)].count(True)
    if given != 1:
        what = "nothing to do" if given == 0 else "source, camera and replay exclude each other"
        raise InputError(f'{what}: give one of camera="sim", replay="FILE.mcap" and source=…')
    with ExitStack() as stack:
        try:
            depth = stack.enter_context(opened(asked, source=source, also=sinks))
        except FocstreamError as error:  # made for the command line
            error.args = (in_keywords(str(error), Options),)
            raise
        yield depth.maps


def run(options: Options, interrupt: Interrupt, *, also: Sequence[Sink] = ()) -> None:
    """Run until the slices end, the asked number of sweeps is done, or a signal asks to stop.

    `also` are more sinks for the depth maps, closed by the caller.
    """
    with opened(options, also=also) as depth:
        interrupt.on_stop = depth.stop
        for _ in depth.maps:
            pass


@dataclass(frozen=True, slots=True, kw_only=True)
class _Depth:
    """What is open: the maps as they are made, and how to end them."""

    maps: Iterator[DepthUpdate]
    stop: Callable[[], None]


@contextmanager
def opened(
    options: Options,
    *,
    source: SliceSource | None = None,
    also: Sequence[Sink],
    readiness: "ModelReadiness | None" = None,
    part: "OpenRange | None" = None,
    numbers: "Callable[[DepthUpdate], int] | None" = None,
) -> Iterator[_Depth]:
    """Join everything that `options` ask for, and open it.

    A worker gives the `part` of a recording that it plays, the `numbers` of its sweeps, and its model.
    """
    from calibration.apply.changing_regions import ChangingRegions
    from calibration.apply.corrected_estimator import CorrectedEstimator
    from calibration.apply.measured_estimator import measured
    from calibration.apply.rectifier import Rectifier
    from capture.acquisition import Acquisition
    from capture.controls.offer import offer_rig
    from capture.controls.rig import Rig
    from capture.open_source import open_recording, open_source
    from capture.ranges.opening import OpenRange
    from capture.recording.open_recorder import recorder_opener
    from capture.rig_files import read_rig_files
    from engines.choice.readiness import ModelReadiness
    from engines.encode_ahead import encode_ahead
    from focstream.active.planned_estimator import planned
    from focstream.pipeline import Pipeline
    from focstream.report import reports
    from inference.changing_policy import ChangingPolicy
    from inference.planning.make_mailbox import make_mailbox
    from inference.without_run_in import WithoutRunIn
    from publish.look.slice_tap import shown_raw, shown_to
    from publish.saved.region_log import open_region_log
    from publish.saved.sweep_saver import saver_of
    from publish.wire.publisher import ZmqPublisher

    recording = open_recording(options) if part is None else part.recording
    part = part or OpenRange()
    files = read_rig_files(
        profile=options.profile,
        intrinsics=options.intrinsics,
        recording=recording,
        in_pixels=options.roi != () or options.web_control,  # the page may ask for regions
    )
    readiness = readiness or ModelReadiness(options)
    is_active = options.camera is not None and options.sweep.waveform == "active"
    mailbox = make_mailbox(options, options.sweep) if is_active else None
    source, rig = source or part.source, Rig() if options.web_control else None
    if source is None:
        source = open_source(
            options, recording=recording, files=files, readiness=readiness, wishes=mailbox, rig=rig
        )
    model = readiness.model  # before the camera starts: it takes a moment
    ahead = encode_ahead(model, options, replayed=options.replay is not None)
    rectifier = Rectifier(files.profile, corrected_at=part.corrected_at)
    policy = ChangingPolicy(ahead or model, options)
    measuring = measured(CorrectedEstimator(planned(policy, mailbox), rectifier), options)
    estimator = measuring if part.run_in is None else WithoutRunIn(measuring, sweep_id=part.run_in)
    with ExitStack() as stack:
        acquisition = Acquisition(
            source,
            prepare=readiness.build,
            intrinsics=files.intrinsics,
            slices_lost=part.slices_lost,
            frame_id=part.frame_id,
        )
        if not source.live:  # what is wrong with a file is said before anything is announced or made
            stack.enter_context(acquisition)
        connections = Connections.shared_by(len(options.publish.endpoints) + options.looking_ports)
        log = [] if options.log is None else [stack.enter_context(closing(open_region_log(options.log)))]
        record = recorder_opener(
            options.record,
            source=source,
            options_json=options.model_dump_json(indent=2, exclude={"web_token"}),
            attachments=files.attachments,
            disk_mib_s=options.sim.disk_mib_s,
        )
        recorder = None
        if options.record.file is not None:
            recorder = stack.enter_context(record(options.record.file, sweeps=options.sweeps))
            acquisition.tap = recorder
        regions = ChangingRegions(measuring)
        controls = _controls(options, acquisition, recorder, record=record, policy=policy, regions=regions)
        for sink in controls.sinks:
            stack.callback(sink.close)
        if recorder is not None and source.live:  # no map of what is not recorded: it could not be replayed
            recorder.on_enough = acquisition.stop
        look = stack.enter_context(_lookers(options, acquisition, recorder, connections, readiness, controls))
        published = []  # after all that is loaded from files
        if options.publish.enabled:
            published.append(stack.enter_context(ZmqPublisher(options.publish, connections=connections)))
        if source.live:
            stack.enter_context(acquisition)
            stack.callback(offer_rig(controls.desk, rig, controls.pause))
        stack.callback(acquisition.close)  # before the recorder that taps it
        _log.info("%s; model %s on %s", source.name, model.name, model.engine)
        kept: list[Sink] = [] if recorder is None else [recorder]
        if options.save is not None:
            saver = saver_of(source, options.save, cloud=options.cloud, numbers=numbers)
            kept.append(stack.enter_context(saver))
        mask = options.confidence if options.mask else None
        reported = reports(lambda: acquisition.counts, source, mask=mask)
        sinks = [*published, *reported, *log, *kept, *controls.sinks, *look.all, *also]
        pipeline = stack.enter_context(
            Pipeline(estimator, sinks, sweeps=options.sweeps, maps_per_sweep=options.maps_per_sweep)
        )
        acquisition.at_rest = controls.pause.holds
        runs = controls.pause.runs(shown_raw(look.all, acquisition))
        runs = (shown_to(look.all, rectifier.attach(run)) for run in runs)
        runs = runs if ahead is None else map(ahead.attach, runs)
        maps = stack.enter_context(closing(pipeline.updates_of_runs(runs, behind=acquisition.behind)))
        yield _Depth(maps=maps, stop=acquisition.stop)


def _asked(options: Options | None, changes: Mapping[str, object]) -> Options:
    """Put a program's changes over its options, or over the file that they name; publish only if asked to."""
    from capture.ranges.sources import sources_of
    from focstream.program.changed_settings import changed, with_changes

    asked = with_changes(Options, options, changes, for_the_command_line=FOR_THE_COMMAND_LINE)
    if asked.replay is not None and sources_of(asked.replay).kind != "alone":
        raise InputError(f"{asked.replay} names many recordings or stacks: give open_depth one of them")
    _say_unused(asked, keywords_of=Options)
    return asked if "publish" in asked.model_fields_set else changed(asked, {"publish": {"enabled": False}})


def _lookers(
    options: Options,
    acquisition: "Acquisition",
    recorder: "Recorder | None",
    connections: Connections,
    readiness: "ModelReadiness",
    controls: Controls,
) -> Lookers:
    return Lookers(
        options,
        source=acquisition.source.name,
        counts=lambda: acquisition.counts,
        live=acquisition.source.live,
        not_recorded=None if recorder is None else lambda: recorder.slices_lost,
        connections=connections,
        preparing=lambda: readiness.preparing,
        confidence=options.mask,
        cloud=options.cloud,
        desk=controls.desk,
    )


def _controls(
    options: Options,
    acquisition: "Acquisition",
    recorder: "Recorder | None",
    *,
    record: "Callable[..., Recorder]",
    policy: Control,
    regions: Control,
) -> Controls:
    """Return what the page may change."""
    from capture.controls.offer import offer_recording
    from publish.saved.save_newest import SaveNewest

    if not options.web_control:
        return Controls()
    controls, source = Controls(desk=(desk := ControlDesk())), acquisition.source
    if options.camera is None or options.sweep.waveform != "active":  # its sweeps are planned by their maps
        desk.offer("update", policy)
        if source.live:
            desk.offer("pause", controls.pause)
    desk.offer("regions", regions)
    save = SaveNewest(options.web_folder, cloud=options.cloud, truth_vergence_dpt=source.truth_vergence_dpt)
    desk.offer("save", save, stays=False)
    if recorder is not None:
        desk.add_listener(recorder.note)
        return replace(controls, sinks=(save,))
    acquisition.tap = switch = offer_recording(desk, options.web_folder, record)
    return replace(controls, sinks=(switch, save))


def replay_archive(options: Options, sources: "Sources") -> None:
    """Have workers replay many recordings or stacks; a line for each, report and table."""
    from capture.ranges.archive import play_archive, threads_of
    from engines.choice.readiness import opened_model
    from focstream.cluster.range_player import MakeRangePlayer, of_worker

    alone = ("record", "log", "view", "view_save", "web", "foxglove", "metrics")
    if asked := flags_set(options, alone):
        raise InputError(f"{', '.join(asked)}: for one recording, without workers; leave out")
    seen = ("maps_per_sweep", "roi") if options.save is None else ("maps_per_sweep",)
    say_unused(flags_set(options, seen) + options.publish.changed)
    threads = threads_of(options, options.threads)
    play_archive(
        sources,
        options,
        options,
        lambda open_part: MakeRangePlayer(
            options=of_worker(options, threads=threads),
            get_ready=opened_model,
            open_part=open_part,
            open_maps=opened,
        ),
        save=options.save,
        threads=threads,
        rolling=options.update == "rolling",
        whole=options.batch > 1,  # slices of several sweeps are encoded in one call
        depth_options=options.depth_options | {"confidence": options.confidence},
    )


def _answer(options: Options) -> int | None:
    """Do what `options` ask for; return 130 after a signal."""
    from capture.ranges.archive import archive_of

    with Interrupt() as interrupt:
        if options.version:
            print(f"focstream {__version__}")
        elif options.list_cameras or options.list_lenses:
            from capture.connected import connected

            print(connected(options, lenses=not options.list_cameras))
        else:
            sources = archive_of(options, options)
            _say_unused(options)
            run(options, interrupt) if sources is None else replay_archive(options, sources)
        return INTERRUPTED if interrupt.requested else None


def _say_unused(options: Options, *, keywords_of: type[Options] | None = None) -> None:
    from capture.unused_options import unused_options

    unused = unused_options(options, options.record, records_later=options.web_control)
    say_unused(unused + options.unused, keywords_of=keywords_of)


def _command() -> Command[Options]:
    return Command(Options, _answer, first_help=RUN_HELP)


def main(argv: Sequence[str], *, prog: str = "run_pipeline.py") -> int:
    """Run with these arguments and return the exit code."""
    return run_command(_command, argv, prog=prog)
