"""The socket of one stream."""

import zmq

from publish.wire.curve import CurveServer
from publish.wire.encodings import Topic
from publish.wire.endpoint import cannot_bind, is_ipv6

_UNSENT_MAPS = 2
_MAX_NEWS_BYTES = 1_024
_MAX_NEWS_PER_LOOK = 64


class StreamSocket:
    """Publishes one topic and knows whether anybody listens.

    An XPUB socket: on the wire the same as PUB, and it reports subscriptions, so that maps nobody reads need
    not be packed.
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
        self._prefix = topic.encode("ascii") + b" "
        self._subscriptions: set[bytes] = set()
        self._socket = context.socket(zmq.XPUB)
        try:
            self._bind(endpoint, curve)
        except BaseException:
            self._socket.close()
            raise

    def _bind(self, endpoint: str, curve: CurveServer | None) -> None:
        # A reader that stalls must cost neither memory nor time, and no map outlives the publisher.
        self._socket.setsockopt(zmq.SNDHWM, _UNSENT_MAPS)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.MAXMSGSIZE, _MAX_NEWS_BYTES)
        self._socket.setsockopt(zmq.IPV6, int(is_ipv6(endpoint)))
        if curve is not None:
            curve.apply(self._socket)
        try:
            self._socket.bind(endpoint)
        except zmq.ZMQError as error:
            raise cannot_bind(endpoint, topic=self.topic, error=error) from error

    @property
    def endpoint(self) -> str:
        """The address with its real port."""
        return self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def has_readers(self) -> bool:
        """Whether anybody subscribes to this topic right now."""
        for _ in range(_MAX_NEWS_PER_LOOK):
            if not self._socket.poll(0):
                break
            self._note(self._socket.recv())
        return bool(self._subscriptions)

    def _note(self, news: bytes) -> None:
        """Take one notice: 1 or 0, then the prefix whose first reader came or whose last one left."""
        joined, prefix = news[:1] == b"\x01", news[1:]
        if joined and self._prefix.startswith(prefix):
            self._subscriptions.add(prefix)
        elif news[:1] == b"\x00":
            self._subscriptions.discard(prefix)

    def send(self, message: bytes) -> None:
        """Hand `message` to ZeroMQ, which drops it for readers that are behind. Never waits."""
        self._socket.send(message, zmq.NOBLOCK, copy=False)

    def close(self) -> None:
        """Close the socket; what is unsent is dropped."""
        self._socket.close()
