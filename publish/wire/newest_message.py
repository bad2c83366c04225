"""Keeps only the newest message of a socket."""

import threading
import time

import zmq

from focstream.types import MessageError

_LOOK_MS = 100
"""How often the thread looks whether it should end."""


class NewestMessage:
    """Receives in a thread of its own and keeps the newest message until it is taken.

    ZeroMQ's own CONFLATE option would do the same, but libzmq ends the whole process when a message of
    several frames arrives on such a socket (assertion ``!_more`` in fq.cpp): any publisher could do that.

    Parameters
    ----------
    socket
        Connected; owned by the thread from now on, and closed by it.
    """

    def __init__(self, socket: "zmq.Socket[bytes]") -> None:
        self._socket = socket
        self._changed = threading.Condition()
        self._newest: list[bytes] | None = None
        self._end = False
        self._thread = threading.Thread(target=self._receive, name="newest-message", daemon=True)
        self._thread.start()

    def take(self, timeout_s: float) -> list[bytes] | None:
        """Wait for a message not taken yet, and return its frames; None when none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None, timeout_s)
            taken, self._newest = self._newest, None
            return taken

    def close(self) -> None:
        """End the thread and close the socket. May be called twice."""
        self._end = True
        self._thread.join()

    def _receive(self) -> None:
        try:
            while not self._end:
                if self._socket.poll(_LOOK_MS):
                    frames = self._socket.recv_multipart()
                    with self._changed:
                        self._newest = frames
                        self._changed.notify_all()
        finally:
            self._socket.close()


def only_frame(frames: list[bytes]) -> bytes:
    """Return the one frame of a message.

    Raises
    ------
    MessageError
        When it has several.
    """
    if len(frames) != 1:
        raise MessageError(f"a map is one frame, but this message has {len(frames)}")
    return frames[0]


class Lateness:
    """Distinguishes old messages, left in buffers while the reader was held up, from fresh ones.

    The clocks of publisher and reader need not agree: what counts is how much later a message is than the
    promptest one so far.
    """

    LATE_S = 0.05
    QUIET_S = 0.03
    PATIENCE_S = 0.5

    def __init__(self) -> None:
        self._promptest_s = float("inf")

    def is_late(self, sent_ns: int) -> bool:
        """Return whether a message that was just taken waited on its way."""
        delay_s = (time.time_ns() - sent_ns) * 1e-9
        self._promptest_s = min(self._promptest_s, delay_s)
        return delay_s - self._promptest_s > self.LATE_S

    def forget(self) -> None:
        """Start anew: the clocks must have changed."""
        self._promptest_s = float("inf")
