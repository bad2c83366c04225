"""What Ray costs on one computer, beside processes without it.

    python -m benchmarks.cluster

In one run, turn by turn: slices a second of two workers on a local Ray, and of two bare processes with half
of the recordings each; one recording on two workers and on one. Then ranges that do nothing: they take what
the driver and Ray take. Workers have one thread each, and have played before they are measured.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil
import ray
import tyro

from benchmarks.cluster.players import Idle, make_of, play_bare, ranges_of, slices_of
from benchmarks.recording import SLOTS, make_slices
from benchmarks.shared.measure import percentiles
from benchmarks.shared.piped import piped
from capture.recording.file_writer import FileWriter
from capture.recording.origin import Origin
from focstream.cluster.ray_executor import RayExecutor
from focstream.cluster.work import WorkRange
from focstream.program.device import device
from focstream.program.workers import LoneWorker


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to measure.

    Attributes
    ----------
    recordings, sweeps
        How many recordings, and sweeps of ten slices in each.
    model
        As of run_pipeline.py.
    width_px, height_px
        Of the images.
    rounds
        Turns of each, after one as warm-up.
    idle_ranges
        Ranges that do nothing; a tenth of them is the warm-up.
    """

    recordings: int = 20
    sweeps: int = 4
    model: str = "sharpness"
    width_px: int = 320
    height_px: int = 240
    rounds: int = 3
    idle_ranges: int = 2000


def write(path: Path, settings: Settings, *, sweeps: int) -> Path:
    """Write a recording of noise."""
    size = {"width_px": settings.width_px, "height_px": settings.height_px}
    with FileWriter(path, origin=Origin(device="benchmark")) as writer:
        for focal_slice in make_slices(SLOTS * sweeps, **size):
            writer.write_slice(focal_slice)
    return path


def measure_archive(settings: Settings, folder: Path) -> None:
    """Play recordings on two workers of Ray, and in two bare processes."""
    names = [folder / f"{number:02d}.mcap" for number in range(settings.recordings)]
    sources = [write(name, settings, sweeps=settings.sweeps) for name in names]
    make, works = make_of(folder, settings.model), ranges_of(sources, sweeps=4)
    stored = sum(source.stat().st_size for source in sources) / (settings.recordings * settings.sweeps)
    print(f"{settings.recordings} recordings of {settings.sweeps} sweeps, {len(works)} ranges; ", end="")
    print(f"a sweep is {stored / 1e6:.2f} MB in a recording")
    with ExitStack() as stack:
        executor = stack.enter_context(RayExecutor(make, workers=2))
        bare = [LoneWorker() for _ in range(2)]
        for worker in bare:
            stack.callback(worker.end)

        def on_ray() -> int:
            return sum(map(slices_of, executor.results(works)))

        def without() -> int:
            halves = [w.submit(play_bare, make, works[first::2]) for first, w in enumerate(bare)]
            return sum(half.result() for half in halves)

        compare(settings, {"two bare processes": without, "Ray, 2 workers": on_ray})


def measure_one(settings: Settings, folder: Path) -> None:
    """Play one recording of 40 sweeps on one worker and on two."""
    source = write(folder / "one" / "long.mcap", settings, sweeps=40)
    make, works = make_of(source.parent, settings.model), ranges_of([source], sweeps=4)
    print(f"one recording of 40 sweeps, {len(works)} ranges")
    with RayExecutor(make, workers=1) as one, RayExecutor(make, workers=2) as two:

        def on_one() -> int:
            return sum(map(slices_of, one.results(works)))

        def on_two() -> int:
            return sum(map(slices_of, two.results(works)))

        compare(settings, {"Ray, 1 worker": on_one, "Ray, 2 workers": on_two})


def compare(settings: Settings, ways: dict[str, Callable[[], int]]) -> None:
    """Play the same in turn; print slices a second of each, and the second as a share of the first.

    Processor time a slice is that of all processes here, Ray's too: it depends less on what else goes on.
    """
    rates: dict[str, list[float]] = {name: [] for name in ways}
    costs_ms: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(settings.rounds + 1):
        for name, play in ways.items():
            started_s, cpu_s = time.perf_counter(), cpu_of(processes())
            slices = play()
            rates[name].append(slices / (time.perf_counter() - started_s))
            costs_ms[name].append(1e3 * (cpu_of(processes()) - cpu_s) / slices)
    for name, values in rates.items():
        cost_ms = np.median(costs_ms[name][1:])
        print(f"  {name:<20} {percentiles(values[1:], digits=1)} slices/s, n = {len(values) - 1}; ", end="")
        print(f"{cost_ms:.2f} ms of processor time a slice")
    first, second = (np.array(values[1:]) for values in rates.values())
    shares = second / first
    print(f"  the second of the first: p50 {np.median(shares):.2f}, least {shares.min():.2f}", flush=True)


def processes() -> list[psutil.Process]:
    """Return this process and all that work for it."""
    me = psutil.Process()
    return [me, *me.children(recursive=True)]


def measure_idle(settings: Settings) -> None:
    """Have two workers do nothing, and print what that takes."""
    warm_up = settings.idle_ranges // 10
    ends_s, memory_mb, me = [], [], psutil.Process()
    with RayExecutor(Idle, workers=2) as executor:
        others = [child for child in me.children() if "multiprocessing" in " ".join(child.cmdline())]
        ranges = (WorkRange(number=number, source="") for number in range(settings.idle_ranges))
        cpu_s = 0.0
        for number, _ in enumerate(executor.results(ranges)):
            ends_s.append(time.perf_counter())
            if number in (warm_up, settings.idle_ranges - 1):
                memory_mb.append(sum(each.memory_info().rss for each in (me, *others)) / 1e6)
                cpu_s = cpu_of((me, *others)) - cpu_s
    each_ms = 1e3 * np.diff(ends_s[warm_up:])
    rate = len(each_ms) / (ends_s[-1] - ends_s[warm_up])
    print(
        f"{len(each_ms)} ranges that do nothing: {rate:.0f} ranges/s; {percentiles(each_ms.tolist())} ms each"
    )
    print(f"  driver: {1e3 * cpu_s / len(each_ms):.2f} ms of processor time a range; ", end="")
    print(f"memory {memory_mb[0]:.0f} MB after {warm_up}, {memory_mb[1]:.0f} MB at the end")


def cpu_of(processes: Sequence[psutil.Process]) -> float:
    """Return the processor time that these have used, in seconds."""
    times = [process.cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)


def main(settings: Settings) -> None:
    """Measure everything."""
    print(f"{device()}; Ray {ray.__version__}; {settings.model}, {settings.width_px} × {settings.height_px}")
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "one").mkdir()
        measure_archive(settings, folder)
        measure_one(settings, folder)
    measure_idle(settings)


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
