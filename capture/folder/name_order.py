"""The order of the images of a stack by the numbers in their names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from capture.folder.natural_order import natural_key, stem_of

_DIGITS = r"[0-9]+"
_DECIMAL = r"[0-9]+(?:[.,][0-9]+)?"
_SURE_SIGN = r"(?:(?<![^_=(\[ ])[-+])?"  # at the beginning, or after what no hyphen follows
_ANY_SIGN = r"[-+]?"

_Numbers = list[tuple[Decimal, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameOrder:
    """Names of images in the order in which they were taken.

    Attributes
    ----------
    names
        In that order.
    doubt
        What was assumed, where their numbers could mean another order; empty where only one fits.
    """

    names: tuple[str, ...]
    doubt: str = ""


def ordered_names(names: Sequence[str]) -> NameOrder:
    """Order file names: by the numbers in the one pattern that they share, else in natural order.

    Where all names are the same text around numbers, these count with sign and decimals: ``z-50, z-10, z0,
    z40`` and ``0, 0.25, 0.5``. A dash is a sign where some name has none in its place, at the beginning, and
    behind ``_``, ``=``, a bracket or a space; else a hyphen. Of several numbers that change, the first counts
    most.
    """
    natural = tuple(sorted(names, key=natural_key))
    for sign in (_SURE_SIGN, _ANY_SIGN):
        numbers = _numbers(natural, sign + _DECIMAL)
        if numbers is not None:
            break
    else:
        return NameOrder(names=natural)
    whole = _numbers(natural, sign + _DIGITS)
    if whole is not None and _counts(whole) and _by(natural, whole) != _by(natural, numbers):
        doubt = "numbers such as 1.10 in the names are taken for counts, which follow 1.9, not for decimals"
        return NameOrder(names=_by(natural, whole), doubt=doubt)
    order = _by(natural, numbers)
    return NameOrder(names=order, doubt=_doubt(natural, order, numbers))


def _doubt(names: tuple[str, ...], order: tuple[str, ...], numbers: _Numbers) -> str:
    """Return what was assumed where another reading of the same names gives another order."""
    signed = _numbers(names, _ANY_SIGN + _DECIMAL)
    if signed is not None and _by(names, signed) != order and not _padded(names):
        return "the dash in the names is taken for a hyphen, not for a minus sign"
    for column in list(zip(*numbers, strict=True))[1:]:
        alone = _by(names, [(value,) for value in column])
        if len(set(column)) == len(column) and alone != order:
            return "the names hold several numbers that change: the first counts, another gives another order"
    return ""


def _counts(whole: _Numbers) -> bool:
    """Whether the last number of the names runs without a gap, as no decimals of several lengths do."""
    last = sorted({numbers[-1] for numbers in whole})
    return len(last) > 1 and last[-1] - last[0] == len(last) - 1


def _numbers(names: tuple[str, ...], pattern: str) -> _Numbers | None:
    """Return the numbers of every name; None unless all names are the same text around them."""
    found = re.compile(f"({pattern})")
    parts = [found.split(stem_of(name).casefold()) for name in names]
    if len(parts[0]) == 1 or any(part[::2] != parts[0][::2] for part in parts):
        return None
    return [tuple(Decimal(number.replace(",", ".")) for number in part[1::2]) for part in parts]


def _by(names: tuple[str, ...], numbers: _Numbers) -> tuple[str, ...]:
    """Sort names, which are in natural order, by their numbers."""
    return tuple(name for _, name in sorted(zip(numbers, names, strict=True), key=lambda pair: pair[0]))


def _padded(names: tuple[str, ...]) -> bool:
    """Whether the names count with leading zeros, as no sign is followed by."""
    return any(re.search(r"-0[0-9]", name) for name in names)
