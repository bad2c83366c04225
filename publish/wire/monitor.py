"""What happens to the connections of a ZeroMQ socket, as libzmq reports it."""

import itertools

import zmq
from zmq.utils.monitor import recv_monitor_message

_numbers = itertools.count()


class Monitor:
    """Reports the events of one socket, in order and without a loss. Use from the socket's thread.

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
        self.socket: zmq.Socket[bytes] = socket.context.socket(zmq.PAIR)
        self.socket.setsockopt(zmq.RCVHWM, 0)  # full, it would stop libzmq's own thread
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(address)

    def next_event(self) -> tuple[int, int] | None:
        """Return an event and its number, such as a file descriptor; None when there is none yet."""
        if not self.socket.poll(0):
            return None
        message = recv_monitor_message(self.socket)
        return int(message["event"]), int(message["value"])

    def close(self) -> None:
        """Stop. Before the socket is closed."""
        self._watched.disable_monitor()
        self.socket.close()
