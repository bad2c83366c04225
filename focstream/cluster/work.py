"""What is given to a worker, and what comes back."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from focstream.cluster.sweep_results import SweepResult


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """Where a slice begins in a recording; places compare in the order of the slices.

    Attributes
    ----------
    file
        Of those of the recording, from 0.
    byte
        Of its chunk, or of its first message where there are no chunks.
    record
        Its first message, counted from 0 among the records of the chunk.
    """

    file: int = 0
    byte: int = 0
    record: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The part of a recording that a range is played from, and what came before it.

    Attributes
    ----------
    begins, ends
        Place of the first slice, and of the first that follows; None for the end of the recording.
    sweep_ids
        Of the sweeps that count, in their order.
    run_in
        Id of the sweep before them that is played for its state alone; None where there is none.
    left_out
        Sweep id and frame id of slices in it that depth is computed without.
    slices_lost, frame_id
        Lost before its first slice, and the camera's count of the slice before; None at the beginning.
    corrected_at
        Slot, direction, and the focus in dioptres by which a profile has corrected the slices of it before.
    """

    begins: Place
    ends: Place | None
    sweep_ids: tuple[int, ...]
    run_in: int | None = None
    left_out: tuple[tuple[int, int], ...] = ()
    slices_lost: int = 0
    frame_id: int | None = None
    corrected_at: tuple[tuple[int, int, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRange:
    """Some sweeps of one recording, one after the other: a state begins anew at every sweep.

    Attributes
    ----------
    number
        Of the range, from 0, in the order of planning.
    source
        Recording or stack: a path, or an address that fsspec reads.
    first_sweep, sweeps
        Number of its first sweep, counted from 0 as they come in the recording, and how many; `sweeps` is
        None for all that follow.
    span
        Where they are; None for all of the recording or stack.
    last
        Whether no other range of the source follows.
    refused
        Why it is not to be played; empty where it is.
    """

    number: int
    source: str
    first_sweep: int = 0
    sweeps: int | None = None
    span: Span | None = None
    last: bool = True
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeResult:
    """What came of a range; `error` is empty when all went well, and `node` is where it was played."""

    work: WorkRange
    sweeps: tuple[SweepResult, ...]
    seconds: float
    node: str = ""
    error: str = ""


class RangePlayer(Protocol):
    """Plays ranges in one worker, and holds the compiled engine from one to the next."""

    def play(self, work: WorkRange) -> RangeResult:
        """Play it; what goes wrong with the recording is in the result."""
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...


class MakePlayer(Protocol):
    """Makes the player of one worker; it is pickled, and called where the work is done."""

    def __call__(self) -> RangePlayer:
        """Make it."""
        ...


class Executor(Protocol):
    """Has workers play ranges. Entered, it holds them; left, they are gone, in mid-work if need be."""

    @property
    def workers(self) -> int:
        """How many."""
        ...

    def results(self, ranges: Iterable[WorkRange]) -> Iterator[RangeResult]:
        """Yield one result for every range, as they come.

        `ranges` is drawn from as workers become free: at most two ranges ahead of each.

        Raises
        ------
        FocstreamError
            When nothing can go on, such as when every worker is gone.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
