"""Numbers that somebody typed."""

import math

from focstream.types import InputError


def read_number(what: str, text: str, *, unit: str = "") -> float:
    """Return the number in `text`, which may have the unit behind it.

    Raises
    ------
    InputError
        When it is none.
    """
    try:
        number = float(text.strip().removesuffix(unit))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{what}: takes a number{f' in {unit}' if unit else ''}; got {text[:60]!a}")
    return number


def number_text(number: float) -> str:
    """Write a number as short as six digits allow."""
    return f"{number:.6g}"
