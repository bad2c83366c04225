"""The thread that takes what the readers of all streams ask."""

import logging
import selectors
import socket
import threading
import time
from collections.abc import Sequence

import zmq

from publish.notices import Notices
from publish.wire.stream_socket import StreamSocket

_log = logging.getLogger(__name__)

_LOOK_S = 0.1
"""How often it looks without news: what is taken while a map is sent leaves none."""


class Attendant:
    """Looks after the peers of all streams as soon as there is news, in a thread of its own.

    Parameters
    ----------
    streams
        Closed by the caller, after this.
    """

    def __init__(self, streams: Sequence[StreamSocket]) -> None:
        self._streams = tuple(streams)
        self._notices = Notices(_log)
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
        while not any(key.data is None for key, _ in self._selector.select(_LOOK_S)):
            for stream in self._streams:
                try:
                    stream.look_after_peers()
                except zmq.ZMQError as error:  # without this thread no new reader would be seen
                    self._notices.add(
                        stream.topic,
                        "the %s stream: its readers cannot be looked after (%s)",
                        *(stream.topic, error),
                    )
                    time.sleep(_LOOK_S)  # what gave the error may still be news
