"""Settings with some of their values changed, as by a program's keywords; every mistake is one clear line."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from focstream.errors import InputError
from focstream.program.sane_values import check_settings
from focstream.program.toml_file import first_problem

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


def _merged(settings: BaseModel, changes: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: getattr(settings, name) for name in settings.model_fields_set}
    for name, value in changes.items():
        before = getattr(settings, name, None)
        if isinstance(before, BaseModel) and isinstance(value, Mapping):
            values[name] = _merged(before, value)
        else:
            values[name] = value
    return values
