"""The bounded queue between a source and the reader that computes."""

import threading
from collections import deque
from typing import Literal

from focstream.types import FocalSlice

QueuePolicy = Literal["lossless", "latest"]
"""lossless: the source waits for room. latest: the oldest waiting slice is dropped and counted."""


class SliceQueue:
    """First in, first out, with an explicit policy for when it is full. Safe for one writer and one reader.

    Parameters
    ----------
    capacity
        Slices that may wait, at least 1.
    policy
        What happens to a slice that finds the queue full.
    """

    def __init__(self, capacity: int, *, policy: QueuePolicy) -> None:
        self._capacity = capacity
        self._policy = policy
        self._waiting: deque[FocalSlice] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Slices dropped so far."""
        return self._dropped

    @property
    def has_room(self) -> bool:
        """Whether a slice put now neither waits nor costs another one its place."""
        return len(self._waiting) < self._capacity

    def __len__(self) -> int:
        return len(self._waiting)

    def hold(self, capacity: int) -> None:
        """Let so many slices wait from now on; those that wait already stay."""
        self._capacity = capacity

    def put(self, focal_slice: FocalSlice) -> FocalSlice | None:
        """Add a slice; wait for room (lossless) or drop the oldest (latest). After `end` it goes nowhere.

        Returns
        -------
        FocalSlice | None
            The slice that was dropped for it, if any.
        """
        dropped = None
        with self._changed:
            if self._policy == "lossless":
                self._changed.wait_for(lambda: self._ended or len(self._waiting) < self._capacity)
            elif len(self._waiting) >= self._capacity:
                dropped = self._waiting.popleft()
                self._dropped += 1
            if not self._ended:
                self._waiting.append(focal_slice)
                self._changed.notify_all()
        return dropped

    def get(self, timeout_s: float) -> tuple[FocalSlice, int] | None:
        """Take the oldest slice, and how many were dropped before it; None when none came within `timeout_s`.

        Raises
        ------
        EOFError
            When the queue has ended and is empty.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended, timeout_s)
            if self._waiting:
                focal_slice = self._waiting.popleft()
                self._changed.notify_all()
                return focal_slice, self._dropped  # only older ones are dropped
            if self._ended:
                raise EOFError
            return None

    def end(self) -> None:
        """No more slices will come; those that wait can still be taken."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
