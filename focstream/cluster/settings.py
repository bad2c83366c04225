"""What users choose about workers of archives."""

from pathlib import Path
from typing import Annotated, Literal

import tyro
from pydantic import Field

from focstream.frozen_model import FrozenModel

ThisComputer = tuple[()]
"""What a bare ``--cluster`` means: a Ray of its own, on this computer."""


class ClusterConfig(FrozenModel):
    """Where the workers of a replay of many are, and what each may take."""

    address: Annotated[ThisComputer | str | None, tyro.conf.arg(name="")] = None
    """Play on a Ray cluster: auto (the one that this computer is part of) or ray://HOST:10001; without a
    value a Ray of its own, on this computer."""
    local: Literal["auto", "ray", "processes"] = "auto"
    """What --workers starts on this computer: Ray, or plain processes. "auto": Ray where it is installed."""
    gpus_per_worker: float = Field(default=0.0, ge=0, le=64)
    """GPUs that a worker takes; a share of one lets several have the same. CPUs: as many as --threads."""
    retries: int = Field(default=3, ge=0, le=1000)
    """How often Ray plays a range again whose worker was lost; plain processes do not."""
    range_timeout_s: float | None = Field(default=None, ge=1, le=1e6)
    """A worker of Ray that takes longer for a range is taken for lost. Default: no limit."""
    sweeps: int | None = Field(default=None, ge=1, le=10**6)
    """Sweeps that a worker gets at once. Default: 4; with --update rolling 16, because each time it plays
    the sweep before, too."""

    @property
    def is_asked_for(self) -> bool:
        """Whether a cluster was asked for by its address, or one of its own."""
        return self.address is not None

    @property
    def is_about_workers(self) -> bool:
        """Whether anything says that workers are wanted; plain processes are none of it, being the least."""
        return self.model_copy(update={"local": "ray" if self.local == "ray" else "auto"}) != ClusterConfig()


class ArchiveConfig(FrozenModel):
    """How many recordings or stacks are replayed, and what is to come of it."""

    workers: int | None = Field(default=None, ge=1, le=100_000)
    """Workers that replay recordings and stacks (--replay of a folder, a pattern, a list, or one recording);
    they publish nothing. Default: one; on a cluster, as many as it holds."""
    cluster: ClusterConfig = ClusterConfig()
    report: Path | None = None
    """JSON file about all recordings or stacks that were replayed."""
    table: Path | None = None
    """Parquet file with a row for every sweep of all recordings or stacks."""
    resume: bool = False
    """Go on with --table: sweeps that it has are not replayed again, failures are."""

    @property
    def needs_workers(self) -> bool:
        """Whether something was asked for that only workers do."""
        is_any = any(each is not None for each in (self.workers, self.report, self.table))
        return is_any or self.resume or self.cluster.is_about_workers
