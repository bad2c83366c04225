"""What plays ranges here: the pipeline, or nothing at all."""

from pathlib import Path
from typing import Any

from capture.ranges.cutting import Cutting
from capture.ranges.opening import RangeOpener
from capture.ranges.planner import plan
from capture.ranges.sources import sources_of
from engines.choice.readiness import opened_model
from focstream.cluster.range_player import MakeRangePlayer
from focstream.cluster.work import MakePlayer, RangePlayer, RangeResult, WorkRange
from run_pipeline import Options, opened

_players: list[RangePlayer] = []
"""That of this process, if it is a bare one."""


class Idle(RangePlayer):
    """Plays nothing: what is left is what Ray and we take."""

    def play(self, work: WorkRange) -> RangeResult:
        """Return at once."""
        return RangeResult(work=work, sweeps=(), seconds=0.0)

    def close(self) -> None:
        """Nothing to free."""


def make_of(folder: Path, model: str) -> MakePlayer:
    """Make the player of a worker with one thread, as the command does."""
    options = Options.model_validate(
        {"replay": folder, "model": model, "threads": 1, "maps_per_sweep": 1, "publish": {"enabled": False}}
    )
    opener = RangeOpener(sources_of(folder).names, None)
    made: MakeRangePlayer[Any, Any] = MakeRangePlayer(
        options=options, get_ready=opened_model, open_part=opener.open, open_maps=opened
    )
    return made


def ranges_of(sources: list[Path], *, sweeps: int) -> list[WorkRange]:
    """Plan ranges of so many sweeps."""
    return list(plan(sources, Options(replay=sources[0]), Cutting(sweeps=sweeps)))


def play_bare(make: MakePlayer, works: list[WorkRange]) -> int:
    """Play ranges in this process, one after the other; returns the slices in their maps."""
    if not _players:
        _players.append(make())
    return sum(slices_of(_players[0].play(work)) for work in works)


def slices_of(result: RangeResult) -> int:
    """Return the slices in the maps of a range.

    Raises
    ------
    RuntimeError
        When it failed: then nothing was measured.
    """
    if result.error:
        raise RuntimeError(result.error)
    return sum(sweep.slices_seen for sweep in result.sweeps)
