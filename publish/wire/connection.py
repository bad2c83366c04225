"""A reader's connection to its publisher, and why it ended."""

import time
from collections.abc import Callable

import zmq

from publish.wire.keep_alive import keep_alive
from publish.wire.monitor import Monitor

_EVENTS = (
    zmq.Event.DISCONNECTED
    | zmq.Event.CONNECT_RETRIED
    | zmq.Event.HANDSHAKE_FAILED_AUTH
    | zmq.Event.HANDSHAKE_FAILED_PROTOCOL
    | zmq.Event.HANDSHAKE_FAILED_NO_DETAIL
)
_SIGN_OF_LIFE_S = 0.5
"""How soon after a loss libzmq says that it connects again, if it ever does; usually within microseconds."""


class Connection:
    """One socket that subscribes. Use from one thread at a time.

    libzmq connects again by itself after a connection was lost, but never after a handshake was refused or a
    message could not be received: such a socket is dead for ever.

    Parameters
    ----------
    context
        Where the socket lives.
    connect
        Sets the options of the socket and connects it.
    encrypted
        Whether it has keys.
    max_message_bytes
        The largest message that it receives.

    Attributes
    ----------
    socket
        What it is read from.
    is_dead
        Whether it will never connect again; known after `note_events`.
    trouble
        Why the publisher could not be read; None while nothing is known.
    """

    def __init__(
        self,
        context: "zmq.Context[zmq.Socket[bytes]]",
        connect: "Callable[[zmq.Socket[bytes]], None]",
        *,
        encrypted: bool,
        max_message_bytes: int,
    ) -> None:
        self._encrypted = encrypted
        self._max_message_bytes = max_message_bytes
        self._lost_at_s: float | None = None
        self.is_dead = False
        self.trouble: str | None = None
        self.socket = context.socket(zmq.SUB)
        try:
            self._monitor = Monitor(self.socket, _EVENTS)
        except BaseException:
            self.socket.close()
            raise
        try:
            self.socket.setsockopt(zmq.LINGER, 0)
            self.socket.setsockopt(zmq.MAXMSGSIZE, max_message_bytes)
            keep_alive(self.socket)
            connect(self.socket)
        except BaseException:
            self.close()
            raise

    def note_events(self) -> None:
        """Take what happened to the connection."""
        while (event := self._monitor.next_event()) is not None:
            self._note(*event)
        if self._lost_at_s is not None and time.monotonic() - self._lost_at_s > _SIGN_OF_LIFE_S:
            self.is_dead = True
            self.trouble = self.trouble or (
                f"the publisher sent a message of more than {self._max_message_bytes} bytes "
                "(max_message_bytes), or one that is not ZeroMQ's"
            )

    def _note(self, event: int, value: int) -> None:
        if event == zmq.Event.CONNECT_RETRIED:
            self._lost_at_s = None
        elif event == zmq.Event.DISCONNECTED:
            self._lost_at_s = time.monotonic()
        elif event != zmq.Event.HANDSHAKE_FAILED_NO_DETAIL or self.trouble is None:
            self.trouble = self._refusal(event, value)

    def _refusal(self, event: int, value: int) -> str:
        if event == zmq.Event.HANDSHAKE_FAILED_AUTH:
            return f"the publisher does not let this reader's key in (status {value})"
        if event == zmq.Event.HANDSHAKE_FAILED_PROTOCOL and not self._encrypted:
            return "the publisher asks for keys (CURVE), and this reader has none"
        if event == zmq.Event.HANDSHAKE_FAILED_PROTOCOL:
            return "the publisher answers without CURVE, so it is not believed"
        why = (
            "it is without CURVE, or server.key is not its key"
            if self._encrypted
            else ("it asks for keys (CURVE), or is of another kind")
        )
        return f"the publisher ends the handshake: {why}; or it has all the connections that it takes"

    def close(self) -> None:
        """Disconnect."""
        self._monitor.close()
        self.socket.close()
