"""``python -m publish compare``: two models side by side, from the sweeps that they saved."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from focstream.program.commands import say
from publish.saved.side_by_side import save_comparisons


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareSettings:
    """What to compare.

    Attributes
    ----------
    first
        Folder of saved sweeps.
    second
        Folder of the same sweeps by another model.
    out
        Folder for the pictures.
    """

    first: Annotated[Path, tyro.conf.Positional]
    second: Annotated[Path, tyro.conf.Positional]
    out: Path


def compare(settings: CompareSettings) -> None:
    """Draw the pictures, and print where they are.

    Raises
    ------
    InputError
        When the sweeps cannot be read or the pictures not be written.
    """
    for path in save_comparisons(settings.first, settings.second, settings.out):
        say(f"made {path}")
