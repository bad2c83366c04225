"""The help that a long list of options opens with: what is used first, in groups, with examples."""

import argparse
import inspect
import shutil
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

_WIDEST = 100
_PLACEHOLDERS: dict[object, str] = {int: "N", float: "X", Path: "PATH", str: "TEXT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstHelp:
    """What ``--help`` shows of a command whose options are many; ``--help-all`` shows every one.

    Attributes
    ----------
    groups
        By title, names of options as in ``sweep.slots``; a second word is the placeholder of its value.
    examples
        By the words that follow the command's name, what they do.
    """

    groups: Mapping[str, tuple[str, ...]]
    examples: Mapping[str, str]

    def text(
        self, model: type[BaseModel], *, prog: str, about: str | None = None, default: object = None
    ) -> str:
        """Lay it out for this screen, with what `model` says of options; defaults are those of `default`."""
        parser = argparse.ArgumentParser(
            usage=f"{_shell(prog)} [OPTIONS]",
            description=f"{about or inspect.getdoc(model)}\n\n{self._examples(prog)}",
            epilog="--help-all explains every option.",
            add_help=False,
            formatter_class=_Formatter,
        )
        for title, names in self.groups.items():
            group = parser.add_argument_group(title)
            for name in names:
                _add(group, default or model(), *name.split())
        return parser.format_help()

    def _examples(self, prog: str) -> str:
        lines = [f"  {_shell(prog)} {words}\n      {does}" for words, does in self.examples.items()]
        return "\n".join(["examples:", *lines])


def _shell(prog: str) -> str:
    """Return how a program is called from a shell."""
    return f"python {prog}" if prog.endswith(".py") else prog


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Of this screen's width; names of options stay in one piece."""

    def __init__(self, prog: str) -> None:
        columns = min(shutil.get_terminal_size().columns, _WIDEST)
        super().__init__(prog, max_help_position=28, width=columns - 2)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(text, width, break_on_hyphens=False)


def _add(group: Any, settings: object, name: str, placeholder: str = "") -> None:  # noqa: ANN401 - private in argparse
    """Add one option of `settings` to a group of argparse."""
    names, field, value = _option(settings, name)
    flag = f"--{'.'.join(names)}".replace("_", "-")
    text = " ".join((field.description or "").split()).replace("%", "%%")
    if field.annotation is bool:
        group.add_argument(flag, action="store_true", help=text)
        return
    default = "" if value in (None, "", ()) else f" (default: {value})"
    kind = placeholder or _placeholder(field.annotation)
    group.add_argument(flag, metavar=kind, help=text + default.replace("%", "%%"))


def _option(settings: object, dotted: str) -> tuple[list[str], FieldInfo, object]:
    """Return the words of an option's flag, its field, and its value."""
    *within, last = dotted.replace("-", "_").split(".")
    for name in within:
        settings = getattr(settings, name)
    assert isinstance(settings, BaseModel)
    field = type(settings).model_fields[last]
    nameless = any(getattr(each, "name", None) == "" for each in field.metadata)  # tyro.conf.arg(name="")
    return within if nameless else [*within, last], field, getattr(settings, last)


def _placeholder(annotation: object) -> str:
    kinds = [kind for kind in _kinds(annotation) if kind is not type(None)]
    if all(isinstance(kind, str) for kind in kinds):
        return f"{{{','.join(map(str, kinds))}}}"
    return next((_PLACEHOLDERS[kind] for kind in kinds if kind in _PLACEHOLDERS), "VALUE")


def _kinds(annotation: object) -> Iterator[object]:
    """Yield the types of a union, and the words of a choice."""
    if get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from _kinds(part)
    elif get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        yield annotation
