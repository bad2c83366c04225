"""Folders of many recordings or stacks, to be replayed one after the other."""

from pathlib import Path
from typing import Literal

from capture.folder.listing import stacks_in
from capture.recording.series.files import is_series, recordings_in


def many_in(folder: Path | None) -> tuple[Path, ...]:
    """Find the recordings, or else the stacks, below `folder`; none where it is one itself."""
    recordings = recordings_in(folder)
    return () if recordings == (folder,) else recordings or stacks_in(folder)


def kind_of(path: Path) -> Literal["recording", "stack"]:
    """Say what one of them is."""
    return "recording" if path.is_file() or is_series(path) else "stack"
