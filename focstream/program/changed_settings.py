"""Settings with some of their values changed, as by a program's keywords; every mistake is one clear line."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from focstream.errors import InputError
from focstream.program.sane_values import check_settings
from focstream.program.toml_file import first_problem, read_toml

Model = TypeVar("Model", bound=BaseModel)


def changed(settings: Model, changes: Mapping[str, Any]) -> Model:
    """Return `settings` with other values; a mapping changes only what it names in the settings within.

    What nobody has set stays unset (`model_fields_set`).

    Raises
    ------
    InputError
        For an unknown name or a bad value.
    """
    try:
        result = type(settings).model_validate(_merged(settings, changes))
    except ValidationError as error:
        raise InputError(f"options: {first_problem(error)}") from None
    check_settings(result)
    return result


def with_changes(
    kind: type[Model],
    given: Model | None,
    changes: Mapping[str, Any],
    *,
    for_the_command_line: Sequence[str],
) -> Model:
    """Put a program's changes over the settings it gave, or over the file that its ``config`` names.

    Parameters
    ----------
    kind
        Of the settings; has a ``config``.
    given
        None for the defaults.
    changes
        As of `changed`.
    for_the_command_line
        Settings that a program leaves alone.

    Raises
    ------
    InputError
        As of `changed`, for both settings and a file, and for a setting of the command line.
    """
    asked = changed(given or kind(), changes)
    file = getattr(asked, "config", None)
    if "config" in changes and file is not None:
        if given is not None:
            raise InputError("config excludes a whole set of options: give one of them")
        asked = changed(read_toml(kind, file, what="config"), changes)
    for name in for_the_command_line:
        if getattr(asked, name) != kind.model_fields[name].default:
            raise InputError(f"{name} is for the command line: leave it out of open_depth")
    return asked


def _merged(settings: BaseModel, changes: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: getattr(settings, name) for name in settings.model_fields_set}
    for name, value in changes.items():
        before = getattr(settings, name, None)
        if isinstance(before, BaseModel) and isinstance(value, Mapping):
            values[name] = _merged(before, value)
        else:
            values[name] = value
    return values
