"""Rate, losses and processor time of the GenICam driver on the simulated camera, through harvesters.

Reads 2,000 slices of 320×240 at 500 fps, then opens and closes the camera 30 times. With --faults: what
becomes of the slices of cameras that do not do what one would like, a row for each.

    make producer && python -m benchmarks.genicam
    python -m benchmarks.genicam --faults
"""

import gc
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import tyro

from benchmarks.behaviours.table import table
from benchmarks.shared.measure import percentiles
from benchmarks.shared.piped import piped
from capture.genicam.camera import GenicamCamera
from capture.genicam.config import GenicamConfig
from focstream.clock import now_ns
from focstream.program.device import device

CONFIG = GenicamConfig(
    width_px=320, height_px=240, offset_x_px=160, offset_y_px=120, frame_rate_hz=500.0, exposure_us=200.0
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to measure.

    Attributes
    ----------
    cti
        The simulated producer.
    slices, warm_up
        Measured, and read before.
    cycles
        Times to open and close.
    config
        How the camera is set.
    faults
        Print the table of what cameras do instead.
    """

    cti: Path = Path("capture/simulator/gentl/focussim.cti")
    slices: int = 2000
    warm_up: int = 100
    cycles: int = 30
    config: GenicamConfig = field(default_factory=lambda: CONFIG)
    faults: bool = False


def stream(settings: Settings) -> str:
    """Read the slices; return what was found, in words."""
    with GenicamCamera(cti_files=[settings.cti], config=settings.config) as camera:
        for _ in range(settings.warm_up):
            camera.read(1.0)
        first_id = last_id = count = 0
        ages_ms: list[float] = []
        busy_s, started_s = _processor_s(), time.monotonic()
        while count < settings.slices:
            frame = camera.read(1.0)
            if frame is None:
                continue
            first_id, last_id, count = first_id or frame.frame_id, frame.frame_id, count + 1
            ages_ms.append((now_ns() - frame.exposure_mid_ns) * 1e-6)
        elapsed_s = time.monotonic() - started_s
        share = (_processor_s() - busy_s) / elapsed_s
        lost = last_id - first_id + 1 - count
    return (
        f"{count} slices in {elapsed_s:.2f} s, {count / elapsed_s:.1f} fps, {lost} lost; "
        f"{share:.0%} of a core, the simulated camera's own work included; "
        f"exposure to image {percentiles(ages_ms)} ms"
    )


def cycles(settings: Settings) -> str:
    """Open and close again and again; return what was left behind, in words."""
    me = psutil.Process()
    before = None
    for cycle in range(settings.cycles + 3):
        with GenicamCamera(cti_files=[settings.cti], config=settings.config) as camera:
            camera.read(1.0)
        gc.collect()
        if cycle == 2:  # what libraries keep for ever they have by now
            before = (me.num_fds(), me.num_threads(), me.memory_info().rss)
    assert before is not None
    after = (me.num_fds(), me.num_threads(), me.memory_info().rss)
    return (
        f"{settings.cycles} open/close cycles: descriptors {before[0]} → {after[0]}, threads {before[1]} → "
        f"{after[1]}, memory {(after[2] - before[2]) / 2**20:+.1f} MiB"
    )


def _processor_s() -> float:
    times = os.times()
    return times.user + times.system


def main(settings: Settings) -> None:
    """Measure and print."""
    if settings.faults:
        for line in table(settings.cti):
            print(line, flush=True)
        return
    print(device())
    print(f"warm-up {settings.warm_up} slices; clock CLOCK_MONOTONIC")
    print(stream(settings))
    print(cycles(settings))


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
