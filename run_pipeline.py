"""A focus-sweeping camera, or a recording of one, as a live depth sensor.

Exit codes: 0 done, 2 bad input or option, 3 no such device, 4 device lost, 130 interrupted.
"""

import logging
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from calibration.intrinsics_file import read_intrinsics
from capture.acquisition import Acquisition
from capture.camera_listing import describe_cameras
from capture.discovery import list_cameras
from capture.open_source import CaptureConfig, open_source
from engines.choose import make_model
from focstream import FocstreamError, __version__
from focstream.interrupt import Interrupt
from focstream.memory import keep_freed_memory
from focstream.pipeline import Pipeline
from focstream.protocols import Sink
from focstream.report import RateReport, SweepReport
from focstream.settings import load_settings
from inference.build import make_estimator
from inference.config import InferenceConfig
from publish.config import PublishConfig
from publish.publisher import ZmqPublisher
from publish.sweep_saver import SweepSaver

log = logging.getLogger("focstream")


class Options(CaptureConfig, InferenceConfig):
    """A focus-sweeping camera, or a recording of one, as a live depth sensor.

    Exit codes: 0 done, 2 bad input or option, 3 no such device, 4 device lost, 130 interrupted.
    """

    config: Path | None = None
    """TOML file with any of these options; flags overrule it."""
    publish: PublishConfig = PublishConfig()
    save: Path | None = None
    """Folder to save every finished sweep in, as sweep_000, sweep_001, …"""
    intrinsics: Path | None = None
    """TOML file with the intrinsics of the images (docs/folders.md); a point cloud needs them."""
    list_cameras: bool = False
    """List the cameras that can be used, and end."""
    version: bool = False
    """Print the version, and end."""


def run(options: Options, interrupt: Interrupt) -> None:
    """Run until the slices end, the asked number of sweeps is done, or a signal asks to stop."""
    attach = read_intrinsics(options.intrinsics).attach if options.intrinsics else iter
    model = make_model(options)  # before the camera starts: it takes a moment
    estimator = make_estimator(model, options)
    with ExitStack() as stack:
        sinks: list[Sink] = []
        if options.publish.enabled:
            sinks.append(stack.enter_context(ZmqPublisher(options.publish)))
        acquisition = stack.enter_context(Acquisition(open_source(options), prepare=model.initial_state))
        source = acquisition.source
        log.info("%s; model %s on %s", source.name, model.name, model.engine)
        sinks += [RateReport(lambda: acquisition.counts), SweepReport(source.truth_coordinate)]
        if options.save is not None:
            when_full: Literal["wait", "drop"] = "drop" if source.free_running else "wait"
            saver = SweepSaver(options.save, when_full=when_full, truth_coordinate=source.truth_coordinate)
            sinks.append(stack.enter_context(saver))
        pipeline = stack.enter_context(Pipeline(estimator, sinks, sweeps=options.sweeps))
        interrupt.on_stop = acquisition.stop
        pipeline.run(attach(acquisition), behind=acquisition.behind)


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
                print(describe_cameras(list_cameras(cti_files=options.cti)))
            else:
                run(options, interrupt)
        except FocstreamError as error:
            log.error("run_pipeline.py: %s", error)  # noqa: TRY400 - one clear line, no traceback
            return error.exit_code
        except KeyboardInterrupt:
            pass
        except BrokenPipeError:  # the reader of --help has seen enough; what is left must go somewhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 130 if interrupt.requested else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
