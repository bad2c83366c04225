"""The thread that packs and sends maps, and looks after those who read them."""

import itertools
import logging
import queue
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import zmq

from focstream.types import DepthUpdate
from publish.wire.header import Header
from publish.wire.messages import message_of
from publish.wire.stream_socket import StreamSocket

_log = logging.getLogger(__name__)

_WAITING_UPDATES = 2
_PATIENCE_S = 0.1
"""How long the main loop waits for the thread, which waits for nobody, before it drops a map."""

_numbers = itertools.count()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outgoing:
    """An update, and the headers of the streams that are read."""

    update: DepthUpdate
    headers: Sequence[Header]


class SendingThread:
    """Owns the sockets of all streams, from now until it is closed. Use from one thread.

    The main loop only hands over: neither packing nor what peers ask costs it time.

    Parameters
    ----------
    context
        That of the sockets.
    streams
        Open; used and closed by the thread from now on.
    """

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", streams: Sequence[StreamSocket]) -> None:
        self._streams = {stream.topic: stream for stream in streams}
        self._waiting: queue.Queue[Outgoing] = queue.Queue(_WAITING_UPDATES)
        self._failure: BaseException | None = None
        self._reported = False
        self._dropped = 0
        self._end = False
        address = f"inproc://sending-{next(_numbers)}-{id(self):x}"
        self._bell = _pair(context)
        self._bell.bind(address)
        self._ear = _pair(context)
        self._ear.connect(address)
        self._thread = threading.Thread(target=self._work, name="publisher", daemon=True)
        self._thread.start()

    def hand_over(self, outgoing: Outgoing) -> None:
        """Let the thread pack and send this, after what is waiting."""
        self._raise_failure()
        try:
            self._waiting.put(outgoing, timeout=_PATIENCE_S)
        except queue.Full:
            self._dropped += 1
            if self._dropped == 1:
                _log.warning("a map was not published: packing is behind by %d maps", _WAITING_UPDATES)
        else:
            self._wake()

    def close(self) -> None:
        """Send what is waiting, and close the sockets. May be called twice."""
        if self._bell.closed:
            return
        self._end = True
        self._wake()
        self._thread.join()
        self._bell.close()
        if not self._reported:
            self._raise_failure()

    def _wake(self) -> None:
        with suppress(zmq.Again):  # it has ended after a failure, or it has been woken often enough
            self._bell.send(b"", zmq.NOBLOCK)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            self._reported = True
            raise self._failure

    def _work(self) -> None:
        try:
            self._serve()
        except BaseException as error:  # noqa: BLE001 - raised where the caller is
            self._failure = error
        finally:
            for stream in self._streams.values():
                stream.close()
            self._ear.close()

    def _serve(self) -> None:
        poller = zmq.Poller()
        poller.register(self._ear, zmq.POLLIN)
        for stream in self._streams.values():
            poller.register(stream.socket, zmq.POLLIN)
            poller.register(stream.peers.news, zmq.POLLIN)
        while not self._end:
            ready = dict(poller.poll())
            while self._ear in ready and self._ear.poll(0):
                self._ear.recv()
            self._send_waiting()
            for stream in self._streams.values():
                if stream.socket in ready or stream.peers.news in ready:
                    stream.look_after_peers()
        self._send_waiting()

    def _send_waiting(self) -> None:
        while True:
            try:
                outgoing = self._waiting.get_nowait()
            except queue.Empty:
                return
            self._send(outgoing)

    def _send(self, outgoing: Outgoing) -> None:
        messages = [message_of(outgoing.update, header) for header in outgoing.headers]
        # Sent together, for ZeroMQ's own thread and the readers set to work at once, on the same cores.
        for header, message in zip(outgoing.headers, messages, strict=True):
            self._streams[header.topic].send(message)


def _pair(context: "zmq.Context[zmq.Socket[bytes]]") -> "zmq.Socket[bytes]":
    socket = context.socket(zmq.PAIR)
    socket.setsockopt(zmq.LINGER, 0)
    return socket
