"""Options from the command line over a TOML file, as one frozen model; every mistake is one clear line."""

import contextlib
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import tyro
from pydantic import BaseModel, ValidationError

from focstream.errors import InputError
from focstream.program.toml_file import first_problem, read_toml

Model = TypeVar("Model", bound=BaseModel)


def load_settings(model: type[Model], argv: Sequence[str], *, prog: str) -> Model:
    """Read `argv` over the file that ``--config`` names over the model's defaults.

    Raises
    ------
    InputError
        For an unknown option or key, a bad value, or a file that cannot be read.
    SystemExit
        With code 0 after ``--help``.
    """
    default = model()
    path = _config_path(argv)
    if path is not None:
        default = read_toml(model, path, what="--config")
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            return tyro.cli(model, args=list(argv), default=default, prog=prog)
    except SystemExit as stop:
        if stop.code == 0:
            raise
        raise InputError(_one_line(said.getvalue())) from None
    except ValidationError as error:
        raise InputError(f"options: {first_problem(error)}") from None


def _config_path(argv: Sequence[str]) -> Path | None:
    for position, word in enumerate(argv):
        if word.startswith("--config="):
            return Path(word.removeprefix("--config="))
        if word == "--config" and position + 1 < len(argv):
            return Path(argv[position + 1])
    return None


def _one_line(boxed: str) -> str:
    # tyro draws its message into a box of several lines, with a title on its upper edge; ours are one line.
    inside = [line.strip("│ ") for line in boxed.splitlines() if not line.startswith(("╭", "╰"))]
    sections = re.split(r"─+", " ".join(inside))
    text = "; ".join(re.sub(r"\s+", " ", section).strip() for section in sections).strip("; ")
    text = re.sub(r"Error parsing \w+: \d+ validation errors? for \w+ (\w+)", r"option \1:", text)
    text = re.sub(r" \[type=[^\]]*\]( For further information visit \S+)?", "", text)
    text = re.sub(r"; For full helptext, (run|see) .*$", "; see --help", text)
    return text or "the options cannot be understood; see --help"
