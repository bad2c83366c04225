"""The page's server: an event loop in a thread of its own."""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from aiohttp import web

from focstream.types import InputError
from publish.colour import NO_DEPTH_BGR
from publish.look.web.guard import Guard
from publish.look.web.hub import Hub, new_socket

PAGE = Path(__file__).parent / "page"
WRONG_TOKEN = 4401
"""Close code that makes the page ask for the token instead of trying again."""
_CLOSE_WITHIN_S = 5.0


class WebServer:
    """Serves the page and its live connection until `close`.

    Parameters
    ----------
    hub
        Shows the maps; used in the server's loop only.
    host, port
        Where to listen; port 0 takes any free one.
    guard
        Who may look.

    Raises
    ------
    InputError
        When the address cannot be listened at. Nothing is left open then.
    """

    def __init__(self, hub: Hub, *, host: str, port: int, guard: Guard) -> None:
        self._hub = hub
        self._guard = guard
        self._socket = _listen(host, port)
        self._loop = asyncio.new_event_loop()
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
        self._thread = threading.Thread(target=self._loop.run_forever, name="web", daemon=True)
        self._thread.start()
        self._wait(self._start())
        self._closed = False

    @property
    def port(self) -> int:
        """The port listened at."""
        port: int = self._socket.getsockname()[1]
        return port

    def show(self, packet: bytes) -> None:
        """Make `packet` the newest that viewers can get. From any thread; never waits."""
        self._loop.call_soon_threadsafe(self._hub.show, packet)

    def close(self) -> None:
        """Part from every viewer and stop. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._wait(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _start(self) -> None:
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()

    async def _stop(self) -> None:
        await asyncio.wait_for(self._hub.close(), _CLOSE_WITHIN_S)
        await self._runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard.middleware])
        app.router.add_get("/", _index)
        app.router.add_get("/live", self._live)
        app.router.add_get("/palettes.json", _palettes)
        app.router.add_static("/page", PAGE)
        return app

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        answer = new_socket()
        await answer.prepare(request)
        if self._guard.may_look(request):
            await self._hub.serve(answer)
        else:
            await answer.close(code=WRONG_TOKEN, message=b"wrong token")
        return answer


async def _index(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE / "index.html")


async def _palettes(_request: web.Request) -> web.Response:
    """Return the colours of saved pictures, so that page and files can be compared."""
    levels = np.arange(256, dtype=np.uint8).reshape(256, 1)
    maps = {"depth": cv2.COLORMAP_TURBO, "sigma": cv2.COLORMAP_INFERNO}
    rgb = {name: cv2.applyColorMap(levels, which)[:, 0, ::-1].tolist() for name, which in maps.items()}
    return web.json_response({**rgb, "none": NO_DEPTH_BGR[::-1]})


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family)
    except OSError as error:
        raise InputError(
            f"cannot serve the page at {host}:{port}: {error.strerror or error}; choose another --web PORT "
            "or --web-host"
        ) from error
