"""Receives the newest map of a stream."""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Literal, Self

import zmq

from focstream.types import InputError, MessageError
from publish.wire.config import DEFAULT_DEPTH_ENDPOINT
from publish.wire.connection import Connection
from publish.wire.curve import CurveClient
from publish.wire.encodings import Topic
from publish.wire.endpoint import check_endpoint, is_ipv6
from publish.wire.errors import StreamTimeoutError
from publish.wire.frame import WireMap, unpack
from publish.wire.newest_message import Lateness, NewestMessage, only_frame

_log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 128 * 2**20
_LONGEST_WAIT_S = 1e6


class DepthStream:
    """Subscriber with latest semantics: a read returns the newest map, older unread ones are gone.

    A context manager, and an endless iterator over ``read()``. Use from one thread.

    Whatever ends the connection (a restart, a power cut, refused keys, a message too large), it is made anew
    until there is something to read; a restart shows in ``header.run_id``. Why nothing comes is logged once,
    and said by the `StreamTimeoutError`.

    Parameters
    ----------
    endpoint
        Address of the publisher's stream.
    timeout_s
        How long a read waits by default.
    topic
        Which stream is published there.
    curve
        Keys, where the publisher uses CURVE.
    on_bad
        ``"raise"`` a `MessageError` for a message that is not well-formed, or ``"skip"`` and count it.
    max_message_bytes
        Larger messages are refused before they are received.

    Raises
    ------
    InputError
        When the address, a key or a limit cannot be used.
    """

    def __init__(
        self,
        endpoint: str = DEFAULT_DEPTH_ENDPOINT,
        *,
        timeout_s: float = 5.0,
        topic: Topic = "depth",
        curve: CurveClient | None = None,
        on_bad: Literal["raise", "skip"] = "raise",
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> None:
        check_endpoint(endpoint)
        self.endpoint = endpoint
        self.topic: Topic = topic
        self._timeout_s = timeout_s
        self._on_bad = on_bad
        self._bad_messages = 0
        self._lateness = Lateness()
        self._curve = curve
        self._max_message_bytes = max_message_bytes
        with ExitStack() as undo:
            self._context = zmq.Context()
            undo.callback(self._context.term)
            self._newest = NewestMessage(self._connection, whom=endpoint)
            undo.callback(self._newest.close)
            self._open = undo.pop_all()

    def _connection(self) -> Connection:
        return Connection(
            self._context,
            self._connect,
            encrypted=self._curve is not None,
            max_message_bytes=self._max_message_bytes,
        )

    def _connect(self, socket: "zmq.Socket[bytes]") -> None:
        # No bound: with one, libzmq 4.3.5 can end this process when a publisher goes.
        socket.setsockopt(zmq.RCVHWM, 0)
        socket.setsockopt(zmq.IPV6, int(is_ipv6(self.endpoint)))
        socket.setsockopt(zmq.SUBSCRIBE, self.topic.encode("ascii") + b" ")
        if self._curve is not None:
            self._curve.apply(socket)
        try:
            socket.connect(self.endpoint)
        except zmq.ZMQError as error:
            raise InputError(f"cannot connect to {self.endpoint}: {error.strerror}; check it") from error

    @property
    def bad_messages(self) -> int:
        """How many messages were not well-formed."""
        return self._bad_messages

    def read(self, timeout_s: float | None = None) -> WireMap:
        """Wait for a map newer than the last one read, and return the newest.

        After the reader was held up (or stopped), old maps left in the buffers on the way are passed over.

        Raises
        ------
        StreamTimeoutError
            When none came within `timeout_s` (that of the stream when None).
        MessageError
            For a message that is not well-formed, unless they are skipped.
        """
        wait_s = _checked(self._timeout_s if timeout_s is None else timeout_s)
        deadline_s = time.monotonic() + wait_s
        while True:
            frames = self._newest.take(max(0.0, deadline_s - time.monotonic()))
            received = None if frames is None else self._checked_map(frames)
            if received is not None:
                return self._freshest(received)
            if time.monotonic() >= deadline_s:  # bad messages alone must not keep us here
                raise self._timed_out(wait_s)

    def _freshest(self, received: WireMap) -> WireMap:
        """Pass over old maps until a fresh one comes, or no more do."""
        give_up_s = time.monotonic() + Lateness.PATIENCE_S
        while self._lateness.is_late(received.header.sent_ns):
            if time.monotonic() > give_up_s:
                self._lateness.forget()
                break
            frames = self._newest.take(Lateness.QUIET_S)
            if frames is None:
                break
            received = self._checked_map(frames) or received
        return received

    def _checked_map(self, frames: list[bytes]) -> WireMap | None:
        """Check a message; None when it is bad and bad ones are skipped."""
        try:
            return unpack(only_frame(frames), topic=self.topic)
        except MessageError as error:
            self._bad_messages += 1
            if self._on_bad == "raise":
                raise MessageError(f"from {self.endpoint}: {error}") from error
            if self._bad_messages == 1:
                _log.warning("skipping bad messages from %s, the first: %s", self.endpoint, error)
            return None

    def _timed_out(self, wait_s: float) -> StreamTimeoutError:
        bad = f" {self._bad_messages} malformed messages were skipped." if self._bad_messages else ""
        what = f"no {self.topic} map from {self.endpoint} within {wait_s:g} s"
        trouble = self._newest.trouble
        return StreamTimeoutError(f"{what}: {trouble}.{bad}" if trouble else f"{what}.{bad} {self._guess()}")

    def _guess(self) -> str:
        whom = "keys it does not know" if self._curve else "a client without keys"
        return (
            "Is the publisher running, with this stream at this address? "
            f"A publisher with CURVE refuses {whom}."
        )

    def __iter__(self) -> Iterator[WireMap]:
        return self

    def __next__(self) -> WireMap:
        return self.read()

    def close(self) -> None:
        """Disconnect. May be called twice."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _checked(timeout_s: float) -> float:
    if not 0.0 <= timeout_s <= _LONGEST_WAIT_S:
        raise InputError(f"a time-out of {timeout_s} s cannot be used; give 0 to {_LONGEST_WAIT_S:g} s")
    return timeout_s
