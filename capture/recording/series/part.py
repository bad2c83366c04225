"""How a file says that it is one of several that hold one recording."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from focstream.files.whole_number import whole_number

SERIES_RECORD = "series"
"""Name of the metadata record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPart:
    """Which file of which series a file is.

    Attributes
    ----------
    series_id
        The same in all files of one run, and in no other.
    part
        From 0, in the order of the recording.
    first
        The oldest part that was not yet deleted when this was written.
    """

    series_id: str
    part: int
    first: int = 0

    def record(self) -> dict[str, str]:
        """Return the metadata record: text by key."""
        return {"id": self.series_id, "part": str(self.part), "first": str(self.first)}

    @classmethod
    def parse(cls, record: Mapping[str, str]) -> Self | None:
        """Read a metadata record; None when it makes no sense."""
        part, first = whole_number(record.get("part", "")), whole_number(record.get("first", "0"))
        series_id = record.get("id", "")
        if part is None or first is None or not series_id:
            return None
        return cls(series_id=series_id, part=part, first=first)
