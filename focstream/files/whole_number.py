"""Whole numbers in texts of others: names of files, notes in recordings, options."""

import re

_DIGITS = re.compile(r"[0-9]{1,18}")


def whole_number(text: str) -> int | None:
    """Return the number that a text of at most 18 digits is; None where it is something else.

    Python alone raises for thousands of digits, and takes digits of any script.
    """
    return int(text) if _DIGITS.fullmatch(text) else None
