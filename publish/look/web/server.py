"""The page's server: its files, and the live connection."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import cv2
import numpy as np
from aiohttp import web

from focstream.control.desk import ControlDesk
from publish.colour import NO_DEPTH_BGR
from publish.connections import Port
from publish.look.serving.http_server import HttpServer
from publish.look.serving.listening import listen
from publish.look.serving.site_guard import Handler, SiteGuard
from publish.look.web.camera_feed import CameraFeed
from publish.look.web.control_api import ControlApi
from publish.look.web.hub import Hub, new_socket
from publish.look.web.packet import Shown
from publish.look.web.viewer_token import ViewerToken
from publish.loopback import is_loopback
from publish.notices import Notices

PAGE = Path(__file__).parent / "page"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_GOODBYE_WITHIN_S = 1.0


class WebServer:
    """Serves the page and its live connection until `close`.

    Parameters
    ----------
    hub
        Shows the maps; used in the server's loop only.
    camera
        Shows the camera's pictures; used in the server's loop only.
    token
        Who may look, and who may control; used in the server's loop only.
    desk
        What the page can change; None for nothing.
    host, number
        Where to listen; port number 0 takes any free one.
    port
        Bounds the connections.
    notices
        Where faults of the peers are reported.

    Raises
    ------
    InputError
        When the address cannot be listened at. Nothing is left open then.
    """

    def __init__(
        self,
        hub: Hub,
        *,
        camera: CameraFeed,
        token: ViewerToken,
        desk: ControlDesk | None = None,
        host: str,
        number: int,
        port: Port,
        notices: Notices,
    ) -> None:
        self._hub = hub
        self._camera = camera
        self._token = token
        self._http = HttpServer(
            [
                web.get("/live", self._serving(hub.serve)),
                web.get("/camera", self._serving(camera.serve)),
                web.get("/palettes.json", _palettes),
                *(() if desk is None else ControlApi(desk, token).routes),
                *_page_files(),
            ],
            listener=listen(host, number, what="the page", option="--web"),
            port=port,
            guard=SiteGuard(local_only=is_loopback(host), notices=notices),
            notices=notices,
            on_end=self._end,
        )

    @property
    def number(self) -> int:
        """The number of the port listened at."""
        return self._http.number

    def show(self, packet: bytes, shown: Shown) -> None:
        """Make `packet` the newest that viewers can get. From any thread; never waits."""
        self.call(self._hub.show, packet, shown)

    def call(self, function: Callable[..., object], *values: object) -> None:
        """Have `function` called in the server's loop. From any thread; never waits."""
        self._http.call(function, *values)

    def close(self) -> None:
        """Part from every viewer and stop. May be called twice."""
        self._http.close()

    def _serving(self, serve: Callable[[web.WebSocketResponse], Awaitable[None]]) -> Handler:
        """Return what has a viewer served who has the token, if one is needed."""

        async def answered(request: web.Request) -> web.WebSocketResponse:
            answer = new_socket()
            await answer.prepare(request)
            if self._token.is_in(request):
                await serve(answer)
            else:
                await self._token.refuse(request, answer)
            return answer

        return answered

    async def _end(self) -> None:
        await self._token.end()
        with contextlib.suppress(TimeoutError):  # who does not listen is cut off
            await asyncio.wait_for(asyncio.gather(self._hub.close(), self._camera.close()), _GOODBYE_WITHIN_S)


def _page_files() -> list[web.RouteDef]:
    """Read the page once: a request then opens no file, and none is waited for."""
    files = (path for path in sorted(PAGE.rglob("*")) if path.suffix in _TYPES)
    routes = {f"/page/{path.relative_to(PAGE).as_posix()}": path for path in files}
    routes["/"] = PAGE / "index.html"
    return [web.get(route, _answer_with(path)) for route, path in routes.items()]


def _answer_with(path: Path) -> Handler:
    content, kind = path.read_bytes(), _TYPES[path.suffix]

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=content, content_type=kind, charset="utf-8")

    return answer


async def _palettes(_request: web.Request) -> web.Response:
    """Return the colours of saved pictures, so that page and files can be compared."""
    levels = np.arange(256, dtype=np.uint8).reshape(256, 1)
    maps = {"depth": cv2.COLORMAP_TURBO, "sigma": cv2.COLORMAP_INFERNO}
    rgb = {name: cv2.applyColorMap(levels, which)[:, 0, ::-1].tolist() for name, which in maps.items()}
    return web.json_response({**rgb, "none": NO_DEPTH_BGR[::-1]})
