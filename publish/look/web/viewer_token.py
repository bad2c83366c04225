"""Who may see maps: everybody on this machine, and elsewhere those who have the token."""

import asyncio
import hmac

from aiohttp import web

WRONG_TOKEN = 4401
"""Close code that makes the page ask for the token instead of trying again."""
WAIT_S = 2.0
_MOST_WAITING = 16


class ViewerToken:
    """Knows the token, and lets those who guess wait. Everything here runs in the server's event loop.

    The right token is let in at once, whatever others try. A wrong one gets its answer late. Only a few wait
    at a time; others are cut off without one, so that guessing costs no memory and no viewer its connection.

    Parameters
    ----------
    token
        Required to see maps; empty where none is.
    wait_s
        How long a wrong token waits for the answer.
    """

    def __init__(self, token: str, *, wait_s: float = WAIT_S) -> None:
        self._token = token.encode()
        self._wait_s = wait_s
        self._waiting = 0
        self._ending = asyncio.Event()

    def is_in(self, request: web.Request) -> bool:
        """Whether `request` has the right token, if one is needed."""
        given = request.query.get("token", "").encode("utf-8", "surrogatepass")
        return not self._token or hmac.compare_digest(given, self._token)

    async def refuse(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        """Close the socket of a wrong token, after a while."""
        if self._waiting >= _MOST_WAITING:
            if request.transport is not None:
                request.transport.abort()
            return
        self._waiting += 1
        try:
            await asyncio.wait_for(self._ending.wait(), self._wait_s)
        except TimeoutError:
            pass
        finally:
            self._waiting -= 1
        await socket.close(code=WRONG_TOKEN, message=b"wrong token")

    async def end(self) -> None:
        """Answer all that wait."""
        self._ending.set()
