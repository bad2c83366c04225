"""A TOML file as a frozen pydantic model; every mistake is one clear line that names file and key."""

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from focstream.errors import InputError
from focstream.files.limits import TOML_BYTES, TOML_NESTING
from focstream.files.toml_depth import toml_depth
from focstream.files.user_file import read_file, size_text

Model = TypeVar("Model", bound=BaseModel)

_TYPES = ("str", "int", "float", "bool")


def read_toml(model: type[Model], path: Path, *, what: str) -> Model:
    """Read `path` into `model`.

    Parameters
    ----------
    model, path
        The model and its file.
    what
        How messages name the file, such as ``"--config"``.

    Raises
    ------
    InputError
        When the file cannot be read, is too long or too deeply nested, or is not TOML, or a key is unknown,
        missing or wrong.
    """
    return parse_toml(model, read_file(path, most_bytes=TOML_BYTES, what=what), name=f"{what} {path}")


def parse_toml(model: type[Model], data: bytes, *, name: str) -> Model:
    """Read the bytes of a TOML file into `model`; `name` is for messages.

    Raises
    ------
    InputError
        When they are not TOML, or a key is unknown, missing or wrong.
    """
    try:
        return model.model_validate(parse_table(data, name=name))
    except ValidationError as error:
        raise InputError(f"{name}: {first_problem(error)}") from None


def parse_table(data: bytes, *, name: str) -> dict[str, Any]:
    """Parse the bytes of a TOML file; `name` is for messages.

    Raises
    ------
    InputError
        When they are not TOML, too many, or nested too deeply.
    """
    if len(data) > TOML_BYTES:
        raise InputError(f"{name}: has {size_text(len(data))}, and TOML at most {size_text(TOML_BYTES)} here")
    try:
        text = data.decode("utf-8")
        if toml_depth(text) > TOML_NESTING:
            raise InputError(f"{name}: is nested more than {TOML_NESTING} deep; is it the right file?")
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of too many digits is a ValueError
        raise InputError(f"{name}: not valid TOML ({error})") from None


def first_problem(error: ValidationError) -> str:
    """Put the first problem that pydantic found into one line that names the key.

    Of a value that may be of several types, the last is named: the others are special cases.
    """
    problems = error.errors(include_url=False)
    first = _key(problems[0]["loc"])
    problem = [each for each in problems if _key(each["loc"]) == first][-1]
    where = ".".join(str(part) for part in first)
    what = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"]
    return f"{where}: {what}" if where else what


def _key(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Return where a problem is, without the types that pydantic tried, such as ``tuple[]`` or ``str``."""
    kept = tuple(part for part in location if str(part).isidentifier() or isinstance(part, int))
    return kept[:-1] if len(kept) > 1 and kept[-1] in _TYPES else kept
