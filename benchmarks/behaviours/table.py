"""Runs the simulated camera through what cameras do, and compares each slice with its picture."""

import importlib
import logging
import os
import pkgutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import benchmarks.behaviours
from benchmarks.behaviours.behaviour import Behaviour
from capture.acquisition import Acquisition
from capture.genicam.camera import GenicamCamera
from capture.genicam.config import GenicamConfig
from capture.genicam.lens import GenicamLens
from capture.reconnect import ReconnectConfig, Reconnecting
from capture.simulator.gentl.shown_focus import shown_dpt
from capture.sweep.live import LiveSweep
from capture.sweep.plan import SweepConfig
from focstream.types import FocstreamError

# Off the edges of the sensor a picture shows its focus to 0.01 dpt.
LIMITS = SweepConfig(slots=8, far_dpt=1.0, near_dpt=9.0)
HALF_SLOT_DPT = 8.0 / 7 / 2
_CONFIG = {"height_px": 64, "frame_rate_hz": 200.0, "exposure_us": 500.0}
_RATE_HZ = 24.0  # slots a second of a triangle or sawtooth: eight images in each
_OVERSCAN = 0.05
_OURS = ("capture", "focstream")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one behaviour.

    Attributes
    ----------
    given, left_out, lost
        Slices; images that came and were left out; slices that never came or were dropped.
    worst_dpt
        Greatest difference between a slice's tag and its picture; NaN without slices.
    logged
        Each message once, and the error that ended the run.
    """

    given: int
    left_out: int
    lost: int
    worst_dpt: float
    logged: tuple[str, ...]


def all_behaviours() -> list[Behaviour]:
    """Return the rows of every module of this folder."""
    modules = pkgutil.iter_modules(benchmarks.behaviours.__path__, "benchmarks.behaviours.")
    found = [getattr(importlib.import_module(one.name), "ROWS", ()) for one in modules]
    return [row for rows in found for row in rows]


def run(row: Behaviour, *, cti: Path, file: Path) -> Outcome:
    """Sweep the camera behaving so.

    Parameters
    ----------
    row, cti
        What it does, and the simulated producer.
    file
        The one that ``FOCUSSIM_FILE`` names.
    """
    settings = {**_CONFIG, "timing": row.timing, "chunks": row.chunks, **row.config}
    camera = GenicamCamera(cti_files=[cti], config=GenicamConfig.model_validate(settings))
    moving = {"waveform": row.waveform, "rate_hz": _RATE_HZ, "overscan": _OVERSCAN}
    source = LiveSweep(
        camera,
        GenicamLens(camera),
        sweep=LIMITS if row.waveform == "staircase" else LIMITS.model_copy(update=moving),
        level="approximate",
    )
    errors_dpt: list[float] = []
    write(file, row.lines)
    acquisition = Acquisition(Reconnecting(source, config=ReconnectConfig(limit=3)))
    with _logged() as logged, ExitStack() as running:
        try:
            running.enter_context(acquisition)
            for after_s, act in (
                (row.limit_s, acquisition.stop),
                *((after_s, lambda lines=lines: write(file, lines)) for after_s, lines in row.later),
            ):
                timer = threading.Timer(after_s, act)
                timer.start()
                running.callback(timer.cancel)
            for one in acquisition:
                errors_dpt.append(abs((one.tag.focus_dpt or 0.0) - shown_dpt(one.image)))
                if len(errors_dpt) == row.slices:
                    acquisition.stop()
                    break
        except FocstreamError as error:
            logged.append(f"ends: {error}")
    counts = acquisition.counts
    return Outcome(
        given=len(errors_dpt),
        left_out=counts.settling + counts.waiting,
        lost=counts.lost,
        worst_dpt=max(errors_dpt, default=float("nan")),
        logged=tuple(dict.fromkeys(logged)),
    )


def write(file: Path, lines: tuple[str, ...]) -> None:
    """Change how the camera behaves; it never reads half a file."""
    fresh = file.with_suffix(".new")
    fresh.write_text("".join(f"{line}\n" for line in lines))
    fresh.replace(file)
    time.sleep(0.02)  # it looks every 10 ms


def table(cti: Path) -> Iterator[str]:
    """Yield the table, a line a behaviour, in Markdown."""
    yield "| a camera | swept | given | left out | lost | worst dpt | logged |"
    yield "|---|---|---|---|---|---|---|"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "focussim.txt"
        os.environ["FOCUSSIM_FILE"] = str(file)
        worst_dpt = 0.0
        for row in all_behaviours():
            found = run(row, cti=cti, file=file)
            worst_dpt = max(worst_dpt, found.worst_dpt if found.given else 0.0)
            how = f"{row.timing}{'' if row.waveform == 'staircase' else ', ' + row.waveform}"
            yield (
                f"| {row.what} | {how}{', chunks' if row.chunks else ''} | {found.given} | {found.left_out} "
                f"| {found.lost} | {found.worst_dpt:.3f} | {'; '.join(found.logged) or '–'} |"
            )
    yield f"\nworst of all {worst_dpt:.3f} dpt; half a slot is {HALF_SLOT_DPT:.3f} dpt"


@contextmanager
def _logged() -> Iterator[list[str]]:
    """Collect what is logged as a warning or worse."""
    messages: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    collector = Collector(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).addHandler(collector)
    try:
        yield messages
    finally:
        for name in _OURS:
            logging.getLogger(name).removeHandler(collector)
