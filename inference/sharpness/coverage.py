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
        coordinate = float(sweep_coordinate)  # one of NumPy would make all maps of double precision
        return Coverage(
            slices=self.slices + 1,
            lowest=min(self.lowest, coordinate),
            highest=max(self.highest, coordinate),
        )

    @property
    def span(self) -> float:
        """Distance of the outermost slices; 0 before there are two."""
        return max(self.highest - self.lowest, 0.0)

    @property
    def spacing(self) -> float:
        """Mean distance of neighbouring slices."""
        return self.span / max(self.slices - 1, 1)
