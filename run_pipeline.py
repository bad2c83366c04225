"""A focus-sweeping camera, or a recording of one, as a live depth sensor.

Exit codes: 0 done, 2 bad input or option, 3 no such device, 4 device lost, 130 interrupted.
"""

import functools
import logging
import os
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from calibration.apply.corrected_estimator import CorrectedEstimator
from calibration.apply.profile import CalibrationProfile, parse_profile, read_profile
from calibration.apply.rectifier import Rectifier
from capture.acquisition import Acquisition
from capture.camera_listing import describe_cameras
from capture.discovery import list_cameras
from capture.lenses.listing import describe_lenses, list_lenses
from capture.open_source import CaptureConfig, open_source
from capture.recording.config import RecordConfig
from capture.recording.open_recorder import open_recorder
from capture.recording.origin import PROFILE_NAME, Attachment, configuration_attachment, file_attachment
from capture.recording.reader import RecordingReader
from capture.recording.recorder import Recorder
from capture.recording.replay import Replay
from engines.choose import make_model
from engines.network_model import NetworkModel
from focstream.intrinsics_file import read_intrinsics
from focstream.pipeline import Pipeline
from focstream.program.batch import (
    FileResult,
    SweepResults,
    describe,
    recordings_in,
    run_batch,
    write_report,
)
from focstream.program.interrupt import Interrupt
from focstream.program.memory import keep_freed_memory
from focstream.program.settings import load_settings
from focstream.protocols import Sink, SliceSource
from focstream.report import RateReport, SweepReport
from focstream.types import FocstreamError, InputError
from focstream.version import __version__
from inference.build import make_estimator
from inference.config import InferenceConfig
from inference.depth_model import DepthModel
from inference.encode_ahead import EncodeAhead
from publish.look.open_lookers import LookConfig, Lookers
from publish.look.slice_tap import shown_to
from publish.saved.sweep_saver import SweepSaver
from publish.wire.config import PublishConfig
from publish.wire.publisher import ZmqPublisher

_log = logging.getLogger(__name__)


class Options(CaptureConfig, InferenceConfig, LookConfig):
    """A focus-sweeping camera, or a recording of one, as a live depth sensor.

    Exit codes: 0 done, 2 bad input or option, 3 no such device, 4 device lost, 130 interrupted.
    """

    config: Path | None = None
    """TOML file with any of these options; flags overrule it."""
    publish: PublishConfig = PublishConfig()
    save: Path | None = None
    """Folder to save every finished sweep in, as sweep_000, sweep_001, …"""
    record: RecordConfig = RecordConfig()
    intrinsics: Path | None = None
    """TOML file with the intrinsics of the images (docs/use/folders.md); a point cloud needs them."""
    workers: int = Field(default=1, ge=1, le=256)
    """Processes that replay the recordings of a folder (--replay DIR); they publish nothing."""
    report: Path | None = None
    """JSON file about all recordings of a folder."""
    list_cameras: bool = False
    """List the cameras that can be used, and end."""
    list_lenses: bool = False
    """List the lenses that can be used, and end."""
    version: bool = False
    """Print the version, and end."""


def run(
    options: Options, interrupt: Interrupt, *, also: Sequence[Sink] = (), final_only: bool = False
) -> None:
    """Run until the slices end, the asked number of sweeps is done, or a signal asks to stop.

    `also` are more sinks for the depth maps, closed by the caller; with `final_only` no other maps are made.
    """
    attach = read_intrinsics(options.intrinsics).attach if options.intrinsics else iter
    source = open_source(options)  # tells mistakes at once; nothing is opened yet
    model = make_model(options)  # before the camera starts: it takes a moment
    ahead = _encode_ahead(model, options)
    embedded = _embedded_profile(options)
    rectifier = Rectifier(_profile(options, embedded))
    estimator = CorrectedEstimator(make_estimator(ahead or model, options), rectifier)
    with ExitStack() as stack:
        sinks: list[Sink] = []
        if options.publish.enabled:
            sinks.append(stack.enter_context(ZmqPublisher(options.publish)))
        recorder = _recorder(options, source, stack, embedded=embedded)
        live = not isinstance(source, Replay)
        acquisition = _acquisition(source, model, recorder)
        look = stack.enter_context(_lookers(options, acquisition, recorder))
        stack.enter_context(acquisition)
        _log.info("%s; model %s on %s", source.name, model.name, model.engine)
        sinks.append(RateReport(lambda: acquisition.counts, live=live))
        sinks.append(SweepReport(source.truth_coordinate, live=live))
        if recorder is not None:
            sinks.append(recorder)
        if options.save is not None:
            when_full: Literal["wait", "drop"] = "drop" if source.free_running else "wait"
            saver = SweepSaver(options.save, when_full=when_full, truth_coordinate=source.truth_coordinate)
            sinks.append(stack.enter_context(saver))
        sinks += [*look.all, *also]
        pipeline = stack.enter_context(
            Pipeline(estimator, sinks, sweeps=options.sweeps, final_only=final_only)
        )
        interrupt.on_stop = acquisition.stop
        slices = shown_to(look.all, rectifier.attach(attach(acquisition)))
        pipeline.run(ahead.attach(slices) if ahead else slices, behind=acquisition.behind)


def _acquisition(source: SliceSource, model: DepthModel[Any, Any], recorder: Recorder | None) -> Acquisition:
    if isinstance(source, Replay):
        return Acquisition(source, tap=recorder, left_out=source.left_out)
    acquisition = Acquisition(source, prepare=model.initial_state, tap=recorder)
    if recorder is not None:  # a map of what is not in the recording could not be replayed
        recorder.on_enough = acquisition.stop
    return acquisition


