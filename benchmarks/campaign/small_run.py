"""A small, quick run of the program, for parts that need many."""

import re
from pathlib import Path

from benchmarks.campaign.trial import Ended, run_command
from capture.recording.reader import RecordingReader
from focstream.types import FocstreamError

SLOTS = 5
CAMERA = (
    *("run_pipeline.py", "--camera", "sim", "--sim.width-px", "64", "--sim.height-px", "48"),
    *("--sweep.slots", str(SLOTS), "--model", "sharpness"),
)
"""The simulated camera and the quick model; publishes on the usual ports unless told not to."""
SILENT = ("--publish.no-enabled",)
_SWEEP = re.compile(r"sweep (\d+): \d+ (?:of \d+ )?slice")


def sweeps_reported(text: str) -> int:
    """How many sweeps a log reports as finished."""
    return max((int(number) + 1 for number in _SWEEP.findall(text)), default=0)


def whole_sweeps(path: Path) -> set[int]:
    """Return the numbers of the sweeps of which every slot is in a recording.

    Raises
    ------
    FocstreamError
        When it cannot be read.
    """
    slots: dict[int, set[int]] = {}
    for focal_slice in RecordingReader(path).slices():
        if not focal_slice.tag.settling:
            slots.setdefault(focal_slice.tag.sweep_id, set()).add(focal_slice.tag.slot)
    return {sweep_id for sweep_id, seen in slots.items() if len(seen) == SLOTS}


def undisturbed() -> Ended:
    """Run a sweep while nothing is wrong: what is usual here and now for time and memory."""
    ended = run_command([*CAMERA, *SILENT, "--sweeps", "1"], limit_s=300.0)
    if ended.code != 0:
        raise FocstreamError(f"even an undisturbed run fails, with exit code {ended.code}: {ended.text}")
    return ended


def make_recording(path: Path, *, sweeps: int, depth: bool = False) -> Path:
    """Record so many sweeps of the simulated camera."""
    also = ["--record.depth"] if depth else []
    command = [*CAMERA, *SILENT, "--sweeps", str(sweeps), "--record", str(path), *also]
    ended = run_command(command, limit_s=300.0)
    if ended.code != 0:
        raise FocstreamError(f"recording fails with exit code {ended.code}: {ended.text}")
    return path
