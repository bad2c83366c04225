"""Ctrl-C and SIGTERM at any moment: before the program listens, while it runs, while it ends."""

import signal
import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks.campaign.small_run import CAMERA, SILENT, make_recording
from benchmarks.campaign.tally import TRACEBACK, Tally, Terms
from benchmarks.campaign.trial import Ended, Signal, run_command

INTERRUPTED = 130
_DEVICE_LOST = 4
_OURS = (
    "run_pipeline.py",
    "/focstream/",
    "/capture/",
    "/publish/",
    "/engines/",
    "/inference/",
    "/calibration/",
)


def run(terms: Terms, tally: Tally) -> None:
    """Send signals at random moments, until the time is over."""
    recording = make_recording(terms.folder / "whole.mcap", sweeps=20)
    interpreter_s = statistics.median(run_command(["-c", "pass"]).took_s for _ in range(3))
    usual_s = terms.usual.took_s
    number = 0
    while tally.goes_on(terms):
        command = _commands(recording, terms.folder / f"out_{number}")[number % 6]
        first_s = terms.random.uniform(interpreter_s, 1.5 * usual_s)
        kind = terms.random.choice([signal.SIGINT, signal.SIGTERM])
        signals = [Signal(number=kind, after_s=first_s)]
        if number % 3 == 2:
            signals.append(Signal(number=kind, after_s=first_s + terms.random.uniform(0.02, 0.5)))
        tally.tries += 1
        ended = run_command(command, signals=signals, limit_s=first_s + 60.0)
        _judge(ended, _describe(command, signals), terms, tally)
        _left_nothing_hidden(terms.folder, tally)
        number += 1


def _commands(recording: Path, out: Path) -> list[Sequence[str]]:
    endless = [*CAMERA, *SILENT]
    return [
        endless,
        [*endless, "--record", str(out.with_suffix(".mcap")), "--save", str(out)],
        ["run_pipeline.py", "--help"],
        ["-m", "capture", "recover", str(recording), "--out", str(out.with_suffix(".mended.mcap"))],
        ["-m", "capture", "export", str(recording), "--out", str(out)],
        [
            *endless,
            "--web",
            "0",
            "--metrics",
            "0",
            "--lens",
            "optotune-icc:sim",
            "--sim.lens-fault",
            "unplug",
        ],
    ]


def _judge(ended: Ended, what: str, terms: Terms, tally: Tally) -> None:
    """Judge what must end soon, in one line, with 130; or with 0, if it was done before."""
    if TRACEBACK in ended.text and not any(ours in ended.text for ours in _OURS):
        return  # in the interpreter's own start, before a line of ours has run
    tally.judge(ended, what, codes=(0, _DEVICE_LOST, INTERRUPTED) if "unplug" in what else (0, INTERRUPTED))
    tally.wait(ended.end_s, f"the end after {what}", patience_s=terms.patience_s)


def _describe(command: Sequence[str], signals: Sequence[Signal]) -> str:
    sent = ", ".join(f"{signal.Signals(one.number).name} after {one.after_s:.2f} s" for one in signals)
    words = [Path(word).name if "/" in word else word for word in command]
    return f"{sent}: {' '.join(words)}"


def _left_nothing_hidden(folder: Path, tally: Tally) -> None:
    """No unfinished file stays behind."""
    for path in folder.glob(".*"):
        tally.end_wrongly(f"{path.name} was left behind, {path.stat().st_size} bytes")
        path.unlink()
