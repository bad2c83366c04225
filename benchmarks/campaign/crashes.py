"""kill -9 at random moments of recording, saving and rotating.

What is on the disk at a moment is what a kill -9 at that moment would leave, for one thread writes in order.
So the folder is copied again and again while the program runs, and in the end it is killed for real.
"""

import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.campaign.small_run import CAMERA, SILENT, sweeps_reported, whole_sweeps
from benchmarks.campaign.tally import Tally, Terms
from benchmarks.shared.running_pipeline import RunningPipeline
from capture.commands.recover import recover
from capture.recording.config import RecordConfig
from focstream.types import FocstreamError

_RUN_S = 12.0
_SAVER_HOLDS = 5  # sweeps: three in hand, one that is written, one that is reported


def run(terms: Terms, tally: Tally) -> None:
    """Let each way to keep data have its turn, until the time is over."""
    number = 0
    ways = [(_record, check_recordings), (_save, check_saved)]
    if "rotate_min" in RecordConfig.model_fields:
        ways.append((_rotate, check_recordings))
    else:
        tally.notes.append("left out: recordings do not rotate in this version")
    while tally.goes_on(terms):
        way, check = ways[number % len(ways)]
        _crash(way, check, terms, tally, folder=terms.folder / f"run_{number}")
        number += 1


def _crash(
    way: Callable[[Path], list[str]],
    check: Callable[[Path, int, Tally], None],
    terms: Terms,
    tally: Tally,
    *,
    folder: Path,
) -> None:
    """Run the program once; check what each moment leaves, and what the kill does."""
    kept = folder / "kept"
    kept.mkdir(parents=True)
    with RunningPipeline([*CAMERA[1:], *SILENT, *way(kept)]) as pipeline:
        pipeline.wait_for("sweep 0: ")
        until_s = time.monotonic() + _RUN_S
        copies: list[tuple[Path, int]] = []
        while time.monotonic() < min(until_s, terms.until_s) and tally.tries + len(copies) < terms.most_tries:
            time.sleep(terms.random.uniform(0.02, 0.4))
            sweeps, copy = sweeps_reported(pipeline.text), folder / f"copy_{len(copies)}"
            shutil.copytree(kept, copy, ignore=shutil.ignore_patterns(".*"))  # hidden ones are unfinished
            copies.append((copy, sweeps))
        sweeps = sweeps_reported(pipeline.text)
        pipeline.stop(signal.SIGKILL)
        if pipeline.tracebacks:
            tally.crash("a run to be killed", pipeline.text)
    for copy, reported in [*copies, (kept, sweeps)]:
        tally.tries += 1
        check(copy, reported, tally)
    shutil.rmtree(folder)


def _record(folder: Path) -> list[str]:
    return ["--record", str(folder / "a.mcap")]


def _rotate(folder: Path) -> list[str]:
    return ["--record", str(folder / "a.mcap"), "--record.rotate-min", "0.02"]


def _save(folder: Path) -> list[str]:
    return ["--save", str(folder / "saved")]


def check_recordings(folder: Path, reported: int, tally: Tally) -> None:
    """Every sweep reported before the last one is in what is recovered."""
    found: set[int] = set()
    for path in sorted(folder.rglob("*.mcap")):
        if path.name.startswith("."):
            continue
        try:
            mended = path.with_name(f".{path.name}.mended")
            mended.unlink(missing_ok=True)
            done = recover(path, out=mended)
            found |= whole_sweeps(done.path)
        except FocstreamError:  # killed in its beginning: then the sweeps are missed below
            continue
        except Exception as error:  # noqa: BLE001 - whatever it is, a user would see a traceback
            tally.crash(f"recovering {path.name}", repr(error))
    missing = set(range(reported - 1)) - found
    tally.lose(len(missing), f"of {reported} sweeps that a recording had, {sorted(missing)[:5]} are gone")


def check_saved(folder: Path, reported: int, tally: Tally) -> None:
    """Every folder with a sweep's name is complete, and none is missing."""
    saved = sorted((folder / "saved").glob("sweep_*"))
    whole = max((_names(path) for path in saved), key=len, default=set())
    torn = [path.name for path in saved if _names(path) != whole]
    tally.lose(len(torn), f"saved sweeps that lack files: {torn[:5]}")
    tally.lose(reported - _SAVER_HOLDS - len(saved), f"of {reported} sweeps {len(saved)} are saved")


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.stat().st_size > 0}
