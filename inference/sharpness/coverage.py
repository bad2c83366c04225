"""Which part of the sweep the slices seen so far cover."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Number of the slices seen, and the limits of their sweep coordinates."""

    slices: int = 0
    lowest: float = float("inf")
    highest: float = float("-inf")

    def with_slice(self, sweep_coordinate: float) -> "Coverage":
        """Coverage after one slice more."""
        return Coverage(
            slices=self.slices + 1,
            lowest=min(self.lowest, sweep_coordinate),
            highest=max(self.highest, sweep_coordinate),
        )

    @property
    def span(self) -> float:
        """Distance of the outermost slices; 0 before there are two."""
        return max(self.highest - self.lowest, 0.0)

    @property
    def spacing(self) -> float:
        """Mean distance of neighbouring slices."""
        return self.span / max(self.slices - 1, 1)
