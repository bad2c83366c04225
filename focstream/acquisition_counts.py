"""What became of the slices of a source."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionCounts:
    """What became of the slices of a source, since it was opened.

    Attributes
    ----------
    read
        Slices that the source delivered.
    settling
        Of these, taken while the lens moved, and left out.
    gaps
        Slices that the camera counted but never delivered.
    dropped
        Slices dropped because the reader was too slow (policy "latest"), or was when they were recorded.
    waiting
        Slices in the queue now.
    """

    read: int = 0
    settling: int = 0
    gaps: int = 0
    dropped: int = 0
    waiting: int = 0

    @property
    def handed_on(self) -> int:
        """Slices that the reader has got."""
        return self.read - self.settling - self.dropped - self.waiting

    @property
    def lost(self) -> int:
        """Slices lost for depth: gaps and dropped."""
        return self.gaps + self.dropped
