"""A long run of the whole program, with one fault a minute.

`run_pipeline.py` measures with the simulated GenICam camera, shows a live page to a viewer, serves metrics,
publishes to one reader and records. A fault a minute, in turn: a reader that stops, a camera that is
unplugged, processors too busy for the queue, images that the camera loses, a page that is not drawn, a camera
that falls silent. Printed: memory, descriptors, threads and latency at the start and at the end; what was
lost, and whether it was reported. The exit code is 1 when a loss was not, or after a traceback.

    make producer && python -m benchmarks.soak --minutes 60
"""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import tyro

from benchmarks.shared.piped import piped
from benchmarks.shared.running_pipeline import RunningPipeline
from benchmarks.soak import table
from benchmarks.soak.faults import CAMERA_FAULTS
from benchmarks.soak.losses import find_losses, read_recordings
from benchmarks.soak.reader import read_maps
from benchmarks.soak.run import Settings, Watched, run
from focstream.program.device import device

_DULL = (" slices/s, ", "digest ", "to reconnect: ")  # of the log


def main(settings: Settings) -> int:
    """Run and print; return 1 when something was lost in silence, or ended in a traceback."""
    print(
        f"device: {device()}; {settings.minutes:g} min, {settings.model}, {settings.width_px} × "
        f"{settings.height_px} at {settings.rate_hz:g} images/s; a fault of {settings.fault_s:g} s every "
        f"{settings.period_s:g} s; warm-up {settings.warm_up_s:g} s",
        flush=True,
    )
    with TemporaryDirectory(dir=settings.folder) as name:
        folder = Path(name)
        pipeline, watched = run(settings, folder)
        maps = list(read_maps(folder / "maps.txt"))
        recorded = read_recordings(sorted(folder.rglob("*.mcap")))
    cameras_lost = sum(fault.name in CAMERA_FAULTS for fault in watched.faults)
    losses = find_losses(recorded, maps, watched.counters, cameras_lost=cameras_lost)
    for line in itertools.chain(
        table.rows(watched.samples, maps, window_s=settings.window_s),
        [table.growth(watched.samples)],
        table.fault_rows(watched.faults, maps),
        table.loss_rows(losses, recorded),
        _ending(pipeline, watched),
    ):
        print(line)
    return int(any(loss.silent for loss in losses) or pipeline.tracebacks > 0)


def _ending(pipeline: RunningPipeline, watched: Watched) -> Iterator[str]:
    ended = f"exit code {pipeline.returncode} {watched.end_s:.1f} s after Ctrl-C"
    yield f"tracebacks: {pipeline.tracebacks}; {ended}"
    yield "the log, without its rates, sweeps and attempts:"
    yield from (line for line in pipeline.lines if not any(words in line for words in _DULL))


if __name__ == "__main__":
    with piped():
        sys.exit(main(tyro.cli(Settings)))
