"""Options for recording."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import tyro
from pydantic import Field, model_validator

from capture.recording.series.rotation import Rotation
from focstream.frozen_model import FrozenModel

Compression = Literal["none", "lz4"]


class RecordConfig(FrozenModel):
    """What to record, and how."""

    file: Annotated[Path | None, tyro.conf.arg(name="")] = None
    """New .mcap file that takes every slice, with what is needed to replay it; with rotate-gib or rotate-min
    a new folder of such files."""
    rotate_gib: float | None = Field(default=None, ge=0.001, le=1e6)
    """Begin a new file, between two sweeps, when one would hold more than so many GiB."""
    rotate_min: float | None = Field(default=None, ge=0.001, le=1e6)
    """Begin a new file, between two sweeps, after so many minutes."""
    keep_gib: float | None = Field(default=None, ge=0.002, le=1e6)
    """Delete the oldest files of this run when they hold more than so many GiB together."""
    depth: bool = False
    """Record the final map of every sweep too: depth, its standard deviation, all-in-focus image."""
    every_map: bool = False
    """Record every map, not only the final ones; with depth."""
    compression: Compression = "none"
    """Compression of the file; noise does not compress."""
    queue_mib: int = Field(default=256, ge=1, le=2**20)
    """Memory for slices that wait for the disk."""
    note: str = ""
    """A text of yours to keep in the recording."""

    @model_validator(mode="after")
    def _belongs_to_a_file(self) -> Self:
        if self.every_map and not self.depth:
            raise ValueError("every-map is for recordings of depth: give --record.depth too")
        if (self.depth or self.rotation) and self.file is None:
            raise ValueError("there is no file to record to: give --record FILE.mcap too")
        if self.keep_gib is not None and self.rotation is None:
            raise ValueError("keep-gib deletes whole files: give --record.rotate-gib or rotate-min too")
        if self.keep_gib is not None and self.rotate_gib is not None and self.keep_gib < 2 * self.rotate_gib:
            raise ValueError("keep-gib must be twice rotate-gib or more: it keeps whole files")
        return self

    @property
    def rotation(self) -> Rotation | None:
        """When a new file begins; None for a recording in a single one."""
        if self.rotate_gib is None and self.rotate_min is None:
            return None
        file_gib = self.rotate_gib or (None if self.keep_gib is None else self.keep_gib / 2)
        return Rotation(
            file_bytes=None if file_gib is None else round(file_gib * 2**30),
            file_ns=None if self.rotate_min is None else round(self.rotate_min * 60e9),
            keep_bytes=None if self.keep_gib is None else round(self.keep_gib * 2**30),
        )

    @property
    def maps(self) -> Literal["none", "final", "every"]:
        """Which maps to record."""
        if not self.depth:
            return "none"
        return "every" if self.every_map else "final"

    @model_validator(mode="before")
    @classmethod
    def _file_alone(cls, value: Any) -> Any:  # noqa: ANN401 - whatever a TOML file holds
        return {"file": value} if isinstance(value, str | Path) else value
