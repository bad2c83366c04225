"""The order a person would put numbered files in."""

import re

NaturalKey = tuple[tuple[str | tuple[int, str], ...], str]

_DIGITS = re.compile(r"([0-9]+)")


def natural_key(name: str) -> NaturalKey:
    """Sort key that puts ``img2.png`` before ``IMG10.png`` and ``img.png`` before ``img1.png``.

    Case does not count and numbers compare by value; names that are then still equal (``img1``, ``img01``)
    fall back on their characters, so the order never depends on that of the file system.
    """
    parts = _DIGITS.split(stem_of(name).casefold())
    # Text and digits alternate, so two keys always compare like with like. Digits compare by length and
    # then by character: the same as by value, without a limit on their number.
    key = tuple(_digits_key(part) if odd % 2 else part for odd, part in enumerate(parts))
    return key, name


def stem_of(name: str) -> str:
    """Return a file name without its suffix."""
    stem, dot, suffix = name.rpartition(".")
    return stem if dot else suffix


def _digits_key(digits: str) -> tuple[int, str]:
    significant = digits.lstrip("0")
    return len(significant), significant
