"""Flags of the command line: those that were set, and messages about them as a program knows them."""

import logging
import re
from collections.abc import Iterable

from pydantic import BaseModel

_log = logging.getLogger(__name__)

_FLAG = re.compile(r"(?<![\w/-])--([a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*)")
_HELP = re.compile(r"(?:; see --help| \(see --help\))")


def in_keywords(message: str, model: type[BaseModel]) -> str:
    """Name the options of `model` in a message as keywords: ``--sim.width-px`` is ``sim.width_px``.

    What is no option of the model stays as it is.
    """

    def keyword(flag: re.Match[str]) -> str:
        name = flag[1].replace("-", "_")
        return name if name.partition(".")[0] in model.model_fields else flag[0]

    return _FLAG.sub(keyword, _HELP.sub("", message))


def flags_set(settings: BaseModel, names: Iterable[str] | None = None, *, within: str = "") -> list[str]:
    """Return the flags of the options that are not as by default, in their order.

    Parameters
    ----------
    settings
        Of which options; those within others, such as ``--sweep.slots``, come each by itself.
    names
        The options to look at, by name; None for all.
    within
        What `settings` are called in others, such as ``sweep``.
    """
    found: list[str] = []
    for name, field in type(settings).model_fields.items():
        if names is not None and name not in names:
            continue
        is_unnamed = any(getattr(each, "name", None) == "" for each in field.metadata)  # as tyro has it
        value, flag = getattr(settings, name), within if is_unnamed else f"{within}.{name}".lstrip(".")
        if isinstance(value, BaseModel):
            found += flags_set(value, within=flag)
        elif value != field.get_default(call_default_factory=True):
            found.append(f"--{flag.replace('_', '-')}")
    return found


def say_unused(flags: Iterable[str], *, keywords_of: type[BaseModel] | None = None) -> None:
    """Warn of options that were set in vain, if there are any; by keyword, where a model is given."""
    if words := ", ".join(flags):
        words = words if keywords_of is None else in_keywords(words, keywords_of)
        _log.warning("without effect here: %s", words)


def all_but(settings: BaseModel, *names: str) -> set[str]:
    """Return the names of all options but these."""
    return set(type(settings).model_fields) - set(names)
