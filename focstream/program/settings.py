"""Options from the command line over a TOML file, as one frozen value; every mistake is one clear line."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import tyro
from pydantic import BaseModel

from focstream.errors import InputError
from focstream.program.first_help import FirstHelp
from focstream.program.plain_message import plain_message, plain_screen
from focstream.program.sane_values import check_settings
from focstream.program.toml_file import read_toml

Settings = TypeVar("Settings")

_HELP = {"-h", "--help"}
_HELP_ALL = "--help-all"


def load_settings(
    model: type[Settings],
    argv: Sequence[str],
    *,
    prog: str,
    description: str | None = None,
    prefixed: bool = True,
    first_help: FirstHelp | None = None,
) -> Settings:
    """Read `argv` over the file that ``--config`` names, where the model has one, over the model's defaults.

    Parameters
    ----------
    model
        A frozen pydantic model or dataclass; the help is made from its docstrings.
    argv
        The words of the command line after the command.
    prog
        How the command is called, for its help.
    description
        The first lines of the help; without, the model's docstring.
    prefixed
        Options of settings within the settings begin with their name, as in ``--sweep.slots``.
    first_help
        What ``--help`` shows; without, every option, as ``--help-all`` does.

    Raises
    ------
    InputError
        For an unknown option or key, a bad value, or a file that cannot be read.
    SystemExit
        With code 0 after ``--help`` and ``--help-all``.
    """
    about: dict[str, Any] = {"prog": prog, "description": description}
    if (default := _from_file(model, argv)) is not None:
        about["default"] = default
    if not prefixed:
        about["config"] = (tyro.conf.OmitArgPrefixes,)
    if first_help is not None and not _HELP.isdisjoint(argv) and _HELP_ALL not in argv:
        assert issubclass(model, BaseModel)
        sys.stdout.write(first_help.text(model, prog=prog, about=description, default=default))
        raise SystemExit(0)
    if not {*_HELP, _HELP_ALL}.isdisjoint(argv):
        tyro.cli(model, args=["--help"], **about)
    with plain_screen() as screen:
        try:
            settings: Settings = tyro.cli(model, args=argv, **about)
        except SystemExit:
            raise InputError(plain_message(screen.getvalue(), root=model.__name__)) from None
    check_settings(settings)
    return settings


def _from_file(model: type[Settings], argv: Sequence[str]) -> Settings | None:
    """Read the file that ``--config`` names; None where there is none."""
    path = _config_path(argv)
    if path is None or not issubclass(model, BaseModel) or "config" not in model.model_fields:
        return None
    return cast("Settings", read_toml(model, path, what="--config"))


def _config_path(argv: Sequence[str]) -> Path | None:
    for position, word in enumerate(argv):
        if word.startswith("--config="):
            return Path(word.removeprefix("--config="))
        if word == "--config" and position + 1 < len(argv):
            return Path(argv[position + 1])
    return None
