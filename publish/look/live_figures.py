"""Rates and latencies of the last moments, for pages and viewers."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from focstream.latency import Latencies

WINDOW_S = 2.0
"""How far back the figures look: long enough to be steady, short enough to be live."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the figures say now; NaN where nothing came within the window.

    Attributes
    ----------
    slices_per_s, maps_per_s
        Rates over the window.
    latency_p50_ms, latency_p99_ms
        From the middle of the exposure until the map is handed out.
    """

    slices_per_s: float
    maps_per_s: float
    latency_p50_ms: float
    latency_p99_ms: float


class LiveFigures:
    """Counts slices and maps as they pass; may be read from any thread.

    Parameters
    ----------
    clock_s
        Any clock that only goes forward, in seconds.
    """

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._slices_s: deque[float] = deque()
        self._maps: deque[tuple[float, int | None]] = deque()

    def add_slice(self) -> None:
        """Count one slice."""
        with self._lock:
            self._slices_s.append(self._forget())

    def add_map(self, latency_ns: int | None) -> None:
        """Count one map and its latency, None for a recording."""
        with self._lock:
            self._maps.append((self._forget(), latency_ns))

    def now(self) -> Figures:
        """Return the figures of the last `WINDOW_S` seconds."""
        with self._lock:
            now_s = self._forget()
            latencies = Latencies([latency_ns for _, latency_ns in self._maps if latency_ns is not None])
            return Figures(
                slices_per_s=_rate(list(self._slices_s), now_s),
                maps_per_s=_rate([at_s for at_s, _ in self._maps], now_s),
                latency_p50_ms=latencies.percentile_ms(50),
                latency_p99_ms=latencies.percentile_ms(99),
            )

    def _forget(self) -> float:
        now_s = self._clock_s()
        while self._slices_s and self._slices_s[0] < now_s - WINDOW_S:
            self._slices_s.popleft()
        while self._maps and self._maps[0][0] < now_s - WINDOW_S:
            self._maps.popleft()
        return now_s


def _rate(times_s: list[float], now_s: float) -> float:
    """Events a second; an event opens the window, so it is not counted itself."""
    if len(times_s) < 2 or now_s <= times_s[0]:
        return float("nan")
    return (len(times_s) - 1) / (now_s - times_s[0])
