"""Which options somebody has set, by the flags of the command line."""

import logging
from collections.abc import Iterable

from pydantic import BaseModel

_log = logging.getLogger(__name__)


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


def say_unused(flags: Iterable[str]) -> None:
    """Warn of options that were set in vain, if there are any."""
    if words := ", ".join(flags):
        _log.warning("without effect here: %s", words)


def all_but(settings: BaseModel, *names: str) -> set[str]:
    """Return the names of all options but these."""
    return set(type(settings).model_fields) - set(names)
