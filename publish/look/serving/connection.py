"""One HTTP connection that costs little, whatever its peer does."""

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import cast

from aiohttp import web

from publish.connections import Port
from publish.look.serving.headers import HEADERS
from publish.notices import Notices

PATIENCE_S = 15.0
"""How long a peer may take nothing of what is sent, or ask for nothing."""
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n"
)
_quiet = logging.getLogger(f"{__name__}.aiohttp")
_quiet.setLevel(logging.CRITICAL)  # what it would report comes through `Notices`, in one line


class Connection(web.RequestHandler):
    """As aiohttp's own, but bounded in number, ended when the peer stalls, and with errors in one line.

    Parameters
    ----------
    server
        What answers the requests.
    port
        Counts the connections; one above its bound gets a 503.
    notices
        Where faults of the peers are reported.
    patience_s
        A peer is dropped when it takes nothing of what waits for it, or asks for nothing, for so long.
    """

    def __init__(
        self, server: web.Server, *, port: Port, notices: Notices, patience_s: float = PATIENCE_S
    ) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(server, loop=loop, keepalive_timeout=patience_s, access_log=None, logger=_quiet)  # type: ignore[arg-type]  # None is "no log"
        self._port = port
        self._notices = notices
        self._patience_s = patience_s
        self._admitted = False
        self._asked = False
        self._unsent_bytes = 0
        self._link: asyncio.Transport | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless there are too many."""
        self._link = cast("asyncio.Transport", transport)
        self._admitted = self._port.admit()
        if not self._admitted:
            self._link.write(_BUSY)
            self._link.close()
            return
        self._link.set_write_buffer_limits(high=0)  # "paused" then means that the peer has not taken all
        self._later("request", self._drop_if_it_asked_nothing)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End, and make room for another."""
        for timer in self._timers.values():
            timer.cancel()
        if self._admitted:
            self._admitted = False
            self._port.release()
        super().connection_lost(exc)

    def note_request(self) -> None:
        """Say that the peer has sent a whole request."""
        self._asked = True

    def abort(self) -> None:
        """Close at once: a plain close would wait until the peer has taken the rest."""
        if self._link is not None:
            self._link.abort()

    def pause_writing(self) -> None:
        """Watch whether the peer takes what waits for it."""
        super().pause_writing()
        self._watch_progress()

    def resume_writing(self) -> None:
        """Stop watching: the peer has taken all."""
        self._timers["stall"].cancel()
        super().resume_writing()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it repeats what the peer sent
    ) -> web.StreamResponse:
        """Answer what could not be answered, or is no HTTP; the connection ends then."""
        self._notices.add(
            f"{type(exc).__name__} {status}",
            "answered a request from %s with %d: %s%s",
            *(request.remote, status, type(exc).__name__, f": {exc}" if status >= 500 else ""),
        )
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer has been sent")
        answer = web.Response(status=status, text=f"{status} {HTTPStatus(status).phrase}\n", headers=HEADERS)
        answer.force_close()
        return answer

    def _watch_progress(self) -> None:
        assert self._link is not None
        self._unsent_bytes = self._link.get_write_buffer_size()
        self._later("stall", self._drop_if_it_took_nothing)

    def _drop_if_it_took_nothing(self) -> None:
        assert self._link is not None
        if self._link.get_write_buffer_size() < self._unsent_bytes:
            self._watch_progress()
        else:
            self._drop("stalled", "took nothing")

    def _drop_if_it_asked_nothing(self) -> None:
        if not self._asked:
            self._drop("silent", "asked for nothing")

    def _drop(self, kind: str, what: str) -> None:
        assert self._link is not None
        peer = (self._link.get_extra_info("peername") or ["?"])[0]
        self._notices.add(kind, "dropped a connection from %s: it %s for %g s", peer, what, self._patience_s)
        self._link.abort()

    def _later(self, name: str, call: Callable[[], None]) -> None:
        self._timers[name] = self._loop.call_later(self._patience_s, call)
