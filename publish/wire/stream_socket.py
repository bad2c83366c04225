"""The socket of one stream."""

import threading

import zmq

from publish.connections import Port
from publish.wire.curve import CurveServer
from publish.wire.encodings import Topic
from publish.wire.endpoint import cannot_bind, check_free, is_ipv6
from publish.wire.keep_alive import keep_alive
from publish.wire.peers import Peers

_UNSENT_MAPS = 2
_MAX_REQUEST_BYTES, _MAX_CURVE_REQUEST_BYTES = 128, 512  # handshakes of CURVE have up to 400
_RECEIVE_BUFFER_BYTES = 16 * 1_024
_REQUESTS_AT_ONCE = 64
_PATIENCE_S = 0.05


class StreamSocket:
    """Publishes one topic and knows whether anybody is connected.

    An XPUB socket: on the wire the same as PUB, and it reports what peers ask, so that one who asks without
    end is disconnected. May be used from any thread.
    """

    def __init__(
        self,
        context: "zmq.Context[zmq.Socket[bytes]]",
        *,
        topic: Topic,
        endpoint: str,
        curve: CurveServer | None,
        port: Port,
    ) -> None:
        self.topic: Topic = topic
        self._nothing_to_send = threading.Event()
        self._nothing_to_send.set()
        self._lock = threading.Lock()  # held for what takes no time: ZeroMQ's sockets are of one thread
        self._socket = context.socket(zmq.XPUB)
        try:
            self._peers = Peers(self._socket, port=port)
        except BaseException:
            self._socket.close()
            raise
        try:
            self._bind(endpoint, curve)
        except BaseException:
            self.close()
            raise
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        """The address with its real port."""

    def _bind(self, endpoint: str, curve: CurveServer | None) -> None:
        # A reader that stalls must cost neither memory nor time, and no map outlives the publisher.
        self._socket.setsockopt(zmq.SNDHWM, _UNSENT_MAPS)
        self._socket.setsockopt(zmq.LINGER, 0)
        # Requests may wait without a bound: with one, strangers can end the process by an assertion of libzmq
        # 4.3.5. What one of them may ask is bounded by `Peers`.
        self._socket.setsockopt(zmq.RCVHWM, 0)
        self._socket.setsockopt(zmq.RCVBUF, _RECEIVE_BUFFER_BYTES)
        most_bytes = _MAX_CURVE_REQUEST_BYTES if curve else _MAX_REQUEST_BYTES
        self._socket.setsockopt(zmq.MAXMSGSIZE, most_bytes)
        self._socket.setsockopt(zmq.XPUB_VERBOSER, 1)  # every request, with the connection it came by
        self._socket.setsockopt(zmq.IPV6, int(is_ipv6(endpoint)))
        keep_alive(self._socket)
        if curve is not None:
            curve.apply(self._socket)
        check_free(endpoint, topic=self.topic)
        try:
            self._socket.bind(endpoint)
        except zmq.ZMQError as error:
            raise cannot_bind(endpoint, topic=self.topic, error=error) from error

    @property
    def has_readers(self) -> bool:
        """Whether anybody is connected."""
        return len(self._peers) > 0

    @property
    def news(self) -> tuple[int, int]:
        """File descriptors that are readable when there may be something to look after."""
        return int(self._socket.getsockopt(zmq.FD)), self._peers.news

    def look_after_peers(self) -> None:
        """Take who came and left, and what they ask; a map that is to be sent goes first."""
        more = True
        while more:
            self._nothing_to_send.wait(_PATIENCE_S)
            with self._lock:
                more = self._take_requests()

    def _take_requests(self) -> bool:
        """Take some requests; True when there may be more, of which ZeroMQ gives no news."""
        more = self._peers.note_events(at_most=_REQUESTS_AT_ONCE)
        for _ in range(_REQUESTS_AT_ONCE):
            if not self._socket.poll(0):
                return more
            self._peers.note_request(self._socket.recv(copy=False))
        return True

    def send(self, message: bytes) -> None:
        """Hand `message` to ZeroMQ, which drops it for readers that are behind. Never waits."""
        self._nothing_to_send.clear()
        try:
            with self._lock:
                self._socket.send(message, zmq.NOBLOCK, copy=False)
                self._take_requests()  # sending takes the news from ZeroMQ; what is left the attendant finds
        finally:
            self._nothing_to_send.set()

    def close(self) -> None:
        """Close the socket; what is unsent is dropped. May be called twice."""
        if not self._socket.closed:
            self._peers.close()
            self._socket.close()
