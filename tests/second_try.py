"""Tests that failed beside others, once more on their own.

Simulated cameras and lenses run in real time: on a shared machine any of them may be late by seconds. What
fails on its own, too, is a failure; what passes then is named, and is to be mended all the same.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FAILED = 1
"""What pytest ends with when tests failed, and nothing worse happened."""
MOST = 5
"""So many may fail at first; more have a cause of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a test run that is over.

    Attributes
    ----------
    words
        What pytest was given.
    cache
        Folder in which it notes what failed.
    code
        What it ended with.
    """

    words: Sequence[str]
    cache: Path
    code: int

    @property
    def failed(self) -> tuple[str, ...]:
        """The tests that failed."""
        path = self.cache / "v/cache/lastfailed"
        return tuple(json.loads(path.read_text())) if path.exists() else ()


def second_try(parts: Mapping[str, Part], *, root: Path) -> tuple[dict[str, int], list[str]]:
    """Run what failed once more, a part after the other; returns the codes, and what passed only now.

    Nothing is tried again when more than `MOST` tests failed, or when a part ended by anything but them.
    """
    codes = {name: part.code for name, part in parts.items()}
    failed = {name: part.failed for name, part in parts.items() if part.code == FAILED}
    if not 0 < sum(map(len, failed.values())) <= MOST:
        return codes, []
    passed: list[str] = []
    for name, tests in failed.items():
        part = parts[name]
        words = ["--last-failed", "--last-failed-no-failures=none", "-o", f"cache_dir={part.cache}"]
        done = subprocess.run([sys.executable, "-m", "pytest", *words, *part.words], cwd=root, check=False)
        codes[name] = done.returncode
        passed += sorted(set(tests) - set(part.failed))
    return codes, passed
