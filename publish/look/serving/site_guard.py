"""Refuses requests that other web sites make a browser send, and those that nobody can make sense of."""

import ipaddress
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from publish.loopback import is_loopback
from publish.notices import Notices

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?", re.IGNORECASE)
_ORIGIN = re.compile(r"(?:[a-z][a-z0-9+.-]*://(?P<host>.*)|null)", re.IGNORECASE)
_MOST_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteGuard:
    """Rules for requests.

    Attributes
    ----------
    local_only
        Whether this machine must be asked for by a name that only it has. Otherwise a site could have its
        own name point here (DNS rebinding) and read as if it were this server's page.
    notices
        Where refusals are reported.
    """

    local_only: bool
    notices: Notices

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Check every request before it is answered.

        Raises
        ------
        aiohttp.web.HTTPBadRequest
            When Host or Origin are missing, double or malformed.
        aiohttp.web.HTTPForbidden
            When the request comes from elsewhere.
        """
        host = self._header(request, "Host")
        name = None if host is None else _name_in(host)
        if host is None or name is None:
            raise self._malformed(request, "Host", host)
        origin = self._header(request, "Origin")
        if origin is not None and not self._is_from(request, origin, host=host):
            raise web.HTTPForbidden(text="this page is not for other sites\n")
        if self.local_only and not is_loopback(name):
            raise web.HTTPForbidden(text="ask for localhost: this page is for this machine only\n")
        return await handler(request)

    def _header(self, request: web.Request, name: str) -> str | None:
        values = request.headers.getall(name, [])
        if len(values) > 1:
            raise self._malformed(request, name, ", ".join(values))
        return values[0] if values else None

    def _is_from(self, request: web.Request, origin: str, *, host: str) -> bool:
        """Whether the page that asks was served here: a browser lets any open a WebSocket to this machine."""
        found = _ORIGIN.fullmatch(origin)
        if found is None or (found["host"] and _name_in(found["host"]) is None):
            raise self._malformed(request, "Origin", origin)
        return found["host"] is not None and found["host"].casefold() == host.casefold()

    def _malformed(self, request: web.Request, header: str, value: str | None) -> web.HTTPBadRequest:
        what = f"no {header}" if value is None else f"{header} {value[:_MOST_SHOWN]!r}"
        self.notices.add(header, "refused a request from %s with %s", request.remote, what)
        return web.HTTPBadRequest(text=f"malformed {header}\n")


def _name_in(host: str) -> str | None:
    """Return the name or number in HOST[:PORT], None when it is neither."""
    found = _HOST.fullmatch(host)
    if found is None:
        return None
    name = found["name"]
    try:
        return str(ipaddress.IPv6Address(name[1:-1])) if name.startswith("[") else name
    except ValueError:
        return None
