"""Latencies of a stretch of time, and their percentiles."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Latencies:
    """Collects latencies; `percentile_ms` reads them. Cleared by the owner, so it stays small."""

    values_ns: list[int] = field(default_factory=list)

    def add(self, latency_ns: int) -> None:
        """Add one latency."""
        self.values_ns.append(latency_ns)

    def percentile_ms(self, percent: float) -> float:
        """Nearest-rank percentile in milliseconds; NaN when there is nothing."""
        if not self.values_ns:
            return float("nan")
        ordered = sorted(self.values_ns)
        return ordered[min(int(percent / 100 * len(ordered)), len(ordered) - 1)] / 1e6

    def clear(self) -> None:
        """Forget everything."""
        self.values_ns.clear()
