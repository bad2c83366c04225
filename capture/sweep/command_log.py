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

    def gap_behind_ns(self, time_ns: int, *, within_ns: int) -> int:
        """Return the longest time without a command that the lens may still be catching up with; 0 without.

        A gap counts until as much time has passed since its end, but no longer than `within_ns`.
        """
        sent, longest_ns = self._sent, 0
        at = bisect_right(sent, time_ns, key=lambda one: one[0]) - 1
        while at > 0 and time_ns - sent[at][0] <= within_ns:
            gap_ns = sent[at][0] - sent[at - 1][0]
            if time_ns - sent[at][0] <= gap_ns:
                longest_ns = max(longest_ns, gap_ns)
            at -= 1
        return longest_ns
