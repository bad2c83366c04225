"""What every answer carries, errors too."""

from aiohttp import web

SERVER = "focstream"
"""Without a version: it would say which known faults are worth a try."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "Server": SERVER,
}


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Forbid the page everything that it does not need. For `on_response_prepare`."""
    response.headers.update(HEADERS)
