"""Disks that are full: a limit on the size of files, /dev/full, and a small disk in memory."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from benchmarks.campaign.small_run import (
    CAMERA,
    SILENT,
    make_recording,
    sweeps_reported,
    whole_sweeps,
)
from benchmarks.campaign.tally import Tally, Terms
from benchmarks.campaign.trial import Ended, run_command
from focstream.types import FocstreamError

_SWEEPS = 60
_DISK_MB = 2


def run(terms: Terms, tally: Tally) -> None:
    """Write everything that can be written to where there is too little room."""
    recording = make_recording(terms.folder / "whole.mcap", sweeps=4, depth=True)
    ways: list[Callable[[Terms, Tally, Path, Path], None]] = [_record, _save, _recover, _export, _stdout]
    if find_spec("rerun") is not None:
        ways.append(_view_save)
    if sys.platform == "linux" and os.geteuid() == 0 and shutil.which("mount"):
        ways.append(_small_disk)
    else:
        tally.notes.append("left out: a small disk in memory needs root on Linux")
    number = 0
    while tally.goes_on(terms):
        folder = terms.folder / f"try_{number}"
        folder.mkdir()
        tally.tries += 1
        ways[number % len(ways)](terms, tally, folder, recording)
        shutil.rmtree(folder, ignore_errors=True)
        number += 1


def _limited(limit_bytes: int) -> dict[int, int]:
    """Let files grow to so many bytes at the most: acts as the end of the disk."""
    return {resource.RLIMIT_FSIZE: limit_bytes}


def _record(terms: Terms, tally: Tally, folder: Path, _recording: Path) -> None:
    limit_bytes = terms.random.randrange(600_000, 1_200_000)
    path = folder / "a.mcap"
    command = [*CAMERA, *SILENT, "--sweeps", str(_SWEEPS), "--record", str(path)]
    ended = run_command(command, limits=_limited(limit_bytes))
    _judge(ended, f"--record with room for {limit_bytes} bytes", terms, tally)
    _count_recorded(path, ended, tally)


def _count_recorded(path: Path, ended: Ended, tally: Tally) -> None:
    """Every sweep reported before the disk was full is in the recording."""
    try:
        found = whole_sweeps(path) if path.exists() else set()
    except FocstreamError:
        found = set()
    missing = set(range(sweeps_reported(ended.text) - 1)) - found
    tally.lose(len(missing), f"sweeps {sorted(missing)[:5]} of a recording whose disk was full")


def _save(terms: Terms, tally: Tally, folder: Path, _recording: Path) -> None:
    limit_bytes = terms.random.randrange(500, 20_000)
    saved = folder / "saved"
    ended = run_command(
        [*CAMERA, *SILENT, "--sweeps", "3", "--save", str(saved)], limits=_limited(limit_bytes)
    )
    _judge(ended, f"--save with room for files of {limit_bytes} bytes", terms, tally)
    names = {path.name: {file.name for file in path.iterdir()} for path in saved.glob("sweep_*")}
    torn = [name for name, files in names.items() if files != max(names.values(), key=len)]
    tally.lose(len(torn), f"saved sweeps that lack files: {torn}")


def _recover(terms: Terms, tally: Tally, folder: Path, recording: Path) -> None:
    limit_bytes = terms.random.randrange(1_000, recording.stat().st_size // 2)
    out = folder / "mended.mcap"
    command = ["-m", "capture", "recover", str(recording), "--out", str(out)]
    _judge(run_command(command, limits=_limited(limit_bytes)), "recover on a full disk", terms, tally)
    _left_nothing(folder, "recover", tally)


def _export(terms: Terms, tally: Tally, folder: Path, recording: Path) -> None:
    kind = terms.random.choice(["png", "npz", "ply"])
    command = ["-m", "capture", "export", str(recording), "--out", str(folder / "out"), "--format", kind]
    ended = run_command(command, limits=_limited(terms.random.randrange(100, 1_000)))
    _judge(ended, f"export --format {kind} on a full disk", terms, tally)


def _stdout(terms: Terms, tally: Tally, _folder: Path, recording: Path) -> None:
    command = ["-m", "capture", "info", str(recording)]
    _judge(run_command(command, stdout=Path("/dev/full")), "info > /dev/full", terms, tally)


def _view_save(terms: Terms, tally: Tally, folder: Path, _recording: Path) -> None:
    command = [*CAMERA, *SILENT, "--sweeps", "3", "--view-save", str(folder / "a.rrd")]
    _judge(run_command(command, limits=_limited(60_000)), "--view-save on a full disk", terms, tally)


def _small_disk(terms: Terms, tally: Tally, folder: Path, _recording: Path) -> None:
    with _mounted(folder) as is_mounted:
        if not is_mounted:
            tally.tries -= 1
            if not any("mount" in note for note in tally.notes):
                tally.notes.append("left out: no disk in memory may be mounted here")
            return
        path = folder / "a.mcap"
        command = [
            *CAMERA,
            *SILENT,
            "--sweeps",
            "400",
            "--record",
            str(path),
            "--save",
            str(folder / "saved"),
        ]
        ended = run_command(command)
        _judge(ended, f"--record and --save on a disk of {_DISK_MB} MB", terms, tally)
        _count_recorded(path, ended, tally)


@contextmanager
def _mounted(folder: Path) -> Iterator[bool]:
    options = ["-t", "tmpfs", "-o", f"size={_DISK_MB}m", "tmpfs"]
    mounted = subprocess.run(["mount", *options, str(folder)], check=False, capture_output=True)
    try:
        yield mounted.returncode == 0
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _left_nothing(folder: Path, what: str, tally: Tally) -> None:
    left = [path.name for path in folder.iterdir()]
    if left:
        tally.end_wrongly(f"{what} left {left[:3]} behind")


def _judge(ended: Ended, what: str, terms: Terms, tally: Tally) -> None:
    """Judge what must say that the disk is full, and end with 2."""
    tally.judge(ended, what, codes=(2,))
    tally.wait(ended.took_s, what, patience_s=terms.patience_s + 10.0 * terms.usual.took_s)
    if "--view-save" not in what:  # its package alone takes 70 MB
        tally.grow(ended.peak_mb - terms.usual.peak_mb)
