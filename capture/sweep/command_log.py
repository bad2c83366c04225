"""Which command a moving lens had at a time: a busy computer sends some of them late."""

from bisect import bisect_right

_KEPT = 4096  # commands: eight seconds at 500 a second, longer than an image is on its way


class CommandLog:
    """Written by the thread that commands the lens, read by the one that reads the camera."""

    def __init__(self) -> None:
        self._sent: list[tuple[int, float]] = []

    def note(self, sent_ns: int, focus_dpt: float) -> None:
        """Note a command; the times must rise."""
        if len(self._sent) >= 2 * _KEPT:
            self._sent = self._sent[-_KEPT:]  # a new list: the reader may be in the old one
        self._sent.append((sent_ns, focus_dpt))

    def in_force(self, time_ns: int) -> float | None:
        """Return the focus that was commanded last before `time_ns`; None where that is not known."""
        sent = self._sent
        at = bisect_right(sent, time_ns, key=lambda one: one[0])
        return sent[at - 1][1] if at else None

    def longest_gap_ns(self, begin_ns: int, end_ns: int) -> int:
        """Return the longest time without a command that ended between the two; 0 where none did."""
        sent, longest_ns = self._sent, 0
        at = bisect_right(sent, end_ns, key=lambda one: one[0]) - 1
        while at > 0 and sent[at][0] >= begin_ns:
            longest_ns = max(longest_ns, sent[at][0] - sent[at - 1][0])
            at -= 1
        return longest_ns