def _lookers(options: Options, acquisition: Acquisition, recorder: Recorder | None) -> Lookers:
    return Lookers(
        options,
        source=acquisition.source.name,
        counts=lambda: acquisition.counts,
        live=not isinstance(acquisition.source, Replay),
        not_recorded=None if recorder is None else lambda: recorder.slices_lost,
    )


def _encode_ahead(model: DepthModel[Any, Any], options: Options) -> EncodeAhead[Any, Any] | None:
    """Return what encodes slices in batches, if that is asked for."""
    if options.batch == 1:
        return None
    if options.replay is None:
        raise InputError("--batch is for --replay: a live slice does not wait for others")
    if not (isinstance(model, NetworkModel) and model.encodes_batches):
        raise InputError(f"{model.name} on {model.engine} encodes slices one by one: leave --batch out")
    return EncodeAhead(model, model, batch=options.batch)


def _embedded_profile(options: Options) -> Attachment | None:
    """Find the profile inside of a recording; None when the user gives another, or there is none."""
    if options.profile is not None or options.replay is None or not options.replay.is_file():
        return None
    data = RecordingReader(options.replay).attachment(PROFILE_NAME)
    return None if data is None else Attachment(name=PROFILE_NAME, media_type="application/toml", data=data)


def _profile(options: Options, embedded: Attachment | None) -> CalibrationProfile | None:
    if options.profile is not None:
        return read_profile(options.profile)
    if embedded is None:
        return None
    _log.info("%s: corrected by the calibration profile in it", options.replay)
    return parse_profile(embedded.data.decode("utf-8", "replace"), name=f"in {options.replay}")


def _recorder(
    options: Options, source: SliceSource, stack: ExitStack, *, embedded: Attachment | None
) -> Recorder | None:
    """Open what `options` say about recording; None when nothing is to be recorded."""
    if options.record.file is None:
        return None
    attachments = [configuration_attachment(options.model_dump_json(indent=2, exclude={"web_token"}))]
    attach = read_intrinsics(options.intrinsics).attach if options.intrinsics else iter
    if options.intrinsics is not None:
        attachments.append(file_attachment(options.intrinsics))
    if options.profile is not None:
        attachments.append(file_attachment(options.profile, name=PROFILE_NAME))
    elif embedded is not None:
        attachments.append(embedded)
    return stack.enter_context(
        open_recorder(
            options.record,
            options.record.file,
            source=source,
            attachments=attachments,
            sweeps=options.sweeps,
            dressed=lambda focal_slice: next(iter(attach((focal_slice,)))),
        )
    )


def replay_file(options: Options, path: Path) -> FileResult:
    """Replay one recording of many, in a process of its own."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    keep_freed_memory()
    save = None if options.save is None else options.save / path.stem
    threads = options.threads or max((os.cpu_count() or 1) // options.workers, 1)
    alone = options.model_copy(update={"replay": path, "save": save, "threads": threads})
    results, started_s, error = SweepResults(), time.monotonic(), ""
    try:
        with Interrupt() as interrupt:
            run(alone, interrupt, also=[results], final_only=True)  # nobody sees the others
    except FocstreamError as failure:
        error = str(failure)
    seconds = round(time.monotonic() - started_s, 3)
    return FileResult(file=str(path), sweeps=results.sweeps, seconds=seconds, error=error)


def replay_files(options: Options, files: Sequence[Path]) -> None:
    """Replay many recordings; print a line for each, and write the report."""
    if options.record.file is not None:
        raise InputError("--record takes one recording: leave it out, or replay one file")
    if options.report is not None and options.report.exists():
        raise InputError(f"{options.report} exists and is not replaced: give another --report")
    quiet = {"view": None, "view_save": None, "web": None, "metrics": None}
    silent = options.publish.model_copy(update={"enabled": False})
    job = functools.partial(replay_file, options.model_copy(update={"publish": silent, **quiet}))
    results, started_s = [], time.monotonic()
    for result in run_batch(job, files, workers=options.workers):
        _log.info("%s", describe(result))
        results.append(result)
    seconds = time.monotonic() - started_s
    slices = sum(result.slices for result in results)
    _log.info(
        "%d recordings, %d slices in %.1f s: %.1f slices/s", len(files), slices, seconds, slices / seconds
    )
    if options.report is not None:
        write_report(options.report, results, seconds=seconds)
    failed = [result.file for result in results if result.error]
    if failed:
        raise InputError(f"{len(failed)} of {len(files)} recordings failed, first {failed[0]}; see above")


def main(argv: Sequence[str]) -> int:
    """Run with these arguments and return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    keep_freed_memory()
    with Interrupt() as interrupt:
        try:
            options = load_settings(Options, argv, prog="run_pipeline.py")
            if options.version:
                print(f"focstream {__version__}")
            elif options.list_cameras:
                names = options.genicam.names
                print(describe_cameras(list_cameras(cti_files=options.cti, abilities=True, names=names)))
            elif options.list_lenses:
                print(describe_lenses(list_lenses()))
            elif files := recordings_in(options.replay):
                replay_files(options, files)
            elif options.workers > 1 or options.report is not None:
                raise InputError(
                    "--workers and --report are for --replay DIR, a folder of recordings (.mcap)"
                )
            else:
                run(options, interrupt)
        except FocstreamError as error:
            _log.error("run_pipeline.py: %s", error)
            return error.exit_code
        except KeyboardInterrupt:
            pass
        except BrokenPipeError:  # the reader of --help has seen enough; what is left must go somewhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 130 if interrupt.requested else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
