"""One recording as ranges of sweeps."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from calibration.apply.profile import CalibrationProfile
from capture.ranges.sweep_starts import SweepStart, slices_not_used, sweep_starts
from capture.recording.reader import RecordingReader
from focstream.cluster.work import Span, WorkRange
from focstream.types import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting:
    """How recordings are cut.

    Attributes
    ----------
    sweeps
        Of a range, at most.
    run_in
        Whether every range is played from the sweep before on.
    most_sweeps
        Of one recording; None for all.
    from_sweep, every_slice
        As of a replay.
    whole
        Whether every recording is one range, because its maps depend on all that came before them.
    """

    sweeps: int
    run_in: bool = False
    most_sweeps: int | None = None
    from_sweep: int = 0
    every_slice: bool = False
    whole: bool = False


def no_sweep(number: int) -> bool:
    """Say of a sweep that it was not played yet."""
    del number
    return False


def ranges_of(
    recording: RecordingReader,
    source: str,
    cutting: Cutting,
    *,
    profile: CalibrationProfile | None = None,
    is_done: Callable[[int], bool] = no_sweep,
) -> Iterator[WorkRange]:
    """Yield the ranges of a recording, without their number, as it is looked through.

    Where it cannot be read further, the last range goes to its end: whoever plays that says what is wrong.

    Parameters
    ----------
    recording
        With or without an index.
    source
        What ranges call it.
    cutting
        How it is cut.
    profile
        Corrects its slices; None where none does.
    is_done
        Says of the number of a sweep whether it need not be played.
    """
    cut = _Cut(source=source, cutting=cutting)
    held: WorkRange | None = None
    try:
        if not cutting.every_slice:
            cut.not_used = slices_not_used(recording)
        starts = sweep_starts(
            recording, from_sweep=cutting.from_sweep, not_used=cut.not_used, profile=profile
        )
        for start in starts:
            made = cut.at(start, done=is_done(start.number))
            if made is not None:
                if held is not None:
                    yield held
                held = made
            if start.number == cutting.most_sweeps:
                break
        made = cut.to_the_end()
    except InputError:
        made = cut.to_the_end()
        if made is None and held is not None and held.span is not None:
            left_out = (*held.span.left_out, *cut.still_to_come())
            held = replace(held, sweeps=None, span=replace(held.span, ends=None, left_out=left_out))
        made = made or (None if held is not None else WorkRange(number=0, source=source))
    if held is not None:
        yield held if made is not None else replace(held, last=True)
    if made is not None:
        yield replace(made, last=True)


def is_all_done(recording: RecordingReader, cutting: Cutting, is_done: Callable[[int], bool]) -> bool:
    """Whether no sweep of a recording is to be played; one that cannot be read further is."""
    try:
        not_used = frozenset() if cutting.every_slice else slices_not_used(recording)
        starts = sweep_starts(recording, from_sweep=cutting.from_sweep, not_used=not_used)
        numbers = (start.number for start in starts)
        return all(map(is_done, itertools.takewhile(lambda number: number != cutting.most_sweeps, numbers)))
    except InputError:
        return False


@dataclass(slots=True, kw_only=True)
class _Cut:
    """The range in hand: sweeps one after the other that are to be played, and the one before them."""

    source: str
    cutting: Cutting
    not_used: frozenset[tuple[int, int]] = frozenset()
    passed: set[tuple[int, int]] = field(default_factory=set)
    before: SweepStart | None = None
    starts: list[SweepStart] = field(default_factory=list)
    any_seen: bool = False

    def at(self, start: SweepStart, *, done: bool) -> WorkRange | None:
        """Take the next sweep; return the range that ends with it, if one does."""
        self.any_seen = True
        self.passed.update(start.left_out)
        beyond = start.number == self.cutting.most_sweeps
        full = len(self.starts) >= self.cutting.sweeps
        made = None
        if self.starts and (done or full or beyond) and start.can_be_cut:
            made = self._made(ends=start)
            self.before, self.starts = self.starts[-1], []
        if done and not self.starts:
            self.before = start
        elif not beyond:
            self.starts.append(start)
        return made

    def to_the_end(self) -> WorkRange | None:
        """Return the range of what is left; all of a recording without any sweep that could be played."""
        if self.starts:
            return self._made(ends=None)
        return None if self.any_seen else WorkRange(number=0, source=self.source)

    def still_to_come(self) -> tuple[tuple[int, int], ...]:
        """Which slices are left out behind the last start."""
        return tuple(self.not_used - self.passed)

    def _made(self, *, ends: SweepStart | None) -> WorkRange:
        first = self.starts[0]
        needs_run_in = self.cutting.run_in or first.needs_run_in or not first.can_be_cut
        start = self.before if self.before is not None and needs_run_in else first
        if not start.can_be_cut:  # sweeps that were played before are played again; they do not count
            return WorkRange(number=0, source=self.source)
        parts = self.starts if start is first else [start, *self.starts]
        left_out = [pair for each in (*parts[1:], ends) if each is not None for pair in each.left_out]
        span = Span(
            begins=start.place,
            ends=None if ends is None else ends.place,
            sweep_ids=tuple(each.sweep_id for each in self.starts),
            run_in=None if start is first else start.sweep_id,
            left_out=(*left_out, *(() if ends is not None else self.still_to_come())),
            slices_lost=start.slices_lost,
            frame_id=start.frame_id,
            corrected_at=start.corrected_at,
        )
        return WorkRange(
            number=0,
            source=self.source,
            first_sweep=first.number,
            sweeps=None if ends is None else len(self.starts),
            span=span,
            last=False,
        )
