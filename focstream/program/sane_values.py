"""What no option may hold, whatever it is for: no numbers, endless texts, paths that would break a line."""

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from focstream.errors import InputError

_LARGEST = 2**63 - 1


def check_settings(settings: object) -> None:
    """Refuse values that no option may hold, and those of a dataclass beyond their bounds.

    Raises
    ------
    InputError
        Names the option, as the command line has it.
    """
    for name, default, value in _values(settings, ()):
        problem = _problem(value, default)
        if problem is not None:
            raise InputError(f"--{name}: {problem}")


def _values(settings: object, within: tuple[str, ...]) -> Iterator[tuple[str, object, object]]:
    """Yield name, default and value of every field, those of settings within the settings, too."""
    if dataclasses.is_dataclass(settings) and not isinstance(settings, type):
        defaults = {field.name: field.default for field in dataclasses.fields(settings)}
        _check_bounds(settings, list(defaults), within)
    elif isinstance(settings, BaseModel):
        defaults = {name: field.default for name, field in type(settings).model_fields.items()}
    else:
        return
    for name, default in defaults.items():
        value = getattr(settings, name)
        names = (*within, name.replace("_", "-"))
        if isinstance(value, BaseModel) or dataclasses.is_dataclass(value):
            yield from _values(value, names)
        for each in value if isinstance(value, tuple | list) else (value,):
            yield ".".join(names), default, each


def _check_bounds(settings: Any, names: list[str], within: tuple[str, ...]) -> None:  # noqa: ANN401 - any dataclass
    hints = get_type_hints(type(settings), include_extras=True)
    for name in names:
        hint, value = hints[name], getattr(settings, name)
        if value is None or not _is_bounded(hint):
            continue
        try:
            TypeAdapter[Any](hint).validate_python(value)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]["msg"]
            option = ".".join((*within, name.replace("_", "-")))
            raise InputError(f"--{option}: {problem}, got {_shown(value)}") from None


def _is_bounded(hint: Any) -> bool:  # noqa: ANN401 - any type
    if get_origin(hint) is Annotated and any(isinstance(each, FieldInfo) for each in hint.__metadata__):
        return True
    return any(_is_bounded(part) for part in get_args(hint) if part is not Ellipsis)


def _problem(value: object, default: object) -> str | None:
    if isinstance(value, float):
        if math.isnan(value):
            return "not a number; give one"
        return None if math.isfinite(value) or value == default else "must be finite"
    if isinstance(value, int) and abs(value) > _LARGEST:
        return f"no number beyond {_LARGEST} is taken"
    if isinstance(value, Path):
        return path_problem(value)
    if isinstance(value, str) and "\0" in value:
        return "a text cannot hold a NUL"
    return None


def path_problem(path: Path) -> str | None:
    """Say what is wrong with the name of a file, before anything is opened; None when nothing is.

    A NUL ends a name for the system and not for Python; a line feed would make two lines of one message; what
    is not UTF-8 cannot be noted in a recording.
    """
    text = str(path)
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        return f"{_shown(text)} holds a control character, such as a line feed: rename the file"
    if any(0xD800 <= ord(letter) <= 0xDFFF for letter in text):
        return f"{_shown(text)} is not UTF-8: rename the file"
    return None


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
