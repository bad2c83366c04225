"""What happens to the connections of a ZeroMQ socket, as libzmq reports it."""

import itertools

import zmq
from zmq.utils.monitor import recv_monitor_message

_numbers = itertools.count()


class Monitor:
    """Reports the events of one socket, in order and without a loss. Use as the socket.

    Parameters
    ----------
    socket
        Not yet bound or connected, so that its first event is seen.
    events
        Which ones, as an or of `zmq.Event`.
    """

    def __init__(self, socket: "zmq.Socket[bytes]", events: int) -> None:
        self._watched = socket
        # A name of its own: pyzmq's is made of a file descriptor, which the next socket may get again.
        address = f"inproc://monitor-{next(_numbers)}-{id(self):x}"
        socket.monitor(address, events)
        self._socket: zmq.Socket[bytes] = socket.context.socket(zmq.PAIR)
        self._socket.setsockopt(zmq.RCVHWM, 0)  # full, it would stop libzmq's own thread
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.connect(address)

    @property
    def news(self) -> int:
        """File descriptor that is readable when there may be an event."""
        return int(self._socket.getsockopt(zmq.FD))

    def next_event(self) -> tuple[int, int] | None:
        """Return an event and its number, such as a file descriptor; None when there is none yet."""
        if not self._socket.poll(0):
            return None
        message = recv_monitor_message(self._socket)
        return int(message["event"]), int(message["value"])

    def close(self) -> None:
        """Stop. Before the socket is closed."""
        self._watched.disable_monitor()
        self._socket.close()
