"""A small HTTP server: an event loop in a thread of its own."""

import asyncio
import socket
import threading
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from aiohttp import web

from publish.connections import Port
from publish.look.serving.connection import PATIENCE_S, Connection
from publish.look.serving.headers import add_headers
from publish.look.serving.site_guard import SiteGuard
from publish.notices import Notices

_AT_ONCE = 16  # so many are accepted before those above the bound are closed
_WAITING = 128  # so many wait to be accepted; others try again after a second
_FINISH_WITHIN_S = 1.0


class HttpServer:
    """Serves until `close`.

    Parameters
    ----------
    routes
        What is served.
    listener
        The socket listened at; owned from now on.
    port
        Bounds the connections.
    guard
        Which requests are answered.
    notices
        Where faults of the peers are reported.
    on_end
        Awaited in the server's loop before the connections are closed.
    patience_s
        As of `Connection`.
    """

    def __init__(
        self,
        routes: Sequence[web.AbstractRouteDef],
        *,
        listener: socket.socket,
        port: Port,
        guard: SiteGuard,
        notices: Notices,
        on_end: Callable[[], Awaitable[None]] | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._listener = listener
        self._port = port
        self._notices = notices
        self._patience_s = patience_s
        self._runner = web.AppRunner(_app(routes, guard, on_end), shutdown_timeout=_FINISH_WITHIN_S)
        self._connections: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._report)
        self._thread = threading.Thread(target=self._loop.run_forever, name=port.name, daemon=True)
        self._thread.start()
        self._server: asyncio.Server = self._wait(self._start())
        self._closed = False

    @property
    def number(self) -> int:
        """The number of the port listened at."""
        number: int = self._listener.getsockname()[1]
        return number

    def call(self, function: Callable[..., object], *values: object) -> None:
        """Have `function` called in the server's loop. From any thread; never waits."""
        self._loop.call_soon_threadsafe(function, *values)

    def close(self) -> None:
        """Part from every peer and stop. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._wait(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._port.report()

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - what `work` returns
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _start(self) -> asyncio.Server:
        await self._runner.setup()
        server = await self._loop.create_server(self._connection, sock=self._listener, backlog=_AT_ONCE)
        self._listener.listen(_WAITING)
        return server

    def _connection(self) -> Connection:
        assert self._runner.server is not None
        connection = Connection(
            self._runner.server, port=self._port, notices=self._notices, patience_s=self._patience_s
        )
        self._connections.add(connection)
        return connection

    async def _stop(self) -> None:
        self._server.close()
        await self._runner.cleanup()
        for connection in tuple(self._connections):  # of peers that do not take what they asked for
            connection.abort()
        await asyncio.sleep(0)  # in which they are told

    def _report(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log in one line what asyncio would log with a traceback, such as that no file can be opened."""
        message, error = context["message"], context.get("exception")
        self._notices.add(message, "%s: %s: %s", self._port.name, message, error)


def _app(
    routes: Sequence[web.AbstractRouteDef], guard: SiteGuard, on_end: Callable[[], Awaitable[None]] | None
) -> web.Application:
    app = web.Application(middlewares=[_noted, guard.middleware])
    app.add_routes(routes)
    app.on_response_prepare.append(add_headers)
    if on_end is not None:

        async def end(_app: web.Application) -> None:
            await on_end()

        app.on_shutdown.append(end)
    return app


@web.middleware
async def _noted(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    if isinstance(request.protocol, Connection):
        request.protocol.note_request()
    return await handler(request)
