"""What the page changes: asked for with the token, from this page alone, and checked by the desk."""

import asyncio
import functools
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from aiohttp import web

from focstream.control.desk import ControlDesk
from focstream.types import FocstreamError
from publish.look.web.viewer_token import ViewerToken

_log = logging.getLogger(__name__)

_MOST_CHANGES = 8  # at a time, in threads of their own: some wait for the end of a sweep
_MOST_BYTES = 4096  # sixteen regions with long names


class ControlApi:
    """Answers ``/control``: GET says what is set, POST ``{"name": …, "value": …}`` sets it.

    The token comes in the head of a request, which no other site can make a browser send; `SiteGuard` refuses
    those that come from other sites before.

    Parameters
    ----------
    desk
        What can be changed.
    token
        Who may change it.
    """

    def __init__(self, desk: ControlDesk, token: ViewerToken) -> None:
        self._desk = desk
        self._token = token
        self._changing = ThreadPoolExecutor(_MOST_CHANGES, thread_name_prefix="control")

    @property
    def routes(self) -> tuple[web.RouteDef, ...]:
        """What is served."""
        return (web.get("/control", self._say), web.post("/control", self._change))

    async def _say(self, request: web.Request) -> web.StreamResponse:
        return await self._refusal(request) or web.json_response(await asyncio.to_thread(self._states))

    async def _change(self, request: web.Request) -> web.StreamResponse:
        refusal = await self._refusal(request)
        if refusal is not None:
            return refusal
        try:
            name, value = _read_change(await _body_of(request))
        except (ValueError, RecursionError) as error:
            return web.json_response({"error": str(error)}, status=400)
        by = f"the page at {request.remote}"
        try:
            change = functools.partial(self._desk.change, name, value, by=by)
            await asyncio.get_running_loop().run_in_executor(self._changing, change)
        except FocstreamError as error:
            _log.warning("%s asked for a change that was refused: %s", by, error)
            return web.json_response({"error": str(error)}, status=422)
        return web.json_response(await asyncio.to_thread(self._states))

    async def _refusal(self, request: web.Request) -> web.StreamResponse | None:
        """Answer who has no right token, late; None for others."""
        if self._token.may_control(request):
            return None
        if not await self._token.delay(request):
            raise ConnectionError("too many wrong tokens wait for their answer")
        return web.json_response({"error": "the token is wrong or missing"}, status=401)

    def _states(self) -> list[dict[str, object]]:
        states = ((name, self._desk.state(name)) for name in self._desk.names)
        return [{"name": name, **asdict(state)} for name, state in states]


async def _body_of(request: web.Request) -> bytes:
    """Read what was sent, as it comes; a little more than is allowed where it is longer."""
    body = b""
    while len(body) <= _MOST_BYTES and (part := await request.content.read(_MOST_BYTES + 1 - len(body))):
        body += part
    return body


def _read_change(body: bytes) -> tuple[str, str]:
    if len(body) > _MOST_BYTES:
        raise ValueError(f"more than {_MOST_BYTES} bytes")
    change = json.loads(body)
    if not isinstance(change, dict) or set(change) != {"name", "value"}:
        raise ValueError("no name and value")
    name, value = change["name"], change["value"]
    if not isinstance(name, str) or not isinstance(value, str) or not value.isprintable():
        raise ValueError("name and value must be plain text")
    return name, value
