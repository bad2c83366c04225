"""Faults of every kind against the whole program, with counts, in ten minutes.

Only harmless input: nothing that hurts other software, and greed within lowered bounds. The exit code is 1
when anything promised was lost in silence, a traceback was printed, an end was not as documented, or anything
stood still.

    python -m benchmarks.campaign
    python -m benchmarks.campaign --only torn --minutes 2 --seed 7
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import tyro

from benchmarks.campaign import bad_files, clients, crashes, full_disk, signals, torn
from benchmarks.campaign.small_run import undisturbed
from benchmarks.campaign.tally import Tally, Terms
from benchmarks.shared.piped import piped
from focstream.program.device import device

PartName = Literal["crashes", "torn", "full-disk", "bad-files", "clients", "signals"]

_NOTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the campaign, and its share of the time."""

    run: Callable[[Terms, Tally], None]
    share: float


PARTS: dict[PartName, Part] = {
    "crashes": Part(run=crashes.run, share=0.15),
    "torn": Part(run=torn.run, share=0.1),
    "full-disk": Part(run=full_disk.run, share=0.15),
    "bad-files": Part(run=bad_files.run, share=0.3),
    "clients": Part(run=clients.run, share=0.15),
    "signals": Part(run=signals.run, share=0.15),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to do, and for how long."""

    only: PartName | None = None
    """Do this part alone."""
    minutes: float = 10.0
    """How long all parts take together."""
    seed: int = 0
    """Another seed is another campaign."""
    most_tries: int = 1_000_000
    """End a part after so many tries, too."""
    patience_s: float = 2.0
    """Waits up to this length are no standstill; longer by as much as other work slows the machine down."""
    folder: Path | None = None
    """Where to work. Default: the folder for temporary files."""


def main(settings: Settings) -> int:
    """Do the parts one after the other, and print a table."""
    print(f"device: {device()}; seed {settings.seed}, {settings.minutes:g} min")
    parts = PARTS if settings.only is None else {settings.only: PARTS[settings.only]}
    shares = sum(part.share for part in parts.values())
    tallies = []
    for name, part in parts.items():
        seconds = settings.minutes * 60 * part.share / shares
        tallies.append(_done(name, part, settings, seconds=seconds))
    for line in _table(tallies):
        print(line)
    return int(any(tally.failed for tally in tallies))


def _done(name: str, part: Part, settings: Settings, *, seconds: float) -> Tally:
    tally, usual = Tally(name=name), undisturbed()
    slowdown = max(usual.took_s / usual.busy_s, 1.0)
    with TemporaryDirectory(dir=settings.folder, ignore_cleanup_errors=True) as folder:
        terms = Terms(
            folder=Path(folder),
            random=random.Random(f"{settings.seed} {name}"),
            until_s=time.monotonic() + seconds,
            most_tries=settings.most_tries,
            usual=usual,
            patience_s=settings.patience_s * slowdown,
        )
        part.run(terms, tally)
    print(
        f"{name}: {tally.tries} tries; an undisturbed run of one sweep took {usual.took_s:.1f} s, of which a "
        f"processor was used for {usual.busy_s:.1f} s",
        flush=True,
    )
    return tally


def _table(tallies: Iterable[Tally]) -> Iterator[str]:
    yield "| part | tries | lost in silence | tracebacks | wrong ends | standstill, s | memory, MB |"
    yield "|---|---|---|---|---|---|---|"
    notes = []
    for tally in tallies:
        yield (
            f"| {tally.name} | {tally.tries} | {tally.lost} | {tally.tracebacks} | {tally.wrong_ends} | "
            f"{tally.standstill_s:.1f} | {tally.growth_mb:+.0f} |"
        )
        notes += [f"{tally.name}: {note}" for note in tally.notes[:_NOTES]]
        if len(tally.notes) > _NOTES:
            notes.append(f"{tally.name}: and {len(tally.notes) - _NOTES} more")
    yield from notes


if __name__ == "__main__":
    with piped():
        os.environ.setdefault("OMP_NUM_THREADS", "1")  # many small programs, one after the other
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
        sys.exit(main(tyro.cli(Settings)))
