"""Options for recording."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import tyro
from pydantic import Field, model_validator

from focstream.frozen_model import FrozenModel

Compression = Literal["none", "lz4"]


class RecordConfig(FrozenModel):
    """What to record, and how."""

    file: Annotated[Path | None, tyro.conf.arg(name="")] = None
    """New .mcap file that takes every slice, with what is needed to replay it."""
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
        if self.depth and self.file is None:
            raise ValueError("there is no file to record to: give --record FILE.mcap too")
        return self

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
