"""What is counted in each part of the campaign."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from benchmarks.campaign.trial import Ended

TRACEBACK = "Traceback (most recent call last)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Under which terms a part runs.

    Attributes
    ----------
    folder
        An empty one, for this part alone.
    random
        Chooses everything that is chosen.
    until_s
        When to end, on the monotonic clock.
    most_tries
        End after so many, too.
    usual
        An undisturbed run of one sweep, just before: the machine may be busy.
    patience_s
        Waits up to this length are no standstill.
    """

    folder: Path
    random: Random
    until_s: float
    most_tries: int
    usual: Ended
    patience_s: float


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts of one part.

    Attributes
    ----------
    name
        Of the part.
    tries
        Things done to the program.
    lost
        Slices or sweeps that were promised and are not there, or are wrong, without a word.
    tracebacks
        Ends and logs with a traceback, or a process that died.
    wrong_ends
        Exit codes other than those documented, and refusals without a message.
    standstill_s
        The longest wait, as far as it was longer than patience allows.
    growth_mb
        The most memory that was taken beyond that at the start.
    notes
        What went wrong, and what was left out, in words.
    """

    name: str
    tries: int = 0
    lost: int = 0
    tracebacks: int = 0
    wrong_ends: int = 0
    standstill_s: float = 0.0
    growth_mb: float = 0.0
    notes: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether anything was found that must not be."""
        return bool(self.lost or self.tracebacks or self.wrong_ends or self.standstill_s)

    def goes_on(self, terms: Terms) -> bool:
        """Whether there is time for one more try."""
        return time.monotonic() < terms.until_s and self.tries < terms.most_tries

    def lose(self, count: int, what: str) -> None:
        """Count what was lost in silence."""
        if count > 0:
            self.lost += count
            self.notes.append(f"lost in silence: {what}")

    def crash(self, what: str, text: str) -> None:
        """Count the tracebacks in a text, one at the least, and keep the last line of the first."""
        self.tracebacks += max(text.count(TRACEBACK), 1)
        self.notes.append(f"traceback: {what}: {_error_in(text)}")

    def end_wrongly(self, what: str) -> None:
        """Count a wrong end."""
        self.wrong_ends += 1
        self.notes.append(f"wrong end: {what}")

    def wait(self, seconds: float, what: str, *, patience_s: float) -> None:
        """Note a wait; it counts as far as it is longer than `patience_s`."""
        if (still_s := seconds - patience_s) > 0.0:
            self.standstill_s = max(self.standstill_s, still_s)
            self.notes.append(f"standstill: {what}: {seconds:.1f} s")

    def grow(self, megabytes: float) -> None:
        """Note how much memory was taken beyond that at the start."""
        self.growth_mb = max(self.growth_mb, megabytes)

    def judge(self, ended: Ended, what: str, *, codes: tuple[int, ...]) -> None:
        """Count a traceback, or an exit code that is none of `codes`, or a refusal without a message."""
        if TRACEBACK in ended.text:
            self.crash(what, ended.text)
        elif not ended.killed and ended.code not in codes:
            self.end_wrongly(f"{what}: exit code {ended.code}: {_last_line(ended.text)}")
        elif not ended.killed and ended.code != 0 and not ended.text.strip():
            self.end_wrongly(f"{what}: exit code {ended.code} without a message")


def _error_in(text: str) -> str:
    """Return the line that ends the first traceback of a text: its error."""
    behind = text.partition(TRACEBACK)[2].splitlines()[1:]
    return next(
        (line[:200] for line in behind if line.strip() and not line.startswith(" ")), _last_line(text)
    )


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:200] if lines else "(no output)"
