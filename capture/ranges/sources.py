"""The recordings and stacks of an archive: of a folder, by a pattern, in a list, or one alone."""

import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from capture.film.frame_range import is_film
from capture.folder.file_stack import is_stack_file
from capture.many import kind_of, many_in
from capture.recording.series.files import SUFFIX
from focstream.files.store_path import StorePath, location
from focstream.files.user_file import open_file
from focstream.types import InputError

_LIST_SUFFIX = ".txt"
_PATTERN = "*?["
_LONGEST_LINE = 4096
"""As long as a path may be on Linux."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedNames:
    """Names the folders of what is saved of each recording or stack; no two have the same.

    Attributes
    ----------
    root
        Where the names begin; None for one recording, which has no folder of its own, as without workers.
    """

    root: Path | None

    def name_of(self, source: Path) -> Path:
        """Name the folder of one of them."""
        if self.root is None:
            return Path()
        whole, root = _absolute(source), _absolute(self.root)
        common = root.parts if whole.is_relative_to(root) else whole.parts[:1]
        below = Path(*whole.parts[len(common) :])
        if not source.is_file() or source.with_suffix("").exists():  # a folder beside it has the short name
            return below
        return below.with_suffix("")


def _absolute(path: Path) -> Path:
    """Return one name of it, without ``..``: what is saved stays in its folder."""
    return path if isinstance(path, StorePath) else Path(os.path.normpath(path.absolute()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What ``--replay`` names.

    Attributes
    ----------
    asked
        As by the user.
    kind
        A folder, a pattern such as ``archive/*/a*.mcap``, a list file (.txt), or one recording or stack.
    found
        Of a folder, by name.
    """

    asked: Path
    kind: Literal["folder", "pattern", "list", "alone"]
    found: tuple[Path, ...] = ()

    @property
    def names(self) -> SavedNames:
        """Names of what is saved."""
        if self.kind == "pattern":
            return SavedNames(root=_fixed(self.asked))
        if self.kind == "list":
            return SavedNames(root=self.asked.parent)
        return SavedNames(root=self.asked if self.kind == "folder" else None)

    def __iter__(self) -> Iterator[Path]:
        """Yield them: of a folder and a pattern by name, of a list in its order.

        Raises
        ------
        InputError
            When there is none, the list cannot be read, or recordings in a folder that it names cannot be
            told apart.
        """
        is_any = False
        for source in self._all():
            is_any = True
            yield source
        if not is_any:
            raise InputError(
                f"--replay {self.asked}: names no recording and no stack; see docs/use/archives.md"
            )

    @property
    def what(self) -> Literal["recording", "stack"]:
        """What one of them is called."""
        if self.kind in ("pattern", "list"):
            return "recording"
        return kind_of(self.found[0] if self.found else self.asked)

    def _all(self) -> Iterator[Path]:
        if self.kind == "list":
            return _each(_listed(self.asked))
        if self.kind == "pattern":
            return _each(sorted(filter(_is_source, _matching(self.asked))))
        return iter(self.found or (self.asked,))


def sources_of(asked: Path) -> Sources:
    """Look at what ``--replay`` names.

    Raises
    ------
    InputError
        When a folder holds several files of one recording, and others besides.
    """
    if _is_pattern(str(asked)) and not asked.exists():
        return Sources(asked=asked, kind="pattern")
    if asked.suffix.lower() == _LIST_SUFFIX and asked.is_file():
        return Sources(asked=asked, kind="list")
    found = many_in(asked)
    return Sources(asked=asked, kind="folder" if found else "alone", found=found)


def _each(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield what is in the folders among these; each once."""
    known: set[Path] = set()
    for path in paths:
        is_one = path.suffix.lower() == SUFFIX  # in a store every look takes a while
        for source in (not is_one and many_in(path)) or (path,):
            if (name := _absolute(source)) not in known:
                known.add(name)
                yield source


def _is_pattern(text: str) -> bool:
    return any(letter in text for letter in _PATTERN)


def _fixed(pattern: Path) -> Path:
    """Return the folder that a pattern begins with."""
    return type(pattern)(*itertools.takewhile(lambda part: not _is_pattern(part), pattern.parts))


def _matching(pattern: Path) -> Iterator[Path]:
    root = _fixed(pattern)
    try:
        yield from root.glob("/".join(pattern.parts[len(root.parts) :]))
    except ValueError as error:
        raise InputError(f"--replay {pattern}: {error}; write ** alone between slashes") from None


def _is_source(path: Path) -> bool:
    if path.name.startswith("."):
        return False
    if path.is_dir():
        return True
    return path.suffix.lower() == SUFFIX or is_film(path) or is_stack_file(path)


def _listed(file: Path) -> Iterator[Path]:
    """Yield the lines of a list, one at a time; paths in it are relative to its folder."""
    with open_file(file, what="--replay") as lines:
        for number, line in enumerate(iter(lambda: lines.readline(_LONGEST_LINE), b""), start=1):
            text = _text_of(line, first=number == 1)
            if text is None:
                raise InputError(
                    f"{file}: line {number} is no path; give a list of paths, one a line, in UTF-8"
                )
            if text and not text.startswith("#"):
                named = location(text)
                yield named if isinstance(named, StorePath) else file.parent / named


def _text_of(line: bytes, *, first: bool) -> str | None:
    """Return the path in a line; None where it cannot be one."""
    try:
        text = line.decode("utf-8-sig" if first else "utf-8").strip()
    except UnicodeDecodeError:
        return None
    return text if len(line) < _LONGEST_LINE and text.isprintable() else None
