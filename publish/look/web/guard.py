"""Who may look: everybody on this machine, and elsewhere those who have the token."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

from publish.loopback import is_loopback

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Rules for requests.

    Attributes
    ----------
    token
        Required to see maps; empty on loopback.
    """

    token: str

    def may_look(self, request: web.Request) -> bool:
        """Whether a request for maps has the right token, if one is needed."""
        given = request.query.get("token", "")
        return not self.token or hmac.compare_digest(given.encode(), self.token.encode())

    def check_origin(self, request: web.Request) -> None:
        """Refuse other sites: a browser lets any page open a WebSocket to this machine.

        Without a token the name asked for must be this machine's too, or a site could have its own name
        point here (DNS rebinding).

        Raises
        ------
        aiohttp.web.HTTPForbidden
            When the request comes from elsewhere.
        """
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="this page is not for other sites\n")
        if not self.token and not is_loopback(urlsplit(f"//{request.host}").hostname or ""):
            raise web.HTTPForbidden(text="ask for localhost: this page is for this machine only\n")

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Check every request and forbid the page everything that it does not need."""
        self.check_origin(request)
        response = await handler(request)
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response
