"""What tyro has to say about wrong options, as one plain line.

tyro draws its message into a box, with a rule between its sections, and offers no plainer form.
"""

import contextlib
import difflib
import io
import os
import re
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise

_WIDE = "100000"
"""Columns: no line of the box is broken."""
_DEEP = 8 * " "
"""How far descriptions of options are moved in."""
_LEFT_OUT = ("Argument helptext:", "For full helptext")
_SIMILAR = ("Perhaps you meant:", "Arguments similar to")
_NEAR = 0.7
"""How similar names are that one is offered for the other: from 0 to 1, which is equal."""
_MOST_OFFERED = 3


class PlainScreen(io.StringIO):
    """Keeps what is printed; tyro takes it for a screen without colours that can show its boxes."""

    encoding = "utf-8"


@contextlib.contextmanager
def plain_screen() -> Iterator[PlainScreen]:
    """Catch what is printed and logged, in lines of any length."""
    columns = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = _WIDE
    screen = PlainScreen()
    try:
        with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
            yield screen
    finally:
        del os.environ["COLUMNS"]
        if columns is not None:
            os.environ["COLUMNS"] = columns


def plain_message(boxed: str, *, root: str) -> str:
    """Turn the box into one line without what `--help` shows, too.

    Parameters
    ----------
    boxed
        What tyro printed.
    root
        Name of the class of all options: tyro names it where the user gave no such name.
    """
    inside = [line.strip("│").rstrip() for line in boxed.splitlines() if not line.startswith(("╭", "╰"))]
    groups = groupby(inside, key=lambda line: bool(line) and not line.strip("─ "))
    sections = [[line for line in lines if line] for is_rule, lines in groups if not is_rule]
    similar = [lines for lines in sections if lines and lines[0].strip().startswith(_SIMILAR)]
    said = [
        _text(lines, root)
        for lines in sections
        if lines and not lines[0].strip().startswith((*_LEFT_OUT, *_SIMILAR))
    ]
    if not said:
        return "the options cannot be understood; see --help"
    near = _near(_options(said), [line for lines in similar for line in lines[1:]])
    return "; ".join([*said, f"did you mean {', '.join(near)}? see --help" if near else "see --help"])


def _text(section: list[str], root: str) -> str:
    first = section[0].strip()
    if first.startswith("Missing from"):
        return f"missing {', '.join(_missing(section[1:]))}"
    words = [line.strip() for line in section]
    return (
        _invalid(words, root)
        if "validation error" in first
        else " ".join(words).rstrip(".").removesuffix(". Expected 1 values")
    )


def _near(wrong: Iterable[str], lines: Iterable[str]) -> list[str]:
    """Return the nearest of the options that tyro finds similar, which need only share some letters."""
    found = {
        name: max((_likeness(each, name) for each in wrong), default=0.0)
        for name in _options(line for line in lines if not line.startswith(_DEEP))
    }
    near = [name for name, likeness in found.items() if likeness >= _NEAR]
    return sorted(near, key=lambda name: -found[name])[:_MOST_OFFERED]


def _options(texts: Iterable[str]) -> list[str]:
    return [name for text in texts for name in re.findall(r"--[\w.-]+", text)]


def _likeness(wrong: str, name: str) -> float:
    """Compare whole names, and what is wrong to the last word of a name: users leave out the others."""
    whole, last = name.removeprefix("--"), name.rpartition(".")[2].removeprefix("--")
    return max(
        difflib.SequenceMatcher(None, wrong.removeprefix("--"), other).ratio() for other in (whole, last)
    )


def _missing(lines: list[str]) -> Iterator[str]:
    """Yield what is missing: options by name, others, which have none, with their description."""
    for line, description in pairwise([*lines, ""]):
        if not line.startswith(_DEEP):
            what = description.removesuffix("(required)").strip(" .")
            yield line.strip() if line.strip().startswith("-") or not what else f"{line.strip()} ({what})"


def _invalid(words: list[str], root: str) -> str:
    # Error parsing NAME: 1 validation error for CLASS; FIELD, if it is of one; the problem; a link.
    first, *rest = words
    where = [first.removeprefix("Error parsing ").partition(":")[0]]
    if len(rest) > 1 and "[type=" in rest[1]:
        where.append(rest.pop(0))
    name = ".".join(part for part in where if part != root).replace("_", "-")
    problem = rest[0].partition(" [type=")[0].removeprefix("Value error, ")
    return f"--{name}: {problem}" if name else problem
