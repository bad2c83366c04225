"""Players for tests of executors: their ranges say by their source what is to happen."""

import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path

from focstream.cluster.sweep_results import SweepResult
from focstream.cluster.work import RangeResult, WorkRange
from focstream.errors import InputError


@dataclass(frozen=True)
class Made:
    """Makes a player that leaves traces in a folder."""

    folder: Path
    fault: str = ""
    dies: bool = False

    def __call__(self) -> "Player":
        if self.dies:
            os._exit(1)
        if self.fault:
            raise InputError(self.fault)
        (self.folder / f"made-{os.getpid()}").touch()
        return Player(self.folder)


class Player:
    """Does as the source of a range says: `sleep`, `die`, `die once`, `raise`, `warn`, or anything else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def play(self, work: WorkRange) -> RangeResult:
        self._do(work)
        sweep = SweepResult(
            sweep_id=work.first_sweep, slices_seen=10, depth_share=1.0, unit="m", digest=f"{work.number:x}"
        )
        return RangeResult(work=work, sweeps=(sweep,), seconds=0.0)

    def _do(self, work: WorkRange) -> None:
        did = self.folder / f"did-{work.number}"
        before = did.exists()
        did.touch()
        if work.source == "die" or (work.source == "die once" and not before):
            os._exit(1)
        if work.source == "hang" or (work.source == "hang once" and not before):
            time.sleep(600)
        if work.source == "raise":
            raise ValueError("of its own")
        if work.source == "warn":
            logging.getLogger("x").warning("a doubt")
        if work.source == "slow":
            time.sleep(0.05)

    def close(self) -> None:
        (self.folder / f"closed-{os.getpid()}").touch()
