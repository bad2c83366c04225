"""The socket of one stream."""

import zmq

from publish.wire.curve import CurveServer
from publish.wire.encodings import Topic
from publish.wire.endpoint import cannot_bind, check_free, is_ipv6
from publish.wire.keep_alive import keep_alive
from publish.wire.peers import MAX_PEERS, Peers

_UNSENT_MAPS = 2
_MAX_REQUEST_BYTES = 1_024
_WAITING_REQUESTS = 8
_RECEIVE_BUFFER_BYTES = 16 * 1_024
_MAX_REQUESTS_AT_ONCE = MAX_PEERS * _WAITING_REQUESTS * 2
"""More than can come in between, so that none pile up."""


class StreamSocket:
    """Publishes one topic and knows whether anybody is connected.

    An XPUB socket: on the wire the same as PUB, and it reports what peers ask, so that one who asks without
    end is disconnected. Use from one thread, once it is open.
    """

    def __init__(
        self,
        context: "zmq.Context[zmq.Socket[bytes]]",
        *,
        topic: Topic,
        endpoint: str,
        curve: CurveServer | None,
    ) -> None:
        self.topic: Topic = topic
        self.socket = context.socket(zmq.XPUB)
        self.peers = Peers(self.socket, topic=topic)
        try:
            self._bind(endpoint, curve)
        except BaseException:
            self.close()
            raise
        self.endpoint = self.socket.getsockopt_string(zmq.LAST_ENDPOINT)
        """The address with its real port."""

    def _bind(self, endpoint: str, curve: CurveServer | None) -> None:
        # A reader that stalls must cost neither memory nor time, and no map outlives the publisher.
        self.socket.setsockopt(zmq.SNDHWM, _UNSENT_MAPS)
        self.socket.setsockopt(zmq.LINGER, 0)
        # Nor must one that asks: libzmq stops reading from it while a few requests wait.
        self.socket.setsockopt(zmq.RCVHWM, _WAITING_REQUESTS)
        self.socket.setsockopt(zmq.RCVBUF, _RECEIVE_BUFFER_BYTES)
        self.socket.setsockopt(zmq.MAXMSGSIZE, _MAX_REQUEST_BYTES)
        self.socket.setsockopt(zmq.XPUB_VERBOSER, 1)  # every request, with the connection it came by
        self.socket.setsockopt(zmq.IPV6, int(is_ipv6(endpoint)))
        keep_alive(self.socket)
        if curve is not None:
            curve.apply(self.socket)
        check_free(endpoint, topic=self.topic)
        try:
            self.socket.bind(endpoint)
        except zmq.ZMQError as error:
            raise cannot_bind(endpoint, topic=self.topic, error=error) from error

    @property
    def has_readers(self) -> bool:
        """Whether anybody is connected. May be asked from any thread."""
        return len(self.peers) > 0

    def look_after_peers(self) -> None:
        """Take who came and left, and what they ask, up to a limit: the rest waits for the next time."""
        self.peers.note_events()
        for _ in range(_MAX_REQUESTS_AT_ONCE):
            if not self.socket.poll(0):
                break
            self.peers.note_request(self.socket.recv(copy=False))

    def send(self, message: bytes) -> None:
        """Hand `message` to ZeroMQ, which drops it for readers that are behind. Never waits."""
        self.socket.send(message, zmq.NOBLOCK, copy=False)

    def close(self) -> None:
        """Close the socket; what is unsent is dropped. May be called twice."""
        if self.socket.closed:
            return
        self.peers.close()
        self.socket.close()
