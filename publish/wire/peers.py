"""Who is connected to a stream, and how much each of them may ask."""

import logging
import socket as sockets

import zmq

from publish.connections import Port
from publish.notices import Notices
from publish.wire.monitor import Monitor

_log = logging.getLogger(__name__)

MAX_REQUESTS = 32
"""Subscriptions, unsubscriptions and other messages of one connection; a reader needs one."""

# Not the failures to accept: without a free descriptor there are thousands in a second.
_EVENTS = zmq.Event.ACCEPTED | zmq.Event.DISCONNECTED | zmq.Event.CLOSED


class Peers:
    """The connections of one publishing socket. Use as the socket: from one thread at a time.

    They are counted by the socket's monitor, which no peer can forge. A notice of an unsubscription proves
    nothing: it may come from a peer that has never subscribed, while others read.

    Parameters
    ----------
    socket
        An XPUB socket that reports every subscription, not yet bound.
    port
        Counts the connections, and says how many there may be; the newest above that are ended.
    """

    def __init__(self, socket: "zmq.Socket[bytes]", *, port: Port) -> None:
        self._socket = socket
        self._port = port
        self._requests: dict[int, int] = {}  # how many, by the connection's file descriptor
        self._notices = Notices(_log)
        self._monitor = Monitor(socket, _EVENTS)

    def __len__(self) -> int:
        return len(self._requests)

    @property
    def news(self) -> int:
        """File descriptor that is readable when somebody may have come or left."""
        return self._monitor.news

    def note_events(self, *, at_most: int) -> bool:
        """Take who came and who left; True when there may be more."""
        for _ in range(at_most):
            event = self._monitor.next_event()
            if event is None:
                return False
            self._note_event(*event)
        return True

    def _note_event(self, event: int, value: int) -> None:
        if self._requests.pop(value, None) is not None:  # it left, or its number is another's now
            self._port.release()
        if event == zmq.Event.ACCEPTED:
            if self._port.admit():
                self._requests[value] = 0
            else:
                self._end(value)

    def note_request(self, request: zmq.Frame) -> None:
        """Count one message against the peer it came from."""
        try:
            peer = int(request.get(zmq.SRCFD))
        except zmq.ZMQError:  # libzmq's own notice, for a peer that left
            return
        if peer not in self._requests:
            return
        self._requests[peer] += 1
        if self._requests[peer] > MAX_REQUESTS:
            self._notices.add(
                "greedy",
                "the %s stream: a reader was disconnected: more than %d subscriptions by one reader",
                *(self._port.name, MAX_REQUESTS),
            )
            self._end(peer)

    def _end(self, peer: int) -> None:
        """End a connection that libzmq owns; libzmq then closes it, and frees what it had asked for.

        libzmq has no call for this. To shut the connection down is the same as if the peer had left. It needs
        no descriptor of its own, which is what too many connections leave none of.
        """
        connection = None
        try:
            connection = sockets.socket(fileno=peer)
            if self._is_ours(connection):  # else its number was given to another file meanwhile
                connection.shutdown(sockets.SHUT_RDWR)
        except OSError:  # it has left by itself
            return
        finally:
            if connection is not None:
                connection.detach()  # libzmq's to close

    @property
    def _endpoint(self) -> str:
        return self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def _is_ours(self, connection: sockets.socket) -> bool:
        own = connection.getsockname()
        if isinstance(own, tuple):
            return self._endpoint.endswith(f":{own[1]}")
        path = own.decode() if isinstance(own, bytes) else own
        return self._endpoint == "ipc://" + path.replace("\0", "@", 1)

    def close(self) -> None:
        """Stop counting. Before the socket is closed."""
        self._monitor.close()
        self._port.report()
