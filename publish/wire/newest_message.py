"""Keeps only the newest message of a publisher."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing

import zmq

from focstream.types import FocstreamError, MessageError
from publish.wire.connection import Connection

_log = logging.getLogger(__name__)

_LOOK_MS = 100
"""How often the thread looks whether it should end, and whether its socket is dead."""

_RETRY_S = 1.0
"""How long it waits before it opens a new socket in place of a dead one."""


class NewestMessage:
    """Receives in a thread of its own and keeps the newest message until it is taken.

    ZeroMQ's own CONFLATE option would do the same, but libzmq ends the whole process when a message of
    several frames arrives on such a socket (assertion ``!_more`` in fq.cpp): any publisher could do that.

    Parameters
    ----------
    connect
        Opens a connection: at once, and again whenever the one before is dead.
    whom
        Names the publisher, for the log.
    """

    def __init__(self, connect: Callable[[], Connection], *, whom: str) -> None:
        self._connect = connect
        self._whom = whom
        self._changed = threading.Condition()
        self._newest: list[bytes] | None = None
        self._trouble: str | None = None
        self._reported: set[str] = set()
        self._end = threading.Event()
        first = connect()
        self._thread = threading.Thread(
            target=self._receive, args=(first,), name="newest-message", daemon=True
        )
        self._thread.start()

    @property
    def trouble(self) -> str | None:
        """Why there has been no message since the last one, where that is known."""
        return self._trouble

    def take(self, timeout_s: float) -> list[bytes] | None:
        """Wait for a message not taken yet, and return its frames; None when none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None, timeout_s)
            taken, self._newest = self._newest, None
            return taken

    def close(self) -> None:
        """End the thread and close the socket. May be called twice."""
        self._end.set()
        self._thread.join()

    def _receive(self, first: Connection) -> None:
        connection: Connection | None = first
        while True:
            if connection is not None:
                with closing(connection):
                    self._read_until_dead(connection)
            if self._end.wait(_RETRY_S):
                return
            connection = self._connected_again()

    def _connected_again(self) -> Connection | None:
        try:
            return self._connect()
        except (
            FocstreamError,
            zmq.ZMQError,
        ) as error:  # its key file has gone since; or no file can be opened
            self._report(str(error))
            return None

    def _read_until_dead(self, connection: Connection) -> None:
        while not self._end.is_set():
            if connection.socket.poll(_LOOK_MS):
                self._keep(connection.socket.recv_multipart())
                connection.trouble = None
            connection.note_events()
            if connection.trouble is not None:
                self._report(connection.trouble)
            if connection.is_dead:
                return

    def _keep(self, frames: list[bytes]) -> None:
        with self._changed:
            self._newest = frames
            self._changed.notify_all()
        self._trouble = None
        self._reported.clear()

    def _report(self, trouble: str) -> None:
        """Report why nothing comes: every reason once, until something comes again."""
        if trouble not in self._reported:
            _log.warning("%s cannot be read: %s; trying again", self._whom, trouble)
            self._reported.add(trouble)
        self._trouble = trouble


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
