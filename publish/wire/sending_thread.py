"""The thread that packs and sends maps."""

import logging
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from focstream.types import DepthUpdate
from publish.wire.header import Header
from publish.wire.messages import message_of
from publish.wire.stream_socket import StreamSocket

_log = logging.getLogger(__name__)

_WAITING_UPDATES = 2
_PATIENCE_S = 0.1
"""How long the main loop waits for the thread, which waits for nobody, before it drops a map."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outgoing:
    """An update, and the headers of the streams that are read."""

    update: DepthUpdate
    headers: Sequence[Header]


class SendingThread:
    """Packs and sends in a thread of its own, so that the main loop only hands over. Use from one thread.

    Parameters
    ----------
    streams
        Where to send to; closed by the caller, after this.
    """

    def __init__(self, streams: Sequence[StreamSocket]) -> None:
        self._streams = {stream.topic: stream for stream in streams}
        # A queue wakes the thread without giving it the interpreter's lock before the main loop waits.
        self._waiting: queue.Queue[Outgoing | None] = queue.Queue(_WAITING_UPDATES)
        self._failure: BaseException | None = None
        self._dropped = 0
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

    def close(self) -> None:
        """Send what is waiting, and end the thread. May be called twice."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()
            if self._dropped > 1:
                _log.warning("%d maps were not published: packing was behind", self._dropped)
        self._raise_failure()

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _work(self) -> None:
        while (outgoing := self._waiting.get()) is not None:
            try:
                self._send(outgoing)
            except Exception as error:  # noqa: BLE001 - raised where the caller is
                self._failure = error

    def _send(self, outgoing: Outgoing) -> None:
        for header in outgoing.headers:  # each at once: who reads only depth does not wait for the others
            self._streams[header.topic].send(message_of(outgoing.update, header))
