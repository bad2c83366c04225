"""The thread that takes what the readers of all streams ask."""

import selectors
import socket
import threading
from collections.abc import Sequence

from publish.wire.stream_socket import StreamSocket


class Attendant:
    """Looks after the peers of all streams as soon as there is news, in a thread of its own.

    Parameters
    ----------
    streams
        Closed by the caller, after this.
    """

    def __init__(self, streams: Sequence[StreamSocket]) -> None:
        self._selector = selectors.DefaultSelector()
        self._end, self._end_heard = socket.socketpair()
        self._selector.register(self._end_heard, selectors.EVENT_READ)
        for stream in streams:
            for number in stream.news:
                self._selector.register(number, selectors.EVENT_READ, stream)
        self._thread = threading.Thread(target=self._work, name="publisher-peers", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread. May be called twice."""
        self._end.close()
        self._thread.join()
        self._end_heard.close()
        self._selector.close()

    def _work(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return
                key.data.look_after_peers()
